"""Fewer steps for the same numbers: norms go into the layers before them, and so does ReLU."""

from __future__ import annotations

from collections import Counter

from kdlab.device.steps import Step

LAYERS = ("linear", "conv")
"""What has weights that a factor and a shift of its channels can go into."""
BENT = (*LAYERS, "scale", "add", "shift", "concat", "slice", "swap", "avgpool", "maxpool", "mean")
"""What can bend its outputs by a ReLU as it writes them."""


def folded(steps: list[Step], answer: int) -> tuple[list[Step], int]:
    """The steps without a norm or a ReLU that alone reads what a layer gives; ``answer`` is the
    value of the logits, whose number may become another one."""
    readers = Counter(value for step in steps for value in step.of)
    readers[answer] += 1
    makers: dict[int, Step] = {}
    renamed: dict[int, int] = {}
    kept: list[Step] = []
    for step in steps:
        step.of = [renamed.get(value, value) for value in step.of]
        before = makers.get(step.of[0])
        alone = before is not None and readers[before.to] == 1
        if before is not None and alone and _joins(before, step):
            renamed[step.to] = before.to
            readers[before.to] = readers[step.to]
            continue
        makers[step.to] = step
        kept.append(step)
    return kept, renamed.get(answer, answer)


def _joins(before: Step, step: Step) -> bool:
    """Let ``before`` do what ``step`` does, where it can."""
    bent = bool(before.attributes.get("relu"))
    if step.op == "relu" and before.op in BENT:
        before.attributes["relu"] = True
        return True
    if step.op != "scale" or before.op not in LAYERS or bent:
        return False
    factor, shift = step.weights["weight"], step.weights["bias"]
    weight = before.weights["weight"]
    before.weights["weight"] = weight * factor.reshape(-1, *(1,) * (weight.ndim - 1))
    bias = before.weights.get("bias")
    before.weights["bias"] = shift if bias is None else bias * factor + shift
    return True
