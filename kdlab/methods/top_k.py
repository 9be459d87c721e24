r"""The teacher's k likeliest classes alone, as where its other answers were never kept.

A language model's answers over all of its vocabulary are too large to keep, so tools keep the k
likeliest. With p = softmax(z_t / T), q = softmax(z_s / T) and K the teacher's k likeliest classes:

- ``top-k``: both are divided by what they have on K, L_soft = T^2 * KL(p_K || q_K). The student
  learns the order within K, and of all others nothing.
- ``top-k-truncated``: nothing is divided, L_soft = T^2 * sum over K of p * log(p / q). This is no
  divergence: it goes below 0, and is least where q is p_K, without any weight on the other classes,
  so that the student grows surer than its teacher.

Anshumann et al. 2025, "Sparse Logit Sampling: Accelerating Knowledge Distillation in LLMs",
arXiv:2503.16870, section 3, which shows the bias of both and samples instead. Tools keep k = 20 to
128 of 32,000 classes and more; here there are ten, and k is 3. Look out: one class alone has no
order, so that k = 1 of the first teaches nothing, and with as many classes as k both are soft
targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.methods.precision import LOWEST, floored
from kdlab.methods.probabilities import logarithms
from kdlab.methods.record import Method, Parameter

if TYPE_CHECKING:
    from torch import Tensor


def loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: Tensor | float,
    dim: int = -1,
    *,
    k: float = 3.0,
) -> Tensor:
    """T^2 * KL(teacher || student) within the teacher's ``k`` likeliest classes, in nats, one value
    an example. ``k`` is rounded; all classes where there are no more.

    The classes are along ``dim``; ``temperature`` is a number or broadcasts against the logits.
    """
    log_p, log_q = _within(student_logits, teacher_logits, temperature, dim, k)
    return (log_p.exp() * (log_p - log_q) * temperature**2).sum(dim)


def gradient(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: Tensor | float,
    dim: int = -1,
    *,
    k: float = 3.0,
) -> Tensor:
    """dL_soft / dz_s = T * (q_K - p_K), 0 at the other classes; the shape of the logits."""
    log_p, log_q = _within(student_logits.detach(), teacher_logits, temperature, dim, k)
    return (log_q.exp() - log_p.exp()) * temperature


def truncated_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: Tensor | float,
    dim: int = -1,
    *,
    k: float = 3.0,
) -> Tensor:
    """As :func:`loss`, but of the probabilities over all classes: it may be below 0."""
    log_p, log_q = logarithms(student_logits, teacher_logits, temperature, dim)
    of_kept = log_p.exp() * kept(teacher_logits, k, dim)
    return (of_kept * (log_p - log_q) * temperature**2).sum(dim)


def truncated_gradient(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: Tensor | float,
    dim: int = -1,
    *,
    k: float = 3.0,
) -> Tensor:
    """dL_soft / dz_s = T * (q * sum over K of p - p), p = 0 outside of K; not 0 where q is p."""
    log_p, log_q = logarithms(student_logits.detach(), teacher_logits, temperature, dim)
    of_kept = log_p.exp() * kept(teacher_logits, k, dim)
    return (log_q.exp() * of_kept.sum(dim, keepdim=True) - of_kept) * temperature


def kept(teacher_logits: Tensor, k: float, dim: int) -> Tensor:
    """True at the teacher's ``k`` likeliest classes, the shape of its logits."""
    count = min(max(1, round(k)), teacher_logits.shape[dim])
    likeliest = teacher_logits.detach().topk(count, dim).indices
    mask = teacher_logits.detach().new_zeros(teacher_logits.shape)
    return mask.scatter_(dim, likeliest, 1.0).bool()


def _within(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int, k: float
) -> tuple[Tensor, Tensor]:
    """log p_K and log q_K."""
    left_out = ~kept(teacher_logits, k, dim)
    return logarithms(
        floored(student_logits).masked_fill(left_out, LOWEST),
        floored(teacher_logits).masked_fill(left_out, LOWEST),
        temperature,
        dim,
    )


KEPT = Parameter(
    "k",
    "Classes kept, k",
    3.0,
    2.0,
    100.0,
    "How many of the teacher's likeliest classes count; where there are no more, these are soft "
    "targets.",
)
METHOD = Method(
    name="top-k",
    label="Top-k, renormalised",
    about="Soft targets within the teacher's k likeliest classes; of all others the student learns "
    "nothing.",
    formula="T² · KL(p_t ‖ p_s), both within the k likeliest classes of the teacher",
    paper="Anshumann et al. 2025, arXiv:2503.16870",
    loss=loss,
    gradient=gradient,
    parameters=(KEPT,),
)
TRUNCATED = Method(
    name="top-k-truncated",
    label="Top-k, truncated",
    about="The k likeliest terms of soft targets, the others dropped: no divergence, and the "
    "student grows too sure.",
    formula="T² · Σ p_t log(p_t / p_s) over the k likeliest classes of the teacher",
    paper="Anshumann et al. 2025, arXiv:2503.16870",
    loss=truncated_loss,
    gradient=truncated_gradient,
    parameters=(KEPT,),
)
