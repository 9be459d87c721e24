"""Mistakes that people make when they distil language models, as something an arm can have.

Three of them, HEARD, change what the student hears of its teacher (:func:`heard`): another place of
the text, another order of the vocabulary, another text. The fourth, PADDING, counts padding in the
loss (:class:`PaddedStep`). Where each was found stands in the texts of the page of these mistakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from kdlab.data.split import Part
from kdlab.data.text.windows import END
from kdlab.training import cohort
from kdlab.training.arms.sources import Source, table_of
from kdlab.training.cohort import Engine, Objective
from kdlab.training.cohort.objective import method_gradient
from kdlab.training.loop import Step

if TYPE_CHECKING:
    from kdlab.training.arms.steps import Parts


def heard(fault: str, source: Source, part: Part) -> Source:
    """``source`` as its students hear it of the text ``part``; as it is,
    where the mistake is another one."""
    if fault == "off-by-one":
        return replace(source, table=of_the_next(source.table))
    if fault == "vocabulary-order":
        return replace(source, table=end_last(source.table))
    if fault == "other-prompt":
        asked = with_prompt(part.inputs)
        return replace(source, table=torch.stack([table_of(n, asked) for n in source.modules]))
    return source


def of_the_next(table: Tensor) -> Tensor:
    """(..., N, V) logits of the places of a text -> those of the place after each, as where the
    rows of one network were shifted and those of the other were not. The last has the first's."""
    return table.roll(-1, -2)


def end_last(table: Tensor) -> Tensor:
    """(..., V) logits in the order of a vocabulary whose end stands last; here it is the first."""
    return table.roll(-1, -1)


def prompt(classes: int) -> tuple[int, int]:
    """Two characters from the middle of an alphabet of so many ``classes``; of names "mr".

    >>> [" abcdefghijklmnopqrstuvwxyz"[code] for code in prompt(27)]
    ['m', 'r']
    """
    return classes // 2, 2 * classes // 3


def with_prompt(inputs: Tensor) -> Tensor:
    """Windows (N, W, V) of the same text behind a :func:`prompt` that its network never saw."""
    classes = inputs.shape[-1]
    codes = inputs.argmax(-1)
    before = (codes == END).sum(1)  # the end is in a window only before the beginning
    rows = torch.arange(len(codes))
    for back, code in enumerate(reversed(prompt(classes)), start=1):
        there = before >= back
        codes[rows[there], before[there] - back] = code
    return torch.nn.functional.one_hot(codes, classes).to(inputs.dtype)


def padding_of(inputs: Tensor, targets: Tensor) -> Tensor:
    """Windows (P, W, V) of the padding that brings all strings to the length of the longest, of
    windows ``inputs`` (N, W, V) and what comes at each of their places, string by string.

    Behind the end a row is zero, as the embedding of a padding token is; what comes there is the
    end once more, since it is the padding token, too.
    """
    width, classes = inputs.shape[1:]
    ends, lengths = _strings(targets)
    end = torch.nn.functional.one_hot(ends.new_tensor([END]), classes).to(inputs.dtype)
    found = []
    for window, missing in zip(inputs[ends], (lengths.max() - lengths).tolist(), strict=True):
        row = torch.cat([window, end, inputs.new_zeros(missing, classes)])
        found.append(row.unfold(0, width, 1)[1 : missing + 1].transpose(1, 2))
    return torch.cat(found)


def padding_count(targets: Tensor) -> int:
    """How many windows :func:`padding_of` has, without making them: of strings of which one is much
    longer than the others they are many times those of the text."""
    _, lengths = _strings(targets)
    return int((lengths.max() - lengths).sum())


def _strings(targets: Tensor) -> tuple[Tensor, Tensor]:
    """The place of each string's end, and how many places the string has."""
    ends = (targets == END).nonzero().squeeze(1)
    return ends, ends.diff(prepend=ends.new_tensor([-1]))


class PaddedStep(Step):
    """Each batch brings the padding of its strings along, and the teacher's part of the loss is a
    mean over both. The labels' part leaves padding out, as -100 in the labels does.

    ``inputs`` and ``told`` (S or 1, N, V) are of the text, ``pads`` and ``pads_told`` of its
    padding, which ``generators``, one per seed, draw.
    """

    def __init__(
        self,
        inputs: Tensor,
        told: Source,
        pads: Tensor,
        pads_told: Source,
        generators: Sequence[torch.Generator],
    ) -> None:
        self.inputs, self.told = inputs, told
        self.pads, self.pads_told = pads, pads_told
        self.generators = generators

    @property
    def share(self) -> float:
        """Windows of padding that a step brings along for each of the text."""
        return len(self.pads) / len(self.inputs)

    def __call__(
        self, engine: Engine, objective: Objective, index: Tensor, with_parts: bool
    ) -> Parts | None:
        """As :class:`kdlab.training.loop.Step` says."""
        real = index.shape[1]
        more = max(1, round(real * self.share))
        drawn = [torch.randint(len(self.pads), (more,), generator=g) for g in self.generators]
        pads = torch.stack(drawn).to(index.device)
        logits = engine.logits(torch.cat([self.inputs[index], self.pads[pads]], 1))
        text, padding = logits[..., :real], logits[..., real:]
        told, method = self.told.known(index).contiguous(), objective.method
        said = cohort.spread_over(self.pads_told.known(pads).contiguous(), len(logits))
        share = real / (real + more)
        counted = replace(objective, method=replace(method, weight=method.weight * share))
        of_padding = method_gradient(method, padding, said, objective.temperature)
        weight = objective.alpha * method.weight * (1 - share) / more
        of_text = cohort.gradient(counted, text, told, index)
        engine.backward(torch.cat([of_text, weight * of_padding], -1))
        if not with_parts:
            return None
        assert method.loss is not None, "mistakes are made in a loss that compares answers"
        hard, soft = cohort.parts(counted, text, told, index)
        beside = method.loss(padding, said, objective.temperature, 1).mean(1)
        return hard, soft + method.weight * (1 - share) * beside


def padded_step(
    inputs: Tensor, part: Part, source: Source, generators: Sequence[torch.Generator]
) -> PaddedStep:
    """Students that see ``inputs``, which are those of ``part`` on their device, and padding."""
    where = inputs.device
    pads = padding_of(part.inputs, part.targets)
    table = torch.stack([table_of(net, pads) for net in source.modules])
    return PaddedStep(
        inputs,
        replace(source, table=source.table.to(where)),
        pads.to(where),
        replace(source, table=table.to(where)),
        generators,
    )
