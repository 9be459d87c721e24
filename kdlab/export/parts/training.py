"""The training loop of every network, and the accuracy of a network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kdlab.export.parts.constants import BATCH_SIZE, DEVICE


def fit(
    network: nn.Module,
    batch_loss: Callable[[Tensor], Tensor],
    size: int,
    seed: int,
    epochs: int,
    learning_rate: float,
    batch_size: int = BATCH_SIZE,
    beside: Iterable[Tensor] = (),
) -> None:
    """Adam under a one-cycle learning rate, in batches of a fresh random order each epoch.

    ``batch_loss(index)`` gives the loss on the examples ``index``, out of ``size``. ``beside`` is
    trained with the network, which is left in evaluation mode.
    """
    order = torch.Generator().manual_seed(seed)
    steps = epochs * math.ceil(size / batch_size)
    optimiser = torch.optim.Adam([*network.parameters(), *beside], lr=learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=learning_rate, total_steps=steps + 1, cycle_momentum=False
    )
    for _ in range(epochs):
        # The last batch of an epoch may be smaller; it is kept.
        for index in torch.randperm(size, generator=order).to(DEVICE).split(batch_size):
            loss = batch_loss(index)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    network.eval()


@torch.no_grad()
def answers(network: nn.Module, x: Tensor) -> Tensor:
    """Logits (N, CLASSES), a few examples at a time; of a network in evaluation mode."""
    return torch.cat([network(part) for part in x.split(512)])


def accuracy(network: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of right answers, 0 to 1."""
    return (answers(network, x).argmax(1) == y).double().mean().item()


def bits_and_accuracy(network: nn.Module, x: Tensor, y: Tensor) -> tuple[float, float]:
    """Bits per character, the mean cross-entropy to the base 2, and the share of right answers."""
    logits = answers(network, x)
    nats = F.cross_entropy(logits, y, reduction="none").double().mean().item()
    return nats / math.log(2), (logits.argmax(1) == y).double().mean().item()
