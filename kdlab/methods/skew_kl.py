r"""Skew KL: soft targets compared with a student into which a little of the teacher was mixed.

With p = softmax(z_t / T), q = softmax(z_s / T): L_soft = T^2 * KL(p || skew * p + (1 - skew) * q).
The mixture is never 0 where the teacher is not: the loss is at most -T^2 * log(skew), and so its
gradient by the student's probabilities has a bound. By its logits that of soft targets has one as
well, and here a student that is far away is hardly pulled: r below is nearly 0. Ko, Kim, Chen and
Yun 2024, "DistiLLM: Towards Streamlined Distillation for Large Language Models", arXiv:2402.03898,
section 3.1, which calls the skew alpha.

Published: 0.1, which is used here. At 0 these are soft targets; towards 1 nothing is left to learn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.methods.probabilities import logarithms, mixed
from kdlab.methods.record import Method, Parameter

if TYPE_CHECKING:
    from torch import Tensor


def loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: Tensor | float,
    dim: int = -1,
    *,
    skew: float = 0.1,
) -> Tensor:
    """T^2 * KL(teacher || mixture) in nats, one value an example.

    The classes are along ``dim``; ``temperature`` is a number or broadcasts against the logits.
    """
    log_p, log_q = logarithms(student_logits, teacher_logits, temperature, dim)
    return (log_p.exp() * (log_p - mixed(log_p, log_q, skew)) * temperature**2).sum(dim)


def gradient(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: Tensor | float,
    dim: int = -1,
    *,
    skew: float = 0.1,
) -> Tensor:
    """dL_soft / dz_s = T * (q * sum(r) - r), the shape of the logits.

    r = p * (1 - skew) * q / m is how much of each class's loss the student answers for."""
    log_p, log_q = logarithms(student_logits.detach(), teacher_logits, temperature, dim)
    r = (log_p + log_q - mixed(log_p, log_q, skew)).exp() * (1 - skew)
    return (log_q.exp() * r.sum(dim, keepdim=True) - r) * temperature


METHOD = Method(
    name="skew-kl",
    label="Skew KL",
    about="Soft targets, with a little of the teacher mixed into the student: the loss has a "
    "bound, and a student that is far away is pulled less.",
    formula="T² · KL(p_t ‖ skew · p_t + (1 − skew) · p_s)",
    paper="Ko et al. 2024 (DistiLLM), arXiv:2402.03898",
    loss=loss,
    gradient=gradient,
    parameters=(
        Parameter(
            "skew", "Skew", 0.1, 0.0, 0.9,
            "How much of the teacher is mixed into the student. At 0 these are soft targets.",
        ),
    ),
)  # fmt: skip
