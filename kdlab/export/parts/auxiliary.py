"""Students that are taught by outputs which stand for no class, and asked for classes."""

from __future__ import annotations

from torch import Tensor, nn

from kdlab.export.parts.constants import CLASSES, DEVICE
from kdlab.export.parts.students import BatchLoss, Soft
from kdlab.training.arms.heads import fresh_head, head_of, with_heads
from kdlab.training.arms.views import noise_like


def noise_for(seed: int, x: Tensor) -> Tensor:
    """As many noise inputs as there are images ``x``."""
    return noise_like(x, 8 * seed + 7).to(DEVICE)


def head_for(network: nn.Module, outputs: int, seed: int) -> nn.Linear:
    """First weights of auxiliary outputs on the last hidden layer of ``network``."""
    return fresh_head(head_of(network)[1].in_features, outputs, seed).to(DEVICE)


def begins(hidden: nn.Module, classes: nn.Module, head: nn.Linear) -> nn.Module:
    """A student with the hidden layers of one network, the rows of the classes of another, and an
    auxiliary head below these."""
    return with_heads(hidden, [head_of(classes)[1], head]).requires_grad_(True).train()


def of_auxiliary(student: nn.Module, x: Tensor, told: Tensor, soft: Soft) -> BatchLoss:
    """Auxiliary outputs alone teach: ``told`` are the teacher's on all of ``x``."""

    def loss(index: Tensor) -> Tensor:
        return soft(student(x[index])[:, CLASSES:], told[index], index)

    return loss
