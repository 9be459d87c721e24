r"""Reverse KL: the student says nothing that its teacher would not say.

L_soft = T^2 * KL(softmax(z_s / T) || softmax(z_t / T)). Soft targets weigh each class by the
teacher's probability, so that a small student spreads itself over all of them; here the student's
own probability weighs, and where it says little it is asked nothing: it may leave a mode out, but
should put no weight where the teacher puts none. Gu, Dong, Wei and Huang 2024, "MiniLLM",
arXiv:2306.08543, section 2.2, where the divergence is one of whole sequences; here, as in its
one-step part, of one answer.

The papers on language models take T = 1; the factor T^2 keeps the size of the gradient at other T,
as in soft targets. Look out at the beginning: a student that is sure of a class which its teacher
finds impossible has a loss as large as the teacher's logits and hardly any gradient, q * (1 - q)
times their difference with two classes, so that it stays wrong. JSD, skew KL and total variation
share that; soft targets pull it hardest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.methods.precision import LOWEST, floored
from kdlab.methods.probabilities import logarithms
from kdlab.methods.record import Method

if TYPE_CHECKING:
    from torch import Tensor


def loss(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """T^2 * KL(student || teacher) in nats, one value an example.

    The classes are along ``dim``; ``temperature`` is a number or broadcasts against the logits.
    A class that the teacher excludes plays no part in either: else the divergence were infinite.
    """
    student = _allowed(student_logits, teacher_logits)
    log_p, log_q = logarithms(student, teacher_logits, temperature, dim)
    return (log_q.exp() * (log_q - log_p) * temperature**2).sum(dim)


def gradient(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
) -> Tensor:
    """dL_soft / dz_s = T * q * (log(q / p) - KL(q || p)), the shape of the logits."""
    student = _allowed(student_logits.detach(), teacher_logits)
    log_p, log_q = logarithms(student, teacher_logits, temperature, dim)
    q, ratio = log_q.exp(), log_q - log_p
    return q * (ratio - (q * ratio).sum(dim, keepdim=True)) * temperature


def _allowed(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """The student's logits over the classes that the teacher does not exclude."""
    return floored(student_logits).masked_fill(floored(teacher_logits) <= LOWEST, LOWEST)


METHOD = Method(
    name="reverse-kl",
    label="Reverse KL",
    about="The student is asked where it puts weight itself: it seeks a mode, and may leave others "
    "out.",
    formula="T² · KL(softmax(z_s/T) ‖ softmax(z_t/T))",
    paper="Gu et al. 2024 (MiniLLM), arXiv:2306.08543",
    loss=loss,
    gradient=gradient,
)
