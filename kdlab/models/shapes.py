"""The first families and the sizes of their networks, without building one: no torch here.

Every count is of trainable numbers: convolutions have 3x3 kernels, and a bias only in the plain
CNN, where no batch norm follows; a batch norm has two numbers a channel.
"""

from __future__ import annotations

import math
from itertools import pairwise

from kdlab.models.family import Family, fixed_names, free_sizes

RESNETS: dict[str, tuple[int, tuple[int, int, int, int]]] = {
    **{f"resnet{depth}": (depth, (16, 16, 32, 64)) for depth in (8, 14, 20, 32, 56, 110)},
    **{f"resnet{depth}x4": (depth, (32, 64, 128, 256)) for depth in (8, 32)},
}
"""Name -> (depth, channels of the first convolution and of the three stages)."""

WRNS: dict[str, tuple[int, tuple[int, int, int, int]]] = {
    f"wrn-{depth}-{k}": (depth, (16, 16 * k, 32 * k, 64 * k)) for depth in (16, 40) for k in (1, 2)
}
"""Name -> (depth, channels of the first convolution and of the three stages)."""


def sizes_of(name: str) -> tuple[int, ...]:
    """The numbers in a name: "mlp-512-512" -> (512, 512)."""
    return tuple(int(number) for number in name.split("-")[1:])


def pools(sides: tuple[int, int]) -> bool:
    """Whether a CNN halves an image with these two sides: not where one is below 4."""
    return min(sides) >= 4


def cnn_grid(height: int, width: int, layers: int) -> tuple[int, int]:
    """Height and width that are left after ``layers`` layers of a CNN."""
    sides = height, width
    for _ in range(layers):
        if pools(sides):
            sides = sides[0] // 2, sides[1] // 2
    return sides


