r"""Logit standardisation: the student matches the shape of the teacher's logits, not their size.

Each example's logits are brought to mean 0 and standard deviation 1 in both networks before soft
targets are taken: z' = (z - mean(z)) / (sd(z) + 1e-7), L_soft = T^2 * KL(softmax(z'_t / T) ||
softmax(z'_s / T)). A small student then need not produce logits as large as its teacher's. Sun,
Ren, Li, Wang and Cao 2024, "Logit Standardization in Knowledge Distillation", arXiv:2403.01427,
section 4. sd divides by C as in the paper; the published code divides by C - 1, which is as if T
were larger by sqrt(C / (C - 1)).

Published: base temperature T = 2 (for some pairs 3 or 4), and 0.1 * CE + 9 * soft, which is a
weight of 90 beside one cross-entropy. Look out with two classes: every answer becomes (+1, -1) or
(-1, +1), so that nothing but the likelier class is left, and no gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.methods.precision import only_rounding, wide
from kdlab.methods.record import Method

if TYPE_CHECKING:
    from torch import Tensor


def loss(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """T^2 * KL(teacher || student) of standardised logits in nats, one value an example.

    The classes are along ``dim``; ``temperature`` is a number or broadcasts against the logits. The
    logits of a teacher that excludes a class, with minus infinity, have no standard deviation.
    """
    student, _ = _standardised(wide(student_logits), dim)
    teacher, _ = _standardised(wide(teacher_logits.detach()), dim)
    log_p_student = (student / temperature).log_softmax(dim)
    log_p_teacher = (teacher / temperature).log_softmax(dim)
    divergence = log_p_teacher.exp() * (log_p_teacher - log_p_student)
    return (divergence * temperature**2).sum(dim)


def gradient(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """dL_soft / dz_s, the shape of the logits.

    With g = T * (softmax(z'_s / T) - softmax(z'_t / T)): (g - z'_s * mean(g * z'_s)) / sd(z_s).
    What would change only the mean or the size of the logits is taken out of g.
    """
    student, deviation = _standardised(wide(student_logits.detach()), dim)
    teacher, _ = _standardised(wide(teacher_logits.detach()), dim)
    g = (student / temperature).softmax(dim) - (teacher / temperature).softmax(dim)
    g = g.mul_(temperature)
    # The direction of the logits has no epsilon in it, unlike the standardised ones.
    direction = student * (1 + 1e-7 / deviation)
    return (g - direction * (g * student).mean(dim, keepdim=True)) / (deviation + 1e-7)


def _standardised(logits: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """Logits of mean 0 and standard deviation 1, and the deviation that they had. Equal logits
    become zeros, and their deviation infinite: divided by it, no gradient is left."""
    mean = logits.mean(dim, keepdim=True)
    centred = logits - mean
    variance = centred.square().mean(dim, keepdim=True)
    deviation = variance.clamp_min(1e-30).sqrt()
    equal = only_rounding(variance.detach().sqrt(), mean.detach())
    standard = (centred / (deviation + 1e-7)).masked_fill(equal, 0.0)
    return standard, deviation.masked_fill(equal, float("inf"))


METHOD = Method(
    name="logit-standardisation",
    label="Logit standardisation",
    about="Soft targets of logits brought to mean 0 and deviation 1: their size plays no part.",
    formula="T² · KL(softmax(z′_t/T) ‖ softmax(z′_s/T)), z′ = (z − mean z) / sd z",
    paper="Sun et al. 2024, arXiv:2403.01427",
    loss=loss,
    gradient=gradient,
    weight=90.0,
)
