"""Multi-layer perceptron: the image as one long vector, hidden layers with ReLU, logits.

The kind of network with which Hinton, Vinyals and Dean (2015, arXiv:1503.02531, section 3) showed
distillation on MNIST. First weights are torch's default.
"""

from __future__ import annotations

import math

from torch import nn

from kdlab.models.shapes import sizes_of


def build(name: str, input_shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """``mlp-512-512``: (N, *input_shape) -> (N, D) -> (N, 512) -> (N, 512) -> (N, classes)."""
    layers: list[nn.Module] = [nn.Flatten()]
    features = math.prod(input_shape)
    for width in sizes_of(name):
        layers += [nn.Linear(features, width), nn.ReLU()]
        features = width
    return nn.Sequential(*layers, nn.Linear(features, classes))
