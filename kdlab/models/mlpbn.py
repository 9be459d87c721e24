"""Multi-layer perceptron with batch norm: each hidden layer is linear, batch norm, ReLU.

Batch norm (Ioffe and Szegedy 2015, arXiv:1502.03167) is what makes a network behave in one way in
training and in another in use: it normalises by the statistics of the batch, and later by their
running averages. The smallest network in which a forgotten ``eval()`` or ``train()`` shows. First
weights are torch's default.
"""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from kdlab.models.shapes import sizes_of


class Norm(nn.BatchNorm1d):
    """Batch norm of vectors. A batch of one has no variance: the running averages stand in."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, D) -> (N, D)."""
        if self.training and len(input) == 1:
            return F.batch_norm(
                input, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        return super().forward(input)


def build(name: str, input_shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """``mlpbn-64-64``: (N, *input_shape) -> (N, D) -> (N, 64) -> (N, 64) -> (N, classes)."""
    layers: list[nn.Module] = [nn.Flatten()]
    features = math.prod(input_shape)
    for width in sizes_of(name):
        layers += [nn.Linear(features, width), Norm(width), nn.ReLU()]
        features = width
    return nn.Sequential(*layers, nn.Linear(features, classes))
