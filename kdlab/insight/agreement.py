"""How far two networks' maps of the same images agree, and how far any two maps would.

Spearman's rank correlation of the pixels, as Adebayo et al. 2018 compare saliency maps
(arXiv:1810.03292). Ranks, because the size of a gradient says how steep a network's
logits are and not where it looks, and because a few bright pixels would decide a cosine. Maps of
different images agree too, since digits sit in the middle of the picture: the chance level says how
much, and only what lies above it speaks of the image.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kdlab.errors import ConfigError


@dataclass(frozen=True)
class Agreement:
    """Rank correlations in -1 .. 1: of each image, their mean, and the mean by chance."""

    each: tuple[float, ...]
    mean: float
    chance: float


def agreement(first: Tensor, second: Tensor) -> Agreement:
    """Rank correlation of two networks' maps (N, H, W), image by image.

    ``chance`` is the mean over all pairs of one network's map with the other's map of a *different*
    image: the exact expectation over shuffles that leave no image in place. Equal pixels share the
    mean of their ranks; a map whose pixels are all equal ranks nothing and agrees by 0 with any.
    Raises ConfigError for maps of different shapes and for fewer than two images.
    """
    if first.shape != second.shape or first.ndim != 3 or len(first) < 2:
        raise ConfigError(
            f"maps of shapes {tuple(first.shape)} and {tuple(second.shape)} were to be compared",
            "maps (images, height, width) of the same two or more images, equally large",
            "Draw both networks' maps for the same images at the same size",
        )
    a, b = _standard_ranks(first), _standard_ranks(second)
    n = len(a)
    each = (a * b).sum(1)
    # The sum over all pairs of rows is the product of the summed rows.
    others = float(a.sum(0) @ b.sum(0) - each.sum())
    return Agreement(tuple(each.tolist()), float(each.mean()), others / (n * (n - 1)))


def _standard_ranks(maps: Tensor) -> Tensor:
    """(N, H, W) -> (N, H * W) ranks with mean 0 and length 1 a row, zeros where all are equal."""
    values = maps.flatten(1).double().contiguous()
    ordered = values.sort(1).values
    # Below and not-above counts meet in the middle of equal values: the mean of their ranks.
    below = torch.searchsorted(ordered, values, right=False)
    not_above = torch.searchsorted(ordered, values, right=True)
    ranks = (below + not_above).double()
    ranks = ranks - ranks.mean(1, keepdim=True)
    return torch.nn.functional.normalize(ranks)
