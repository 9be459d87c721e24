"""A published backbone that is frozen, and a new linear head that learns.

The backbone was trained on ImageNet's units and sizes, the lab's images are in the units of their
own data set: the network translates by itself, so that it takes the place of any other teacher.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from kdlab.errors import ModelError
from kdlab.full_run.recipe.pretrained import PRETRAINED, Record, check

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Of red, green and blue in 0..1; all weights of PRETRAINED were trained with these numbers."""


class Pretrained(nn.Module):
    """``backbone`` (frozen, always in eval mode) and ``head``, the only part that learns.

    ``mean`` and ``std``: with which the inputs were standardised, one a channel (1 or 3). They are
    part of the state dict: weights belong to the units in which their inputs came.
    """

    mean: Tensor
    std: Tensor
    imagenet_mean: Tensor
    imagenet_std: Tensor

    def __init__(
        self, record: Record, classes: int, mean: Sequence[float], std: Sequence[float]
    ) -> None:
        super().__init__()
        self.record = record
        self.backbone = headless(record)
        self.backbone.requires_grad_(False)
        self.head = nn.Linear(record.features, classes)
        self.register_buffer("mean", _by_channel(mean))
        self.register_buffer("std", _by_channel(std))
        self.register_buffer("imagenet_mean", _by_channel(IMAGENET_MEAN), persistent=False)
        self.register_buffer("imagenet_std", _by_channel(IMAGENET_STD), persistent=False)
        self.train()

    def train(self, mode: bool = True) -> Self:
        """As every module, but the backbone never leaves eval mode.

        In train mode its batch norm would drift to the new images, its dropout and stochastic depth
        would be on, and features computed once would no longer be those of the network.
        """
        super().train(mode)
        self.backbone.eval()
        return self

    def as_imagenet(self, x: Tensor) -> Tensor:
        """Standardised (N, C, H, W) -> (N, 3, side, side) in the units of ImageNet.

        The whole image is resized, without the crop of the middle that torchvision's preset makes
        of photographs: the lab's images show their object from edge to edge.
        """
        channels = len(self.mean)
        if x.ndim != 4 or x.shape[1] != channels:
            raise ModelError(
                f"{self.record.name} was given inputs of shape {tuple(x.shape)}",
                f"(images, {channels}, height, width)",
                "Give it images of the data set for which it was built",
            )
        x = (x * self.std + self.mean).expand(-1, 3, -1, -1)
        # Units first, size second: each pixel of the larger image is a mean of pixels of the
        # smaller one, so the order does not matter to the result, and this one is cheaper.
        x = (x - self.imagenet_mean) / self.imagenet_std
        side = self.record.side
        # Antialiasing changes nothing where an image grows, as the lab's small ones do, and costs
        # time on a GPU; where an image shrinks, bilinear sampling without it would skip pixels.
        shrinks = x.shape[2] > side or x.shape[3] > side
        return F.interpolate(x, size=(side, side), mode="bilinear", antialias=shrinks)

    def features(self, x: Tensor) -> Tensor:
        """Standardised (N, C, H, W) -> what the head reads, (N, D).

        They do not change while the head learns: without random crops and flips they can be
        computed once. As no weight of the backbone asks for a gradient, none is recorded unless
        ``x`` asks for one (saliency does).
        """
        return self.backbone(self.as_imagenet(x))

    def forward(self, x: Tensor) -> Tensor:
        """Standardised (N, C, H, W) -> logits (N, classes)."""
        return self.head(self.features(x))


def whole(record: Record) -> nn.Module:
    """torchvision's network with its head for ImageNet and random weights."""
    return torchvision.models.get_model(record.torchvision, weights=None)


def headless(record: Record) -> nn.Module:
    """The same, but what was its last linear layer hands its inputs on: (N, 3, H, W) -> (N, D)."""
    module = whole(record)
    parent, _, leaf = record.head.rpartition(".")
    setattr(module.get_submodule(parent), leaf, nn.Identity())
    return module


def _by_channel(numbers: Sequence[float]) -> Tensor:
    """One number a channel, to broadcast over (N, C, H, W): (C, 1, 1)."""
    return torch.tensor([float(number) for number in numbers]).view(-1, 1, 1)


def build(
    name: str,
    classes: int,
    mean: Sequence[float],
    std: Sequence[float],
    channels: int,
    seed: int = 0,
) -> Pretrained:
    """The teacher on the CPU in train mode: standardised (N, channels, H, W) -> (N, classes).

    ``mean`` and ``std`` are those of the data split, one a channel, for images in 0..1. ``seed``
    decides the head's first weights; torch's global generator stays as it was. The backbone has
    random weights until
    :func:`kdlab.full_run.recipe.pretrained_weights.load` has filled it. ModelError as
    :func:`kdlab.full_run.recipe.pretrained.check`.
    """
    check(name, classes, mean, std, channels)
    # Only the CPU's generator is seeded: torch.manual_seed would also reset those of the GPUs.
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)
        return Pretrained(PRETRAINED[name], classes, mean, std)
