"""What a forward pass costs, without building the network; no torch here.

Floating-point operations of one image, counted as :func:`kdlab.measure.profiling.flops_per_image`
does: 2 for a multiply-add of a convolution or a product of matrices; biases, normalisation,
activations and pooling are left out. A test holds every network to what is counted when it runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain, pairwise

from kdlab import models
from kdlab.models import published_shapes as published
from kdlab.models import shapes

Sides = tuple[int, ...]

TRAINING_PASSES = 3
"""Forward passes that a training step is worth, for each of its images: a backward pass costs about
twice a forward pass."""


def per_image(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """Operations of one forward pass of ``name`` on one input; ModelError as
    :func:`kdlab.models.check` has it.

    >>> per_image("mlp-16", (1, 8, 8), 10)
    2368
    """
    models.check(name, input_shape, classes)
    return FORWARD[models.find(name).name](name, input_shape, classes)


def _mlp(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    units = (math.prod(input_shape), *shapes.sizes_of(name), classes)
    return sum(2 * i * o for i, o in pairwise(units))


def _cnn(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    inputs, sides = input_shape[0], input_shape[1:]
    total = 0
    for outputs in shapes.sizes_of(name):
        total += _convolved(inputs, outputs, 3, sides)
        inputs, sides = outputs, shapes.cnn_grid(sides[0], sides[1], 1)
    return total + 2 * inputs * math.prod(sides) * classes


def _resnet(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    depth, channels = shapes.RESNETS[name]
    return _residual(channels, (depth - 2) // 6, input_shape, classes)


def _wrn(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    depth, channels = shapes.WRNS[name]
    return _residual(channels, (depth - 4) // 6, input_shape, classes)


def _residual(
    channels: tuple[int, ...], blocks: int, input_shape: tuple[int, ...], classes: int
) -> int:
    """A first convolution, then stages of two 3x3 convolutions a block; all stages but the first
    halve the image, and where the channels change there is a 1x1 shortcut."""
    sides = input_shape[1:]
    total = _convolved(input_shape[0], channels[0], 3, sides)
    for stage, (i, o) in enumerate(pairwise(channels)):
        sides = _halved(sides) if stage else sides
        total += _convolved(i, o, 3, sides) + (2 * blocks - 1) * _convolved(o, o, 3, sides)
        total += _convolved(i, o, 1, sides) if i != o else 0
    return total + 2 * channels[-1] * classes


def _vgg(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    inputs, sides = input_shape[0], input_shape[1:]
    halvings = 4 if min(sides) >= 64 else 3
    total = 0
    for stage, widths in enumerate(published.VGGS[name]):
        for outputs in widths:
            total += _convolved(inputs, outputs, 3, sides)
            inputs = outputs
        if stage < halvings:
            sides = (sides[0] // 2, sides[1] // 2)
    return total + 2 * inputs * classes


def _bottleneck(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    inputs, sides = published.BOTTLENECK_CHANNELS[0], input_shape[1:]
    total = _convolved(input_shape[0], inputs, 3, sides)
    stages = zip(published.BOTTLENECKS[name], published.BOTTLENECK_CHANNELS, strict=True)
    for stage, (blocks, inner) in enumerate(stages):
        outputs = published.WIDENING * inner
        after = _halved(sides) if stage else sides
        total += _convolved(inputs, outputs, 1, after)
        for _ in range(blocks):
            total += _convolved(inputs, inner, 1, sides) + _convolved(inner, inner, 3, after)
            total += _convolved(inner, outputs, 1, after)
            inputs, sides = outputs, after
    return total + 2 * inputs * classes


def _mobilenet(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    (inputs, last), sides = published.MOBILENET_ENDS, _halved(input_shape[1:])
    total = _convolved(input_shape[0], inputs, 3, sides)
    for expansion, outputs, blocks, stride in chain(*published.MOBILENETS[name]):
        for n in range(blocks):
            inner = expansion * inputs
            after = _halved(sides) if stride == 2 and not n else sides
            total += _convolved(inputs, inner, 1, sides)
            total += _convolved(inner, inner, 3, after, groups=inner)
            total += _convolved(inner, outputs, 1, after)
            inputs, sides = outputs, after
    return total + _convolved(inputs, last, 1, sides) + 2 * last * classes


def _shufflenet(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    unit = _unit_v1 if name == "shufflev1" else _unit_v2
    inputs, sides = published.SHUFFLE_FIRST, input_shape[1:]
    total = _convolved(input_shape[0], inputs, 1, sides)
    channels = published.SHUFFLES[name]
    for blocks, outputs in zip(published.SHUFFLE_BLOCKS, channels[:3], strict=True):
        after = _halved(sides)
        total += unit(inputs, outputs, sides, after)
        total += (blocks - 1) * unit(outputs, outputs, after, after)
        inputs, sides = outputs, after
    for outputs in channels[3:]:
        total += _convolved(inputs, outputs, 1, sides)
        inputs = outputs
    return total + 2 * inputs * classes


def _unit_v1(inputs: int, outputs: int, sides: Sides, after: Sides) -> int:
    """Of ShuffleNet: where it halves the image, its input is appended and not added."""
    own = outputs - inputs if sides != after else outputs
    inner, groups = own // 4, published.SHUFFLE_GROUPS
    first = 1 if inputs == published.SHUFFLE_FIRST else groups
    return (
        _convolved(inputs, inner, 1, sides, first)
        + _convolved(inner, inner, 3, after, groups=inner)
        + _convolved(inner, own, 1, after, groups)
    )


def _unit_v2(inputs: int, outputs: int, sides: Sides, after: Sides) -> int:
    """Of ShuffleNet V2: both branches where it halves the image, else one on half of the
    channels."""
    half, halves = outputs // 2, sides != after
    seen = inputs if halves else half
    right = _convolved(seen, half, 1, sides) + _convolved(half, half, 3, after, groups=half)
    right += _convolved(half, half, 1, after)
    left = _convolved(seen, seen, 3, after, groups=seen) + _convolved(seen, half, 1, after)
    return right + left if halves else right


def _convolved(inputs: int, outputs: int, kernel: int, sides: Sides, groups: int = 1) -> int:
    """A convolution that gives an image with these ``sides``."""
    return 2 * kernel * kernel * (inputs // groups) * outputs * sides[0] * sides[1]


def _halved(sides: tuple[int, ...]) -> Sides:
    """After a stride of two: rounded up."""
    return -(-sides[0] // 2), -(-sides[1] // 2)


FORWARD: dict[str, Callable[[str, tuple[int, ...], int], int]] = {
    "mlp": _mlp,
    "mlpbn": _mlp,
    "cnn": _cnn,
    "resnet": _resnet,
    "wrn": _wrn,
    "vgg": _vgg,
    "bottleneck": _bottleneck,
    "mobilenet": _mobilenet,
    "shufflenet": _shufflenet,
}
"""Family -> the count."""
