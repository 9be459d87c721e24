"""Attention maps: where in the image a layer's activity lies.

For activations A (C, h, w) the map is the sum over channels of A_c^2, scaled to length 1:
F^2_sum in section 3.1 of Zagoruyko and Komodakis 2017, "Paying More Attention to Attention",
arXiv:1612.03928, scaled as in its equation 2. What looks alike here is what attention transfer
trains to be alike. Only layers that keep an image have such maps: those of an MLP have none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kdlab.errors import ModelError
from kdlab.insight.features import features


def attention_map(activations: Tensor, size: tuple[int, int]) -> Tensor:
    """One layer's maps at the size of the image: (N, C, h, w) -> (N, *size), none negative.

    Bilinear to ``size``, then each map scaled to Euclidean length 1, so that the product of two
    maps is their cosine; a layer that is silent for an image gives zeros. Raises ModelError for
    activations without height and width.
    """
    if activations.ndim != 4:
        raise ModelError(
            f"a layer returned activations of shape {tuple(activations.shape)}",
            "layers of a CNN, (N, channels, height, width): attention maps need places",
            "Choose a CNN or ResNet, or look at saliency, which works for an MLP too",
        )
    energy = activations.square().sum(1, keepdim=True)
    energy = F.interpolate(energy, size=size, mode="bilinear", align_corners=False)
    tiny = torch.finfo(energy.dtype).tiny  # squares are small: only a silent layer's stay short
    return F.normalize(energy.flatten(1), eps=tiny).view(-1, *size)


def attention_maps(module: nn.Module, names: Sequence[str], inputs: Tensor) -> dict[str, Tensor]:
    """Maps of several layers at the size of the images (N, C, H, W): name -> (N, H, W).

    ``names`` as :func:`kdlab.models.hint_points` lists them. Raises ModelError as
    :func:`attention_map` and :func:`kdlab.insight.features.features` do.
    """
    read: Mapping[str, Tensor] = features(module, names, inputs)
    size = (inputs.shape[-2], inputs.shape[-1]) if inputs.ndim == 4 else (1, 1)
    return {name: attention_map(activations, size) for name, activations in read.items()}
