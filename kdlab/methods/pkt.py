r"""Probabilistic knowledge transfer: to whom of the batch would an example turn?

The similarity of two examples is k(i, j) = (cos(f_i, f_j) + 1) / 2, and p(j | i) = k(i, j) / sum
over j of k(i, j) a distribution over the batch: L_soft = mean over i, j of p_t * log(p_t / p_s),
the divergence of Kullback and Leibler. Features may have any width in either network. Passalis and
Tefas 2018, "Learning Deep Representations with Probabilistic Knowledge Transfer",
arXiv:1803.10837, section 3 (the cosine kernel).

As in the authors' code, an example counts as its own neighbour, the mean runs over all B^2 pairs
instead of a sum, and 1e-7 stands beside both probabilities. That mean is tiny, hence the published
weight 30000 beside a cross-entropy of 1, from the scripts of Tian et al. 2020, arXiv:1910.10699.
The features are what goes into the last linear layer of either network, as there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kdlab.methods.features import directions, vectors
from kdlab.methods.precision import wide
from kdlab.methods.record import Method

if TYPE_CHECKING:
    from torch import Tensor

EPS = 1e-7
"""Beside each probability, as published: two opposite examples have similarity 0."""


def compare(student: Tensor, teacher: Tensor, adapter: Mapping[str, Tensor]) -> Tensor:
    """Mean over pairs of p_t * log(p_t / p_s), in nats, (...).

    ``student`` (..., B, D) or (..., B, C, H, W), ``teacher`` likewise, of any width.
    """
    p_student, p_teacher = _neighbours(wide(student)), _neighbours(wide(teacher.detach()))
    ratio = (p_teacher + EPS).log() - (p_student + EPS).log()
    return (p_teacher * ratio).mean((-2, -1))


def _neighbours(features: Tensor) -> Tensor:
    """p(j | i), (..., B, B): each row a distribution."""
    unit = directions(vectors(features))
    similarity = (unit @ unit.mT + 1) / 2
    return similarity / similarity.sum(-1, keepdim=True)


METHOD = Method(
    name="pkt",
    label="Probabilistic transfer (PKT)",
    about="Each example has the same likely neighbours in the batch as for the teacher.",
    formula="mean p_t · log(p_t / p_s), p(j | i) ∝ (cos(f_i, f_j) + 1) / 2",
    paper="Passalis and Tefas 2018, arXiv:1803.10837",
    compare=compare,
    needs=frozenset({"features"}),
    layers="embedding",
    uses_temperature=False,
    pairs=True,
    weight=30000.0,
)
