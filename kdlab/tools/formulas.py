"""Divergences and cross-entropy as other tools compute them, without T^2: one value an example.

Written out here and not taken from the lab's methods, with which the tests compare them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def cross_entropy(student: Tensor, labels: Tensor) -> Tensor:
    """Minus the logarithm of the probability of each label (B,), from logits (B, C)."""
    return -chosen(student.log_softmax(-1), labels)


def chosen(log_probabilities: Tensor, labels: Tensor) -> Tensor:
    """The logarithm (B,) of the probability of each label, from (B, C)."""
    return log_probabilities.gather(-1, labels.unsqueeze(-1)).squeeze(-1)


def forward_kl(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """KL(teacher || student) of logits / T."""
    log_p, log_q = softened(student, teacher, temperature)
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def generalised(student: Tensor, teacher: Tensor, temperature: float, beta: float) -> Tensor:
    """What tools with a ``beta`` compute: forward KL at 0, reverse KL at 1, and in between
    beta * KL(p || m) + (1 - beta) * KL(q || m), with m = beta * p + (1 - beta) * q."""
    if beta == 0:
        return forward_kl(student, teacher, temperature)
    if beta == 1:
        return forward_kl(teacher, student, temperature)
    log_p, log_q = softened(student, teacher, temperature)
    log_m = (log_p + math.log(beta)).logaddexp(log_q + math.log1p(-beta))
    of_teacher = (log_p.exp() * (log_p - log_m)).sum(-1)
    of_student = (log_q.exp() * (log_q - log_m)).sum(-1)
    return beta * of_teacher + (1 - beta) * of_student


def total_variation(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Half the sum of the absolute differences of the probabilities."""
    log_p, log_q = softened(student, teacher, temperature)
    return (log_p.exp() - log_q.exp()).abs().sum(-1) / 2


def softened(student: Tensor, teacher: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """(log p of the teacher, log q of the student)."""
    return (teacher / temperature).log_softmax(-1), (student / temperature).log_softmax(-1)


def among_likeliest(student: Tensor, teacher: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The ``count`` logits (B, count) of both at the teacher's likeliest classes."""
    likeliest = teacher.topk(min(count, teacher.shape[-1]), -1)
    return student.gather(-1, likeliest.indices), likeliest.values
