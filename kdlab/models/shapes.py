"""The first families and the sizes of their networks, without building one: no torch here.

Convolutions have 3x3 kernels, and a bias only in the plain CNN, where no batch norm follows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from kdlab.models.family import Family, Layer, Points, halved, linear, stages

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


def mlp_layers(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[Layer]:
    """Each unit has as many weights as there are units before it, and a bias."""
    units = (math.prod(input_shape), *sizes_of(name), classes)
    return (linear(i, o) for i, o in pairwise(units))


def mlpbn_layers(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[Layer]:
    """As an MLP, with a batch norm behind each hidden layer."""
    *hidden, last = mlp_layers(name, input_shape, classes)
    yield from (layer._replace(beside=3 * layer.outputs) for layer in hidden)
    yield last


def cnn_layers(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[Layer]:
    """3x3 convolutions with bias, then one layer from all that is left of the image."""
    inputs, sides = input_shape[0], input_shape[1:]
    for outputs in sizes_of(name):
        yield Layer(inputs, outputs, 3, sides, beside=outputs)
        inputs, sides = outputs, cnn_grid(sides[0], sides[1], 1)
    yield linear(inputs * math.prod(sides), classes)


def resnet_layers(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[Layer]:
    """(depth - 2) / 6 blocks a stage; a 1x1 shortcut with batch norm where the channels change.

    The second and third stage always have that shortcut, the first only in the x4 networks: the
    stages of the others start with the channels of the first convolution.
    """
    depth, channels = RESNETS[name]
    return _residual(channels, (depth - 2) // 6, input_shape, classes, norm_first=False)


def wrn_layers(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[Layer]:
    """(depth - 4) / 6 blocks a stage; batch norm comes first, and the 1x1 shortcut has none."""
    depth, channels = WRNS[name]
    return _residual(channels, (depth - 4) // 6, input_shape, classes, norm_first=True)


def _residual(
    channels: tuple[int, ...],
    blocks: int,
    input_shape: tuple[int, ...],
    classes: int,
    *,
    norm_first: bool,
) -> Iterator[Layer]:
    """A first convolution, then stages of two 3x3 convolutions a block; all stages but the first
    halve the image. With ``norm_first`` each 3x3 convolution has its batch norm before it, and the
    logits have another; else every convolution has one behind it."""

    def convolution(inputs: int, outputs: int) -> Layer:
        return Layer(inputs, outputs, 3, sides, beside=2 * (inputs if norm_first else outputs))

    sides = input_shape[1:]
    bare = 0 if norm_first else 2
    yield Layer(input_shape[0], channels[0], 3, sides, beside=bare * channels[0])
    for stage, (i, o) in enumerate(pairwise(channels)):
        sides = halved(sides) if stage else sides
        yield convolution(i, o)
        yield from [convolution(o, o)] * (2 * blocks - 1)
        if i != o:
            yield Layer(i, o, 1, sides, beside=bare * o)
    last = linear(channels[-1], classes)
    yield last._replace(beside=last.beside + 2 * channels[-1] * norm_first)


def relus(step: int) -> Points:
    """The ReLU after each hidden layer: Sequential is Flatten, then ``step`` modules a layer, of
    which the ReLU is the last."""
    return lambda name, input_shape: tuple(
        str(step * (layer + 1)) for layer in range(len(sizes_of(name)))
    )


def cnn_hint_points(name: str, input_shape: tuple[int, ...]) -> tuple[str, ...]:
    """The end of each layer: its pooling, or its ReLU where the image is too small to pool."""
    points, index, sides = [], -1, (input_shape[1], input_shape[2])
    for _ in sizes_of(name):
        index += 3 if pools(sides) else 2
        sides = cnn_grid(*sides, 1)
        points.append(str(index))
    return tuple(points)


MLP = Family(
    name="mlp",
    label="MLP",
    about="Fully connected layers with ReLU. The network of the first distillation "
    "experiments; trains in seconds.",
    unit="hidden widths",
    examples=("mlp-512-512", "mlp-16"),
    paper="Hinton, Vinyals and Dean 2015, arXiv:1503.02531, section 3",
    accepts=("points", "images", "text"),
    layers=mlp_layers,
    hints=relus(2),
    behind=1,
    sizes=(2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
    max_size=4096,
    file="plain",
    stacks=True,
)

CNN = Family(
    name="cnn",
    label="Small CNN",
    about="3x3 convolutions with ReLU; each layer halves the image.",
    unit="channels",
    examples=("cnn-16-32", "cnn-8"),
    paper="LeCun et al. 1998, Gradient-based learning applied to document recognition",
    accepts=("images",),
    layers=cnn_layers,
    hints=cnn_hint_points,
    behind=2,  # Flatten lies between
    sizes=(2, 4, 8, 16, 32, 64, 128, 256),
    max_size=512,
    file="plain",
)

MLPBN = Family(
    name="mlpbn",
    label="MLP with batch norm",
    about="Fully connected layers with batch norm and ReLU: a network that behaves "
    "differently in training and in use.",
    unit="hidden widths",
    examples=("mlpbn-64-64", "mlpbn-16"),
    paper="Ioffe and Szegedy 2015, arXiv:1502.03167",
    accepts=("points", "images", "text"),
    layers=mlpbn_layers,
    hints=relus(3),
    behind=1,
    sizes=(2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
    max_size=4096,
    file="plain",
)

RESNET = Family(
    name="resnet",
    label="ResNet for small images",
    about="Three stages of residual blocks. The number is the depth; x4 has four times the "
    "channels.",
    unit="depth",
    examples=("resnet20", "resnet8x4"),
    paper="He et al. 2016, arXiv:1512.03385, section 4.2; x4: Tian et al. 2020, arXiv:1910.10699",
    accepts=("images",),
    layers=resnet_layers,
    hints=stages(3),
    choices=tuple(RESNETS),
)

WRN = Family(
    name="wrn",
    label="Wide ResNet",
    about="Residual blocks with the normalisation first. The numbers are depth and widening.",
    unit="depth and widening",
    examples=("wrn-40-2", "wrn-16-2"),
    paper="Zagoruyko and Komodakis 2016, arXiv:1605.07146",
    accepts=("images",),
    layers=wrn_layers,
    hints=stages(3),
    choices=tuple(WRNS),
)
