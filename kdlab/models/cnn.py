"""Small convolutional network: 3x3 convolution, ReLU and 2x2 max pooling a layer, then logits.

In the line of LeNet (LeCun et al. 1998). No batch norm, so that the network has no state besides
its weights and behaves the same in training and in use. First weights are torch's default.
"""

from __future__ import annotations

from torch import nn

from kdlab.models.shapes import cnn_grid, pools, sizes_of


def build(name: str, input_shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """``cnn-16-32`` on 28x28: (N, C, 28, 28) -> (N, 16, 14, 14) -> (N, 32, 7, 7) -> (N, classes).

    Images with a side below 4 are not pooled any further.
    """
    channels, height, width = input_shape
    layers: list[nn.Module] = []
    for wider in sizes_of(name):
        layers += [nn.Conv2d(channels, wider, 3, padding=1), nn.ReLU()]
        if pools((height, width)):
            layers.append(nn.MaxPool2d(2))
        height, width = cnn_grid(height, width, 1)
        channels = wider
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * height * width, classes))
