r"""Correlation congruence: the student's examples correlate with each other as the teacher's do.

With unit vectors x = e / ||e|| of trained embeddings e = W f + b, examples i and j correlate by the
Gaussian kernel exp(-gamma * ||x_i - x_j||^2), taken as its Taylor series up to ``order``: K(i, j) =
sum over p of exp(-2 gamma) * (2 gamma)^p / p! * (x_i . x_j)^p; L_soft = ||K_s - K_t||^2 / B^2. Peng
et al. 2019, "Correlation Congruence for Knowledge Distillation", arXiv:1904.01802, section 3; in
the published scripts gamma = 0.4 and order 2.

This is the paper's definition. What RepDistiller calls CC is another: products of the distances
|e_s - e_t| of examples that happen to be neighbours in the batch, with weight 0.02. The weight
here, 100 beside a cross-entropy of 1, is that of the script of Knowledge-Distillation-Zoo (AberHu),
which has the kernel. Embeddings are 128 wide as in RepDistiller, or as the narrower network. Look
out: the teacher's embedding is trained too, as there, so that both can agree by saying little.
What is embedded is what goes into the last linear layer of either network, as there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kdlab.methods.features import directions, first_weights, linear, vectors
from kdlab.methods.precision import wide
from kdlab.methods.record import Method, Parameter, Shape

if TYPE_CHECKING:
    import torch
    from torch import Tensor

WIDEST = 128


def compare(
    student: Tensor,
    teacher: Tensor,
    adapter: Mapping[str, Tensor],
    *,
    gamma: float = 0.4,
    order: float = 2.0,
) -> Tensor:
    """Mean squared distance of the two matrices of correlations, (...).

    ``student`` (..., B, D) or (..., B, C, H, W), ``teacher`` likewise with its own width;
    ``adapter`` holds "student" (..., D_s, E), "teacher" (..., D_t, E) and their biases (..., E).
    ``order`` counts whole steps.
    """
    correlations = (
        _correlations(linear(vectors(features), adapter[who], adapter[f"{who}_bias"]), gamma, order)
        for who, features in (("student", wide(student)), ("teacher", wide(teacher.detach())))
    )
    return (next(correlations) - next(correlations)).square().mean((-2, -1))


def _correlations(embedding: Tensor, gamma: float, order: float) -> Tensor:
    """(..., B, B): the kernel's series at every pair of examples."""
    unit = directions(embedding)
    cosine = unit @ unit.mT
    total = cosine.new_zeros(cosine.shape)
    for p in range(round(order) + 1):
        factor = math.exp(-2 * gamma) * (2 * gamma) ** p / math.factorial(p)
        total = total + factor * cosine**p
    return total


def adapter(student: Shape, teacher: Shape, generator: torch.Generator) -> dict[str, Tensor]:
    """First weights of both embeddings, for features of these shapes."""
    width = min(WIDEST, student[0], teacher[0])
    of_student, student_bias = first_weights(student[0], width, generator)
    of_teacher, teacher_bias = first_weights(teacher[0], width, generator)
    return {
        "student": of_student,
        "student_bias": student_bias,
        "teacher": of_teacher,
        "teacher_bias": teacher_bias,
    }


METHOD = Method(
    name="cc",
    label="Correlation congruence (CC)",
    about="Examples correlate with each other, by a Gaussian kernel, as for the teacher.",
    formula="‖K_s − K_t‖² / B², K = Σ_p e^(−2γ) · (2γ)ᵖ / p! · (x_i · x_j)ᵖ",
    paper="Peng et al. 2019, arXiv:1904.01802",
    compare=compare,
    adapter=adapter,
    needs=frozenset({"features"}),
    layers="embedding",
    uses_temperature=False,
    pairs=True,
    weight=100.0,
    parameters=(
        Parameter("gamma", "Sharpness γ", 0.4, 0.01, 5.0, "exp(−γ ‖x_i − x_j‖²)"),
        Parameter("order", "Order", 2.0, 1.0, 6.0, "Highest power in the kernel's series"),
    ),
)
