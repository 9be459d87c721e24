"""What a network sees of an image: augmented, or scaled down. Batched, drawn by seed.

Images are standardised, (S, B, C, H, W): one batch per seed. What is drawn for a seed depends on
that seed alone, so that a student sees the same whether it is trained alone or among others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from kdlab.data.split import Part
from kdlab.errors import ConfigError
from kdlab.training.arms.arm import Augmentation

NOISE = 0.5
"""Standard deviation of added noise, in units of the standardised inputs."""


def smaller(inputs: Tensor, factor: int) -> Tensor:
    """(..., C, H, W) scaled down by a whole ``factor``: each pixel is the mean of an area.

    ConfigError where the sides are no multiple of ``factor``, or inputs are no images.
    """
    if factor == 1:
        return inputs
    if inputs.ndim < 4 or inputs.shape[-2] % factor or inputs.shape[-1] % factor:
        raise ConfigError(
            f"inputs of shape {tuple(inputs.shape[1:])} were to be scaled down by {factor}",
            "images whose sides are multiples of the factor",
            "Choose another factor, or a data set of images",
        )
    pooled = F.avg_pool2d(inputs.flatten(0, -4), factor)
    return pooled.view(*inputs.shape[:-2], *pooled.shape[-2:])


def scaled(part: Part, factor: int) -> Part:
    """The same examples, scaled down."""
    return part if factor == 1 else replace(part, inputs=smaller(part.inputs, factor))


def noise_like(inputs: Tensor, seed: int) -> Tensor:
    """As many inputs of the same shape, of which each value is drawn by ``seed`` from a Gaussian
    with the mean and the deviation that standardised values have, 0 and 1."""
    return torch.randn(inputs.shape, generator=torch.Generator().manual_seed(seed))


@dataclass(frozen=True)
class Mixed:
    """A batch as its students see it. With mixup, ``share`` (S,) of it is the example itself and
    the rest the example ``partner`` (S, B), by their places in the batch."""

    inputs: Tensor
    share: Tensor | None = None
    partner: Tensor | None = None


def augment(kind: Augmentation, inputs: Tensor, generators: Sequence[torch.Generator]) -> Mixed:
    """``inputs`` (S, B, ...) under the augmentation ``kind``, drawn by one generator per seed.

    shift: up to an eighth of the side in any direction, filled with the darkest pixel of the batch.
    flip: left to right, half of them. noise: Gaussian. mixup: blended with another example (Zhang
    et al. 2018, arXiv:1710.09412, here with lambda uniform).
    """
    if kind == "none":
        return Mixed(inputs)
    if kind == "mixup":
        return _mixup(inputs, generators)
    one = {"shift": _shift, "flip": _flip, "noise": _noise}[kind]
    if kind != "noise" and inputs.ndim != 5:
        raise ConfigError(
            f"the augmentation {kind} was asked for "
            + ("text" if inputs.ndim == 4 else "points or rows"),
            "none, noise or mixup for points, rows and text; any for images",
            "Choose one of these, or a data set of images",
        )
    return Mixed(torch.stack([one(x, g) for x, g in zip(inputs, generators, strict=True)]))


def _shift(x: Tensor, generator: torch.Generator) -> Tensor:
    batch, _, height, width = x.shape
    most = max(1, min(height, width) // 8)
    padded = F.pad(x, (most,) * 4, value=float(x.min()))
    down, right = torch.randint(0, 2 * most + 1, (2, batch), generator=generator)
    rows = down.view(-1, 1, 1) + torch.arange(height).view(1, -1, 1)
    columns = right.view(-1, 1, 1) + torch.arange(width).view(1, 1, -1)
    which = torch.arange(batch).view(-1, 1, 1)
    return padded[which, :, rows, columns].permute(0, 3, 1, 2)


def _flip(x: Tensor, generator: torch.Generator) -> Tensor:
    turned = torch.rand(len(x), generator=generator) < 0.5
    return torch.where(turned.view(-1, 1, 1, 1).to(x.device), x.flip(3), x)


def _noise(x: Tensor, generator: torch.Generator) -> Tensor:
    return x + NOISE * torch.randn(x.shape, generator=generator).to(x.device)


def _mixup(inputs: Tensor, generators: Sequence[torch.Generator]) -> Mixed:
    batch = inputs.shape[1]
    share = torch.cat([torch.rand(1, generator=g) for g in generators]).to(inputs.device)
    partner = torch.stack([torch.randperm(batch, generator=g) for g in generators])
    partner = partner.to(inputs.device)
    others = torch.stack([x[p] for x, p in zip(inputs, partner, strict=True)])
    weight = share.view(-1, *[1] * (inputs.ndim - 1))
    return Mixed(weight * inputs + (1 - weight) * others, share, partner)
