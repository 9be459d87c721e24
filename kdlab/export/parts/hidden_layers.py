"""Students that learn from hidden layers of their teacher, by hooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from kdlab.export.parts.constants import ALPHA, DEVICE
from kdlab.export.parts.labels import label_loss
from kdlab.export.parts.students import BatchLoss

Adapter = dict[str, Tensor]
"""What a method trains beside the student for one pair of layers, by name."""


def outputs(network: nn.Module, points: Sequence[str], x: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Logits, and what the submodules ``points`` put out on the way; with ":input" behind the name
    of one: what goes into it."""
    kept = {}

    def keep(point: str) -> Callable[..., None]:
        def hook(_module: nn.Module, inputs: Any, output: Any) -> None:
            kept[point] = inputs[0] if point.endswith(":input") else output

        return hook

    hooks = [
        network.get_submodule(point.removesuffix(":input")).register_forward_hook(keep(point))
        for point in points
    ]
    logits = network(x)
    for hook in hooks:
        hook.remove()
    return logits, [kept[point] for point in points]


@torch.no_grad()
def layers_of(teacher: nn.Module, points: Sequence[str], x: Tensor) -> list[Tensor]:
    """The layers ``points`` of the teacher on all images, which do not change."""
    each = [outputs(teacher, points, part)[1] for part in x.split(512)]
    return [torch.cat(parts) for parts in zip(*each, strict=True)]


def first_adapters(
    seed: int,
    student: nn.Module,
    x: Tensor,
    taught: Sequence[Tensor],
    points: Sequence[str],
    make: Callable[..., Adapter],
) -> list[Adapter]:
    """What a method trains beside the student, one for each pair of layers."""
    student.eval()  # asking for the shapes must not move the statistics of a batch norm
    with torch.no_grad():
        _, first = outputs(student, points, x[:1])
    student.train()
    adapters = []
    for place, (own, theirs) in enumerate(zip(first, taught, strict=True)):
        drawn = torch.Generator().manual_seed(8 * seed + 7 + 7919 * place)
        made = make(own.shape[1:], theirs.shape[1:], drawn)
        adapters.append({name: w.to(DEVICE).requires_grad_() for name, w in made.items()})
    return adapters


def of_layers(
    student: nn.Module,
    x: Tensor,
    given: Tensor,
    taught: Sequence[Tensor],
    points: Sequence[str],
    compare: Callable[[Tensor, Tensor, Adapter], Tensor],
    adapters: Sequence[Adapter],
    weight: float = 1.0,
    alpha: float = ALPHA,
) -> BatchLoss:
    """Hidden layers are compared, pair by pair: the student's ``points`` with the teacher's layers
    ``taught``."""

    def loss(index: Tensor) -> Tensor:
        logits, own = outputs(student, points, x[index])
        hard = label_loss(logits, given, index)
        pairs = zip(own, taught, adapters, strict=True)
        soft = [compare(a, b[index], adapter) for a, b, adapter in pairs]
        return (1 - alpha) * hard + alpha * weight * torch.stack(soft).sum()

    return loss
