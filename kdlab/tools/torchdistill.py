"""torchdistill: alpha weighs the labels, beta the teacher, and alpha = 0 is another loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.tools.formulas import cross_entropy, forward_kl
from kdlab.tools.phrases import NOT_WRITTEN, SOFTENS_TIMES_T2, decimal, two_weights
from kdlab.tools.record import Answer, Knobs, Source, Tool, Values, number, tidy
from kdlab.tools.wish import Wish

if TYPE_CHECKING:
    from torch import Tensor


def _says(wish: Wish) -> Answer:
    def values(temperature: float, hard: float, soft: float) -> Values:
        weight = 1.0 if hard else tidy(temperature**2)
        return {"temperature": temperature, "alpha": hard, "beta": soft, "weight": weight}

    return two_weights(
        wish,
        values,
        "alpha is the weight of the labels there: the lab's 1 − α.",
        ""
        if wish.alpha < 1
        else "With alpha at 0 it returns the bare KL, without T² and without beta: the weight of "
        "the whole term stands in for T².",
    )


def _snippet(values: Values, wish: Wish) -> str:
    return f"""\
criterion:
  key: WeightedSumLoss
  kwargs:
    sub_terms:
      kd:
        criterion:
          key: KDLoss
          kwargs:
            student_module_path: '.'
            student_module_io: output
            teacher_module_path: '.'
            teacher_module_io: output
            temperature: {decimal(number(values, "temperature"))}
            alpha: {decimal(number(values, "alpha"))}  # of the labels
            beta: {decimal(number(values, "beta"))}  # of the teacher
            reduction: batchmean
        weight: {decimal(number(values, "weight"))}
"""


def _loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    temperature, hard, soft = (number(values, n) for n in ("temperature", "alpha", "beta"))
    found = forward_kl(student, teacher, temperature)
    if hard:
        found = hard * cross_entropy(student, labels) + soft * temperature**2 * found
    return number(values, "weight") * found


TOOL = Tool(
    name="torchdistill",
    label="torchdistill (KDLoss)",
    about="Distils image classifiers and others, configured in YAML.",
    defaults="beta 1 − alpha, reduction batchmean; temperature and alpha have to be given",
    texts="none",
    knobs=Knobs(
        temperature=SOFTENS_TIMES_T2,
        alpha="alpha weighs the labels",
        beta="β weighs the teacher",
        own=NOT_WRITTEN,
    ),
    sources=(
        Source(
            name="PyPI package torchdistill",
            version="1.1.5",
            dated="2026-08",
            ran=True,
            files=("torchdistill/losses/mid_level.py", "torchdistill/losses/high_level.py"),
        ),
    ),
    says=_says,
    language="yaml",
    snippet=_snippet,
    loss=_loss,
)
