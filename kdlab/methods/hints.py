r"""Hints: a hidden layer of the student, through a trained linear map, reproduces the teacher's.

L_soft = mean (W f_s + b - f_t)^2, over the batch, places and channels. The map (a 1x1 convolution
where features have a height and a width) is trained with the student and thrown away after it, so
that the two may be of different widths. Romero, Ballas, Kahou, Chassang, Gatta and Bengio 2015,
"FitNets: Hints for Thin Deep Nets", arXiv:1412.6550, equation 3, there with half the sum of
squares, a larger convolution as the map, and as a first stage by itself before soft targets.

Published weight: 100 beside a cross-entropy of 1, in the mean of squares and in one stage, from the
scripts of Tian, Krishnan and Isola 2020, arXiv:1910.10699 (RepDistiller). Where heights and widths
differ, the larger features are averaged to the smaller grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kdlab.methods.features import first_weights, linear, on_one_grid, rows
from kdlab.methods.record import Method

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def compare(student: Tensor, teacher: Tensor, adapter: Mapping[str, Tensor]) -> Tensor:
    """Mean squared distance of the regressed features, (...).

    ``student`` (..., B, D) or (..., B, C, H, W), ``teacher`` likewise with its own width;
    ``adapter`` holds "weight" (..., D_s, D_t) and "bias" (..., D_t).
    """
    student, teacher = on_one_grid(student, teacher.detach())
    regressed = linear(rows(student), adapter["weight"], adapter["bias"])
    return (regressed - rows(teacher)).square().mean((-2, -1))


def adapter(student: int, teacher: int, generator: torch.Generator) -> dict[str, Tensor]:
    """The regressor's first weights, for features ``student`` and ``teacher`` wide."""
    weight, bias = first_weights(student, teacher, generator)
    return {"weight": weight, "bias": bias}


METHOD = Method(
    name="hints",
    label="Hints (FitNets)",
    about="A hidden layer of the student reproduces the teacher's through a trained linear map.",
    formula="mean (W f_s + b − f_t)²",
    paper="Romero et al. 2015, arXiv:1412.6550",
    compare=compare,
    adapter=adapter,
    needs=frozenset({"features"}),
    uses_temperature=False,
    weight=100.0,
)
