"""Networks that are one row of layers: MLPs, with and without batch norm, and a small CNN.

First weights are torch's default.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch.nn.functional as F
from torch import Tensor, nn

from kdlab.models.shapes import cnn_grid, pools, sizes_of


class Norm(nn.BatchNorm1d):
    """Batch norm of vectors. A batch of one has no variance: the running averages stand in."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, D) -> (N, D)."""
        if self.training and len(input) == 1:
            return F.batch_norm(
                input, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        return super().forward(input)


def _mlp(
    name: str, input_shape: tuple[int, ...], classes: int, *, norms: bool
) -> Iterator[nn.Module]:
    """Multi-layer perceptron: the image as one long vector, hidden layers with ReLU, logits. The
    kind of network with which Hinton, Vinyals and Dean (2015, arXiv:1503.02531, section 3) showed
    distillation on MNIST.

    With ``norms`` each hidden layer is linear, batch norm, ReLU. Batch norm (Ioffe and Szegedy
    2015, arXiv:1502.03167) is what makes a network behave in one way in training and in another in
    use: it normalises by the statistics of the batch, and later by their running averages. The
    smallest network in which a forgotten ``eval()`` or ``train()`` shows.
    """
    yield nn.Flatten()
    features = math.prod(input_shape)
    for width in sizes_of(name):
        yield nn.Linear(features, width)
        if norms:
            yield Norm(width)
        yield nn.ReLU()
        features = width
    yield nn.Linear(features, classes)


def _cnn(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[nn.Module]:
    """3x3 convolution, ReLU and 2x2 max pooling a layer, then logits: in the line of LeNet (LeCun
    et al. 1998). No batch norm, so that the network has no state besides its weights and behaves
    the same in training and in use. Images with a side below 4 are not pooled any further."""
    channels, height, width = input_shape
    for wider in sizes_of(name):
        yield nn.Conv2d(channels, wider, 3, padding=1)
        yield nn.ReLU()
        if pools((height, width)):
            yield nn.MaxPool2d(2)
        height, width = cnn_grid(height, width, 1)
        channels = wider
    yield nn.Flatten()
    yield nn.Linear(channels * height * width, classes)


def build(name: str, input_shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """``mlp-512-512`` and ``mlpbn-512-512``: (N, *input_shape) -> (N, D) -> (N, 512) -> (N, 512) ->
    (N, classes); ``cnn-16-32`` on 28x28: (N, C, 28, 28) -> (N, 16, 14, 14) -> (N, 32, 7, 7) ->
    (N, classes)."""
    if name.startswith("cnn-"):
        return nn.Sequential(*_cnn(name, input_shape, classes))
    norms = name.startswith("mlpbn-")
    return nn.Sequential(*_mlp(name, input_shape, classes, norms=norms))
