r"""Logit regression: the student reproduces the teacher's logits themselves.

L_soft = 1/2 * ||z_t - z_s||^2, one value an example, summed over classes. Proposed by Ba and
Caruana 2014, "Do Deep Nets Really Need to be Deep?", arXiv:1312.6184, equation 1; up to a factor
1 / C it is the large-T limit of soft targets for centred logits (Hinton, Vinyals and Dean 2015,
section 2.1). Look at alpha: these numbers are larger than those of soft targets, so the teacher
weighs more. A teacher that excludes a class, with a logit of minus infinity, is infinitely far from
any student: no number can be learned from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.methods.precision import wide
from kdlab.methods.record import Method

if TYPE_CHECKING:
    from torch import Tensor


def loss(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """Half the squared distance of the logits, one value an example; T plays no part."""
    return 0.5 * (wide(student_logits) - wide(teacher_logits.detach())).square().sum(dim)


def gradient(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """dL_soft / dz_s = z_s - z_t, the shape of the logits."""
    return wide(student_logits) - wide(teacher_logits.detach())


METHOD = Method(
    name="logit-regression",
    label="Logit regression",
    about="The student matches the teacher's logits: its scores before softmax makes "
    "probabilities of them.",
    formula="½ · ‖z_t − z_s‖²",
    paper="Ba and Caruana 2014, arXiv:1312.6184",
    loss=loss,
    gradient=gradient,
    uses_temperature=False,
)
