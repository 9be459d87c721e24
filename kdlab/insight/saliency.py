"""Saliency: which pixels an answer rests on, to first order.

Gradient x input, |sum over channels of x * dz_c/dx| with z_c the logit of class c: how far z_c
would move, by the tangent, if the pixel went to 0. The gradient of a class's logit as a picture is
Simonyan, Vedaldi and Zisserman 2014, "Deep Inside Convolutional Networks", arXiv:1312.6034,
section 3; its product with the input Shrikumar et al. 2016, "Not Just a Black Box",
arXiv:1605.01713. The lab's images are standardised: there 0 is the mean grey of the training
images, and an empty background counts as well. Such maps describe a network to first order; that
they explain its answer is not a given (Adebayo et al. 2018, "Sanity Checks for Saliency Maps",
arXiv:1810.03292).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from kdlab.errors import ConfigError
from kdlab.insight.features import CHUNK, evaluating


def saliency(module: nn.Module, inputs: Tensor, classes: Tensor | None = None) -> Tensor:
    """Gradient x input of one logit an image: (N, C, H, W) -> (N, H, W), none negative.

    ``classes`` (N,) says of which class the logit is; None takes the network's likeliest. Where two
    networks are to be compared, give both the same classes. The network runs in eval mode; its
    modes and its weights' gradients stay as they were. Raises ConfigError for inputs that are no
    images and for classes that the network does not have.
    """
    if inputs.ndim != 4:
        raise ConfigError(
            f"saliency was asked of inputs with shape {tuple(inputs.shape)}",
            "images (N, channels, height, width)",
            "Choose a data set of images",
        )
    maps = []
    # Gradients must flow even where the caller only predicts.
    with torch.inference_mode(False), torch.enable_grad(), evaluating(module):
        for first in range(0, len(inputs), CHUNK):
            part = slice(first, first + CHUNK)
            x = inputs[part].detach().clone().requires_grad_()
            logits = module(x)
            chosen = logits.max(-1).indices if classes is None else classes[part].to(x.device)
            _check(chosen, logits)
            # Images do not meet in eval mode: the gradient of the sum is each image's own.
            (gradient,) = torch.autograd.grad(logits.gather(1, chosen[:, None]).sum(), x)
            maps.append((gradient * x.detach()).sum(1).abs())
    return torch.cat(maps) if maps else inputs.new_zeros(0, *inputs.shape[2:])


def _check(chosen: Tensor, logits: Tensor) -> None:
    n, count = logits.shape
    if chosen.shape != (n,) or int(chosen.min()) < 0 or int(chosen.max()) >= count:
        raise ConfigError(
            f"classes has shape {tuple(chosen.shape)} and values from {chosen.min().item()} to "
            f"{chosen.max().item()} beside {n} images",
            f"one class from 0 to {count - 1} an image",
            "Give one class of this network for each image, or None for its likeliest",
        )
