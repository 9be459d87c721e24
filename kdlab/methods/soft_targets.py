r"""Soft targets: the student learns the teacher's whole distribution, softened by T.

L_soft = T^2 * KL(softmax(z_t / T) || softmax(z_s / T)). The factor T^2 keeps the size of the
gradient when T grows, since the gradient itself shrinks as 1 / T^2. Hinton, Vinyals and Dean 2015,
"Distilling the Knowledge in a Neural Network", arXiv:1503.02531, section 2 (equation 1 for the
softened softmax; section 2.1 for the large-T limit). Look at the likeliest wrong classes: they are
what labels do not say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.methods.precision import floored, wide
from kdlab.methods.record import Method

if TYPE_CHECKING:
    from torch import Tensor


def loss(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """T^2 * KL(teacher || student) in nats, one value an example.

    ``student_logits`` and ``teacher_logits`` have the classes along ``dim``; ``temperature`` is a
    number or broadcasts against them. Returns their shape without ``dim``.
    """
    log_p_student = (floored(student_logits) / temperature).log_softmax(dim)
    log_p_teacher = (floored(teacher_logits.detach()) / temperature).log_softmax(dim)
    divergence = log_p_teacher.exp() * (log_p_teacher - log_p_student)
    return (divergence * temperature**2).sum(dim)


def gradient(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """dL_soft / dz_s = T * (softmax(z_s / T) - softmax(z_t / T)), the shape of the logits."""
    softened = soften(teacher_logits, temperature, dim)
    return gradient_by_softened(student_logits, softened, temperature, dim)


def soften(teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1) -> Tensor:
    """The soft targets, softmax(z_t / T)."""
    return (wide(teacher_logits.detach()) / temperature).softmax(dim)


def gradient_by_softened(
    student_logits: Tensor, softened: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """:func:`gradient`, given the soft targets: what hundreds of students are taught alike is
    computed once."""
    p_student = (wide(student_logits.detach()) / temperature).softmax(dim)
    return p_student.sub_(softened).mul_(temperature)  # in place: hundreds of students at once


METHOD = Method(
    name="soft-targets",
    label="Soft targets",
    about="The student matches the teacher's softened probabilities (forward KL): it covers all of "
    "them.",
    formula="T² · KL(softmax(z_t/T) ‖ softmax(z_s/T))",
    paper="Hinton, Vinyals, Dean 2015, arXiv:1503.02531",
    loss=loss,
    gradient=gradient,
    soften=soften,
    gradient_by_softened=gradient_by_softened,
)
