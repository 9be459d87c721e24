"""Where students begin, and the losses by which they learn from labels and from answers.

Each loss is that of a batch: ``index`` -> a number, of the examples at these places. ``given`` are
the labels of all examples ``x``, -1 where there is none.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from kdlab.export.parts.constants import ALPHA, BATCH_SIZE, DEVICE, TEMPERATURE
from kdlab.export.parts.labels import label_loss

BatchLoss = Callable[[Tensor], Tensor]
Soft = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Logits of student and teacher, and the places of their examples -> how far they are apart."""


def fresh(seed: int, make: Callable[[], nn.Module]) -> nn.Module:
    """A student with first weights; 8 apart, so that no two seeds share a number."""
    torch.manual_seed(8 * seed)
    return make().to(DEVICE)


def fresh_peer(seed: int, make: Callable[[], nn.Module]) -> nn.Module:
    """The second of two students that learn from each other starts with weights of its own."""
    torch.manual_seed(8 * seed + 6)
    return make().to(DEVICE)


def without(classes: Sequence[int], x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Images that show none of ``classes``, and their classes."""
    shown = torch.isin(y, torch.tensor(classes, device=y.device), invert=True)
    return x[shown], y[shown]


def by_answers(
    loss: Callable[..., Tensor], temperature: float = TEMPERATURE, weight: float = 1.0
) -> Soft:
    """The mean of ``loss`` over the examples of a batch. It includes the factor T² once."""

    def soft(logits: Tensor, said: Tensor, index: Tensor) -> Tensor:
        return weight * loss(logits, said, temperature).mean()

    return soft


def by_answers_and_labels(
    loss: Callable[..., Tensor],
    given: Tensor,
    temperature: float = TEMPERATURE,
    weight: float = 1.0,
) -> Soft:
    """As :func:`by_answers`, of a loss that reads the labels as well. -1 stands for none: the
    teacher's likeliest class stands in for it."""

    def soft(logits: Tensor, said: Tensor, index: Tensor) -> Tensor:
        return weight * loss(logits, said, temperature, labels=given[index]).mean()

    return soft


def of_labels(student: nn.Module, x: Tensor, given: Tensor) -> BatchLoss:
    """Labels alone teach."""
    return lambda index: label_loss(student(x[index]), given, index)


def of_answers(
    student: nn.Module, x: Tensor, given: Tensor, told: Tensor, soft: Soft, alpha: float = ALPHA
) -> BatchLoss:
    """``told`` are the teacher's logits on all of ``x``, labelled or not."""

    def loss(index: Tensor) -> Tensor:
        logits = student(x[index])
        hard = label_loss(logits, given, index)
        return (1 - alpha) * hard + alpha * soft(logits, told[index], index)

    return loss


def of_two(
    student: nn.Module, peer: nn.Module, x: Tensor, given: Tensor, soft: Soft, alpha: float = ALPHA
) -> BatchLoss:
    """Two students teach each other, without a teacher."""

    def loss(index: Tensor) -> Tensor:
        a, b = student(x[index]), peer(x[index])
        hard = label_loss(a, given, index) + label_loss(b, given, index)
        return (1 - alpha) * hard + alpha * (
            soft(a, b.detach(), index) + soft(b, a.detach(), index)
        )

    return loss


def by_schedule(losses: Mapping[int, BatchLoss], size: int) -> BatchLoss:
    """Each loss from the end of its epoch on, until the next: an epoch has as many steps as it
    takes batches to see ``size`` examples."""
    per_epoch = math.ceil(size / BATCH_SIZE)
    steps = itertools.count()

    def loss(index: Tensor) -> Tensor:
        epoch = next(steps) // per_epoch
        return losses[max(begins for begins in losses if begins <= epoch)](index)

    return loss


def misaligned(seed: int, told: Tensor, soft: Soft) -> Soft:
    """The mistake: the answers are those of other images."""
    drawn = torch.Generator().manual_seed(8 * seed + 7)

    def mistaken(logits: Tensor, said: Tensor, index: Tensor) -> Tensor:
        other = torch.randperm(len(told), generator=drawn)[: len(index)]
        return soft(logits, told[other], index)

    return mistaken


def asked_anew(teacher: nn.Module, x: Tensor, soft: Soft) -> Soft:
    """The mistake: the teacher, which has changed, is asked again for each batch."""
    return lambda logits, said, index: soft(logits, teacher(x[index]), index)


def of_answers_and_padding(
    seed: int,
    student: nn.Module,
    x: Tensor,
    given: Tensor,
    told: Tensor,
    pads: Tensor,
    pads_told: Tensor,
    soft: Soft,
    alpha: float = ALPHA,
) -> BatchLoss:
    """The mistake: each batch of a text brings its padding along, which the teacher's part of the
    loss counts."""
    drawn = torch.Generator().manual_seed(8 * seed + 7)

    def loss(index: Tensor) -> Tensor:
        more = max(1, round(len(index) * len(pads) / len(x)))
        padding = torch.randint(len(pads), (more,), generator=drawn).to(index.device)
        logits = student(torch.cat([x[index], pads[padding]]))
        said = torch.cat([told[index], pads_told[padding]])
        hard = label_loss(logits[: len(index)], given, index)
        return (1 - alpha) * hard + alpha * soft(logits, said, index)

    return loss
