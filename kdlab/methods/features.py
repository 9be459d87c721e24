"""What the feature-based methods share: features brought to one shape, directions, a linear map.

Features are vectors (..., B, D) or maps (..., B, C, H, W), with at most one leading dimension, the
students: so two or three dimensions are vectors, four or five are maps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def are_maps(features: Tensor) -> bool:
    """Whether features have a height and a width."""
    return features.ndim >= 4


def vectors(features: Tensor) -> Tensor:
    """(..., B, D): maps are averaged over height and width. What goes into a last linear layer is
    a vector already, see :func:`kdlab.models.embedding_point`."""
    return features.mean((-2, -1)) if are_maps(features) else features


def flat(features: Tensor) -> Tensor:
    """(..., B, n): every number of an example in a row."""
    return features.flatten(-3) if are_maps(features) else features


def rows(features: Tensor) -> Tensor:
    """(..., N, D): vectors as they are; each place of each map a row of its C channels."""
    return features.movedim(-3, -1).flatten(-4, -2) if are_maps(features) else features


def on_one_grid(student: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
    """Both features at the smaller height and width of the two, the larger ones averaged.

    Where only one of them has a height and a width, it is averaged to vectors.
    """
    if not (are_maps(student) and are_maps(teacher)):
        return vectors(student), vectors(teacher)
    height, width = (min(student.shape[axis], teacher.shape[axis]) for axis in (-2, -1))
    return _pooled(student, height, width), _pooled(teacher, height, width)


def _pooled(maps: Tensor, height: int, width: int) -> Tensor:
    if maps.shape[-2:] == (height, width):
        return maps
    from torch.nn import functional as F

    pooled = F.adaptive_avg_pool2d(maps.flatten(0, -4), (height, width))
    return pooled.view(*maps.shape[:-2], height, width)


def directions(features: Tensor) -> Tensor:
    """Unit vectors along the last dimension; a zero vector stays zero and gets no gradient.

    Dividing by max(norm, eps) instead would give it a gradient of 1 / eps, and one example at which
    all units of a small student are silent would throw its weights away.
    """
    norm = features.norm(dim=-1, keepdim=True)
    return features / norm.masked_fill(norm == 0, float("inf"))


def linear(features: Tensor, weight: Tensor, bias: Tensor | float = 0.0) -> Tensor:
    """(..., N, D) times (..., D, E), plus (..., E): one linear map a student."""
    mapped = features @ weight
    return mapped + (bias if isinstance(bias, float) else bias.unsqueeze(-2))


def first_weights(inputs: int, outputs: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Weight (inputs, outputs) and bias (outputs,), uniform in +-1 / sqrt(inputs) as PyTorch's."""
    return uniform((inputs, outputs), inputs, generator), uniform((outputs,), inputs, generator)


def uniform(shape: tuple[int, ...], inputs: int, generator: torch.Generator) -> Tensor:
    """Numbers in +-1 / sqrt(inputs), as PyTorch's layers begin with ``inputs`` a unit."""
    import torch

    return (2 * torch.rand(shape, generator=generator) - 1) * inputs**-0.5
