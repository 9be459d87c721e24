"""The loss of labels where every example has its own."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def label_loss(logits: Tensor, given: Tensor, index: Tensor) -> Tensor:
    """Cross-entropy with the labels of the examples ``index``."""
    return F.cross_entropy(logits, given[index])
