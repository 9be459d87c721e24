r"""Similarity-preserving: examples that are alike for the teacher are to be alike for the student.

With the features of a batch as rows of F, the similarities are G = F F^T, (B, B), each row brought
to length 1: L_soft = ||G_s - G_t||^2 / B^2, the squared norm of Frobenius. Features may have any
width in either network. Tung and Mori 2019, "Similarity-Preserving Knowledge Distillation",
arXiv:1907.09682, equations 1 to 4. Features with a height and a width are laid out flat.

Published weight: gamma = 3000 beside a cross-entropy of 1, in the paper and in the scripts of Tian
et al. 2020, arXiv:1910.10699, on the last block of layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kdlab.methods.features import directions, flat
from kdlab.methods.precision import wide
from kdlab.methods.record import Method

if TYPE_CHECKING:
    from torch import Tensor


def compare(student: Tensor, teacher: Tensor, adapter: Mapping[str, Tensor]) -> Tensor:
    """Mean squared distance of the two matrices of similarities, (...).

    ``student`` (..., B, D) or (..., B, C, H, W), ``teacher`` likewise, of any width.
    """
    difference = _similarities(wide(student)) - _similarities(wide(teacher.detach()))
    return difference.square().mean((-2, -1))


def _similarities(features: Tensor) -> Tensor:
    """(..., B, B), each row of length 1."""
    features = flat(features)
    return directions(features @ features.mT)


METHOD = Method(
    name="similarity",
    label="Similarity-preserving (SP)",
    about="Examples alike for the teacher become alike for the student.",
    formula="‖G_s − G_t‖² / B², G = F Fᵀ with rows of length 1",
    paper="Tung and Mori 2019, arXiv:1907.09682",
    compare=compare,
    needs=frozenset({"features"}),
    uses_temperature=False,
    pairs=True,
    weight=3000.0,
)
