r"""Jensen-Shannon divergence: both networks are compared with a mixture of the two.

With p = softmax(z_t / T), q = softmax(z_s / T) and m = beta * p + (1 - beta) * q:
L_soft = T^2 * (beta * KL(p || m) + (1 - beta) * KL(q || m)). Agarwal et al. 2024, "On-Policy
Distillation of Language Models: Learning from Self-Generated Mistakes" (GKD), arXiv:2306.13649,
section 2. Without T^2 it is never larger than log 2, however far apart
the two are.

Published: beta = 0.5 in most of the paper's figures; 0.1 and 0.9 too. A small beta leans to forward
KL, a large one to reverse KL, but only in direction: the divergence divided by beta tends to
KL(p || q) as beta goes to 0, and itself to 0, and likewise at 1. Near either end hardly any
gradient is left, so that beta acts like a small weight. Tools that write beta = 0 for forward and 1
for reverse KL jump there; here they are methods of their own (soft-targets, reverse-kl). The
mixture is one of probabilities, not of their logarithms.
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
    beta: float = 0.5,
) -> Tensor:
    """T^2 times the divergence in nats, one value an example; 0 at ``beta`` 0 and 1.

    The classes are along ``dim``; ``temperature`` is a number or broadcasts against the logits.
    """
    log_p, log_q = logarithms(student_logits, teacher_logits, temperature, dim)
    log_m = mixed(log_p, log_q, beta)
    of_teacher = log_p.exp() * (log_p - log_m)
    of_student = log_q.exp() * (log_q - log_m)
    return ((beta * of_teacher + (1 - beta) * of_student) * temperature**2).sum(dim)


def gradient(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: Tensor | float,
    dim: int = -1,
    *,
    beta: float = 0.5,
) -> Tensor:
    """dL_soft / dz_s = T * (1 - beta) * q * (log(q / m) - KL(q || m)), the shape of the logits.

    What the mixture adds to the first part, and to the second, cancels.
    """
    log_p, log_q = logarithms(student_logits.detach(), teacher_logits, temperature, dim)
    q, ratio = log_q.exp(), log_q - mixed(log_p, log_q, beta)
    return q * (ratio - (q * ratio).sum(dim, keepdim=True)) * ((1 - beta) * temperature)


METHOD = Method(
    name="jsd",
    label="Jensen-Shannon divergence",
    about="Teacher and student are compared with a mixture of both: between forward and reverse "
    "KL, and bounded however far apart they are.",
    formula="T² · (β · KL(p_t ‖ m) + (1 − β) · KL(p_s ‖ m)), m = β p_t + (1 − β) p_s",
    paper="Agarwal et al. 2024 (GKD), arXiv:2306.13649",
    loss=loss,
    gradient=gradient,
    parameters=(
        Parameter(
            "beta", "Mixture β", 0.5, 0.01, 0.99,
            "The teacher's share of the mixture. Small leans to forward KL, large to reverse KL; "
            "near either end hardly any gradient is left.",
        ),
    ),
)  # fmt: skip
