"""Softened probabilities of both networks, and mixtures of them, as logarithms.

Logarithms, since a ratio of probabilities is a difference of them, which stays finite where a
probability is too small to be told from 0.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kdlab.methods.precision import floored

if TYPE_CHECKING:
    from torch import Tensor


def logarithms(
    student_logits: Tensor, teacher_logits: Tensor, temperature: Tensor | float, dim: int
) -> tuple[Tensor, Tensor]:
    """(log p of the teacher, log q of the student), both in the shape of the logits, whose classes
    are along ``dim``. No gradient reaches the teacher."""
    log_p = (floored(teacher_logits.detach()) / temperature).log_softmax(dim)
    return log_p, (floored(student_logits) / temperature).log_softmax(dim)


def mixed(log_p: Tensor, log_q: Tensor, share: float) -> Tensor:
    """log(share * p + (1 - share) * q): a mixture of probabilities, not of their logarithms."""
    of_p, of_q = (math.log(each) if each > 0 else -math.inf for each in (share, 1 - share))
    return (log_p + of_p).logaddexp(log_q + of_q)
