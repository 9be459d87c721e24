r"""Relational distillation: the student's examples lie to each other as the teacher's do.

L_soft = distance * mean huber(d_s - d_t) + angle * mean huber(c_s - c_t), where d(i, j) is the
distance of two examples' features, divided by the batch's mean of those that are not 0, and
c(i, j, k) is the cosine of the angle at example i between j and k. Huber's loss is x^2 / 2 up to
|x| = 1 and |x| - 1/2 beyond. Features may have any width in either network. Park, Kim, Lu and Cho
2019, "Relational Knowledge Distillation", arXiv:1904.05068, equations 4 to 9.

Published: distance = 25 and angle = 50 beside a cross-entropy of 1, means over all pairs and all
triples of a batch, also of an example with itself, as in the authors' code. The features are what
goes into the last linear layer of either network, as in the scripts of Tian et al. 2020,
arXiv:1910.10699. Look out for memory: B^2 * D + B^3 numbers a student.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kdlab.methods.features import directions, vectors
from kdlab.methods.precision import wide
from kdlab.methods.record import Method, Parameter

if TYPE_CHECKING:
    from torch import Tensor


def compare(
    student: Tensor,
    teacher: Tensor,
    adapter: Mapping[str, Tensor],
    *,
    distance: float = 25.0,
    angle: float = 50.0,
) -> Tensor:
    """Both parts together, (...).

    ``student`` (..., B, D) or (..., B, C, H, W), ``teacher`` likewise, of any width.
    """
    gaps_s, gaps_t = _gaps(wide(student)), _gaps(wide(teacher.detach()))
    by_distance = _huber(_distances(gaps_s), _distances(gaps_t)).mean((-2, -1))
    by_angle = _huber(_cosines(gaps_s), _cosines(gaps_t)).mean((-3, -2, -1))
    return distance * by_distance + angle * by_angle


def _gaps(features: Tensor) -> Tensor:
    """(..., B, B, D): at [i, j] the way from example j to example i."""
    x = vectors(features)
    return x.unsqueeze(-2) - x.unsqueeze(-3)


def _distances(gaps: Tensor) -> Tensor:
    """(..., B, B), in units of the mean distance of examples that differ."""
    lengths = gaps.norm(dim=-1)
    differing = (lengths > 0).sum((-2, -1), keepdim=True).clamp_min(1)
    mean = lengths.sum((-2, -1), keepdim=True) / differing
    return lengths / mean.clamp_min(1e-12)


def _cosines(gaps: Tensor) -> Tensor:
    """(..., B, B, B): at [i, j, k] the cosine of the angle at i between j and k."""
    arms = directions(gaps)
    return arms @ arms.mT


def _huber(student: Tensor, teacher: Tensor) -> Tensor:
    """Of each difference. One fused operation: of B^3 numbers, each pass over them is felt."""
    from torch.nn import functional as F

    return F.smooth_l1_loss(student, teacher.expand_as(student), reduction="none")


METHOD = Method(
    name="relational",
    label="Relational (RKD)",
    about="Distances and angles between the student's examples become the teacher's.",
    formula="distance · mean huber(d_s − d_t) + angle · mean huber(cos∠_s − cos∠_t)",
    paper="Park et al. 2019, arXiv:1904.05068",
    compare=compare,
    needs=frozenset({"features"}),
    layers="embedding",
    uses_temperature=False,
    triples=True,
    parameters=(
        Parameter("distance", "Distances", 25.0, 0.0, 100.0, "Weight of pairs' distances"),
        Parameter("angle", "Angles", 50.0, 0.0, 100.0, "Weight of triples' angles"),
    ),
)
