"""Several teachers as one: their softened probabilities averaged, or their logits.

Averaging probabilities is the mixture of experts that Hinton, Vinyals and Dean 2015 (section 1)
call the arithmetic mean, averaging logits the geometric one. They are not the same: a teacher that
excludes a class excludes it for all in the second, not in the first.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from kdlab.training.arms.arm import Average


def average(
    logits: Sequence[Tensor],
    weights: Sequence[float],
    kind: Average,
    temperature: Tensor | float,
    dim: int = -2,
) -> Tensor:
    """One set of logits whose softmax at ``temperature`` is the average of all, (..., C, B).

    ``weights`` count in proportion, classes are along ``dim``. ``temperature`` broadcasts against
    the logits.
    """
    if len(logits) == 1:
        return logits[0]
    total = float(sum(weights))
    share = [w / total for w in weights]
    if kind == "logits":  # 0 times the minus infinity of an excluded class would be NaN
        return torch.stack([w * z for w, z in zip(share, logits, strict=True) if w > 0]).sum(0)
    log_p = [(z / temperature).log_softmax(dim) for z in logits]
    weighted = [p + torch.tensor(w).log() for w, p in zip(share, log_p, strict=True) if w > 0]
    return temperature * torch.stack(weighted).logsumexp(0)
