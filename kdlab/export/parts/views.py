"""Students that see different views of their images each time.

``view(x, index, generator)`` gives the images of a batch as they are seen, and of which examples
they count, each with its share. The student sees them scaled down by ``factor``.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from kdlab.export.parts.constants import ALPHA, DEVICE
from kdlab.export.parts.labels import label_loss
from kdlab.export.parts.students import BatchLoss, Soft
from kdlab.training.arms.views import smaller

Seen = tuple[Tensor, list[tuple[Tensor, Tensor]]]
View = Callable[[Tensor, Tensor, torch.Generator], Seen]
Said = Callable[[Tensor, Tensor], Tensor]
"""Images as they are seen, and which examples they are -> what the teacher says of them."""


def under(change: Callable[[Tensor, torch.Generator], Tensor]) -> View:
    """Each image by itself, changed as ``change`` draws it."""
    whole = torch.ones((), device=DEVICE)
    return lambda x, index, views: (change(x[index], views), [(whole, index)])


def mixup(x: Tensor, index: Tensor, views: torch.Generator) -> Seen:
    """Each image blended with another one of the batch. The loss is linear in the targets, so that
    each of the two counts in its share."""
    share = torch.rand(1, generator=views).to(DEVICE).squeeze()
    partner = index[torch.randperm(len(index), generator=views).to(DEVICE)]
    return share * x[index] + (1 - share) * x[partner], [(share, index), (1 - share, partner)]


def asked(teacher: Callable[[Tensor], Tensor]) -> Said:
    """The teacher sees what the student sees."""
    return torch.no_grad()(lambda seen, examples: teacher(seen))


def known(told: Tensor) -> Said:
    """The teacher has seen the clean images, once and for all: ``told`` are its logits."""
    return lambda seen, examples: told[examples]


def of_labels_in_views(
    seed: int, student: nn.Module, x: Tensor, given: Tensor, view: View, factor: int = 1
) -> BatchLoss:
    """Labels alone teach."""
    views = torch.Generator().manual_seed(8 * seed + 7)

    def loss(index: Tensor) -> Tensor:
        seen, parts = view(x, index, views)
        logits = student(smaller(seen, factor))
        each = [share * label_loss(logits, given, examples) for share, examples in parts]
        return torch.stack(each).sum()

    return loss


def of_answers_in_views(
    seed: int,
    student: nn.Module,
    x: Tensor,
    given: Tensor,
    said: Said,
    soft: Soft,
    view: View,
    factor: int = 1,
    alpha: float = ALPHA,
) -> BatchLoss:
    """Labels and answers teach."""
    views = torch.Generator().manual_seed(8 * seed + 7)

    def loss(index: Tensor) -> Tensor:
        seen, parts = view(x, index, views)
        logits = student(smaller(seen, factor))
        each = []
        for share, examples in parts:
            hard = label_loss(logits, given, examples)
            whole = (1 - alpha) * hard + alpha * soft(logits, said(seen, examples), examples)
            each.append(share * whole)
        return torch.stack(each).sum()

    return loss