def mlp_parameters(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """Each layer has fan-in weights and one bias for each of its units."""
    units = (math.prod(input_shape), *sizes_of(name), classes)
    return sum((i + 1) * o for i, o in pairwise(units))


def mlpbn_parameters(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """As an MLP, and two numbers for each hidden unit."""
    return mlp_parameters(name, input_shape, classes) + 2 * sum(sizes_of(name))


def cnn_parameters(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """3x3 convolutions with bias, then one layer from all that is left of the image."""
    channels = (input_shape[0], *sizes_of(name))
    convolutions = sum((9 * i + 1) * o for i, o in pairwise(channels))
    grid = cnn_grid(input_shape[1], input_shape[2], len(channels) - 1)
    return convolutions + (channels[-1] * grid[0] * grid[1] + 1) * classes


def resnet_parameters(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """(depth - 2) / 6 blocks a stage; a 1x1 shortcut with batch norm where the channels change.

    The second and third stage always have that shortcut, the first only in the x4 networks: the
    stages of the others start with the channels of the first convolution.
    """
    depth, channels = RESNETS[name]
    total = 9 * input_shape[0] * channels[0] + 2 * channels[0]
    for i, o in pairwise(channels):
        total += 9 * i * o + 2 * o + 9 * o * o + 2 * o
        total += i * o + 2 * o if i != o else 0
        total += ((depth - 2) // 6 - 1) * 2 * (9 * o * o + 2 * o)
    return total + (channels[-1] + 1) * classes


def wrn_parameters(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """(depth - 4) / 6 blocks a stage; batch norm comes first, and the 1x1 shortcut has none."""
    depth, channels = WRNS[name]
    total = 9 * input_shape[0] * channels[0]
    for i, o in pairwise(channels):
        total += 2 * i + 9 * i * o + 2 * o + 9 * o * o
        total += i * o if i != o else 0
        total += ((depth - 4) // 6 - 1) * 2 * (2 * o + 9 * o * o)
    return total + 2 * channels[-1] + (channels[-1] + 1) * classes


def mlp_hint_points(name: str, input_shape: tuple[int, ...]) -> tuple[str, ...]:
    """The ReLU after each hidden layer: Sequential is Flatten, then Linear and ReLU in turn."""
    return tuple(str(2 * layer + 2) for layer in range(len(sizes_of(name))))


def mlpbn_hint_points(name: str, input_shape: tuple[int, ...]) -> tuple[str, ...]:
    """The ReLU after each hidden layer: Flatten, then Linear, batch norm and ReLU in turn."""
    return tuple(str(3 * layer + 3) for layer in range(len(sizes_of(name))))


def cnn_hint_points(name: str, input_shape: tuple[int, ...]) -> tuple[str, ...]:
    """The end of each layer: its pooling, or its ReLU where the image is too small to pool."""
    points, index, sides = [], -1, (input_shape[1], input_shape[2])
    for _ in sizes_of(name):
        index += 3 if pools(sides) else 2
        sides = cnn_grid(*sides, 1)
        points.append(str(index))
    return tuple(points)


def stage_hint_points(name: str, input_shape: tuple[int, ...]) -> tuple[str, ...]:
    """The end of each of the three stages of a ResNet or Wide ResNet."""
    return "layer1", "layer2", "layer3"


def mlp_head(name: str, input_shape: tuple[int, ...]) -> str:
    """The linear layer behind the last ReLU."""
    return str(int(mlp_hint_points(name, input_shape)[-1]) + 1)


def mlpbn_head(name: str, input_shape: tuple[int, ...]) -> str:
    """The linear layer behind the last ReLU."""
    return str(int(mlpbn_hint_points(name, input_shape)[-1]) + 1)


def cnn_head(name: str, input_shape: tuple[int, ...]) -> str:
    """The linear layer behind the last pooling or ReLU, and Flatten: it reads every place."""
    return str(int(cnn_hint_points(name, input_shape)[-1]) + 2)


MLP = Family(
    name="mlp",
    label="MLP",
    about="Fully connected layers with ReLU. The network of the first distillation "
    "experiments; trains in seconds.",
    unit="hidden widths",
    pattern=free_sizes("mlp"),
    examples=("mlp-512-512", "mlp-16"),
    paper="Hinton, Vinyals and Dean 2015, arXiv:1503.02531, section 3",
    accepts=("points", "images"),
    module="kdlab.models.mlp",
    count=mlp_parameters,
    hints=mlp_hint_points,
    head=mlp_head,
    sizes=(2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
    max_size=4096,
)

CNN = Family(
    name="cnn",
    label="Small CNN",
    about="3x3 convolutions with ReLU; each layer halves the image.",
    unit="channels",
    pattern=free_sizes("cnn"),
    examples=("cnn-16-32", "cnn-8"),
    paper="LeCun et al. 1998, Gradient-based learning applied to document recognition",
    accepts=("images",),
    module="kdlab.models.cnn",
    count=cnn_parameters,
    hints=cnn_hint_points,
    head=cnn_head,
    sizes=(2, 4, 8, 16, 32, 64, 128, 256),
    max_size=512,
)

MLPBN = Family(
    name="mlpbn",
    label="MLP with batch norm",
    about="Fully connected layers with batch norm and ReLU: a network that behaves "
    "differently in training and in use.",
    unit="hidden widths",
    pattern=free_sizes("mlpbn"),
    examples=("mlpbn-64-64", "mlpbn-16"),
    paper="Ioffe and Szegedy 2015, arXiv:1502.03167",
    accepts=("points", "images"),
    module="kdlab.models.mlpbn",
    count=mlpbn_parameters,
    hints=mlpbn_hint_points,
    head=mlpbn_head,
    sizes=(2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
    max_size=4096,
)

RESNET = Family(
    name="resnet",
    label="ResNet for small images",
    about="Three stages of residual blocks. The number is the depth; x4 has four times the "
    "channels.",
    unit="depth",
    pattern=fixed_names(RESNETS),
    examples=("resnet20", "resnet8x4"),
    paper="He et al. 2016, arXiv:1512.03385, section 4.2; x4: Tian et al. 2020, arXiv:1910.10699",
    accepts=("images",),
    module="kdlab.models.resnet",
    count=resnet_parameters,
    hints=stage_hint_points,
    choices=tuple(RESNETS),
)

WRN = Family(
    name="wrn",
    label="Wide ResNet",
    about="Residual blocks with the normalisation first. The numbers are depth and widening.",
    unit="depth and widening",
    pattern=fixed_names(WRNS),
    examples=("wrn-40-2", "wrn-16-2"),
    paper="Zagoruyko and Komodakis 2016, arXiv:1605.07146",
    accepts=("images",),
    module="kdlab.models.wrn",
    count=wrn_parameters,
    hints=stage_hint_points,
    choices=tuple(WRNS),
)
