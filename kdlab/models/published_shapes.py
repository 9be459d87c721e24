"""The other families of the published pairs and the sizes of their networks; no torch here.

The networks are those of Tian, Krishnan and Isola 2020 (arXiv:1910.10699) for 32x32 images. A
convolution has a bias only in VGG. Where an image has a smallest side, the last convolutions would
see less than 2x2 pixels below it: of a 3x3 kernel on a single pixel only the middle one reads
anything, and the other eight would never learn.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kdlab.models.family import Family, Layer, Sides, halved, linear, normed, stages

VGGS: dict[str, tuple[tuple[int, ...], ...]] = {
    f"vgg{3 + 5 * depth}": tuple((width,) * depth for width in (64, 128, 256, 512, 512))
    for depth in (1, 2)
}
"""Name -> channels of the convolutions in each of the five stages."""

VGG_SMALLEST = 16
"""Pixels a side: three poolings leave 2x2."""

BOTTLENECKS: dict[str, tuple[int, int, int, int]] = {"resnet50": (3, 4, 6, 3)}
"""Name -> blocks in each of the four stages, which have 64, 128, 256 and 512 channels inside."""

BOTTLENECK_CHANNELS = (64, 128, 256, 512)
WIDENING = 4
"""A bottleneck block gives four times the channels that it has inside."""

BOTTLENECK_SMALLEST = 9
"""Pixels a side: three strides of two, rounded up, leave 2x2."""

Rows = tuple[tuple[int, int, int, int], ...]
"""Rows of the table in the MobileNetV2 paper: (expansion, channels, blocks, first stride)."""

MOBILENETS: dict[str, tuple[Rows, ...]] = {
    "mobilenetv2": (
        ((1, 8, 1, 1), (6, 12, 2, 1)),
        ((6, 16, 3, 2),),
        ((6, 32, 4, 2), (6, 48, 3, 1)),
        ((6, 80, 3, 2), (6, 160, 1, 1)),
    )
}
"""Name -> the rows of each of the four stages, channels at width 0.5."""

MOBILENET_ENDS = (16, 1280)
"""Channels of the first convolution, which width 0.5 halves, and of the last, which it does not."""

MOBILENET_SMALLEST = 17
"""Pixels a side: four strides of two, rounded up, leave 2x2."""

SHUFFLES: dict[str, tuple[int, ...]] = {
    "shufflev1": (240, 480, 960),
    "shufflev2": (116, 232, 464, 1024),
}
"""Name -> channels of the three stages, and of one more convolution in the second version."""

SHUFFLE_BLOCKS = (4, 8, 4)
SHUFFLE_FIRST = 24
"""Channels of the first convolution."""

SHUFFLE_GROUPS = 3
"""Of the 1x1 convolutions in the first version."""

SHUFFLE_SMALLEST = 9
"""Pixels a side: three strides of two, rounded up, leave 2x2."""


def vgg_layers(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[Layer]:
    """3x3 convolutions with bias and batch norm, then one layer from the mean of the last. The
    image is halved, rounded down, after the first three stages, or four where it is large."""
    inputs, sides = input_shape[0], input_shape[1:]
    halvings = 4 if min(sides) >= 64 else 3
    for stage, widths in enumerate(VGGS[name]):
        for outputs in widths:
            yield Layer(inputs, outputs, 3, sides, beside=3 * outputs)
            inputs = outputs
        if stage < halvings:
            sides = (sides[0] // 2, sides[1] // 2)
    yield linear(inputs, classes)


def bottleneck_layers(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[Layer]:
    """1x1, 3x3 and 1x1 convolution a block; the first of each stage has a 1x1 shortcut."""
    inputs, sides = BOTTLENECK_CHANNELS[0], input_shape[1:]
    yield normed(input_shape[0], inputs, 3, sides)
    stages_of = zip(BOTTLENECKS[name], BOTTLENECK_CHANNELS, strict=True)
    for stage, (blocks, inner) in enumerate(stages_of):
        outputs = WIDENING * inner
        after = halved(sides) if stage else sides
        yield normed(inputs, outputs, 1, after)
        for _ in range(blocks):
            yield normed(inputs, inner, 1, sides)
            yield normed(inner, inner, 3, after)
            yield normed(inner, outputs, 1, after)
            inputs, sides = outputs, after
    yield linear(inputs, classes)


def mobilenet_layers(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[Layer]:
    """1x1, 3x3 for each channel alone and 1x1 a block, between a first and a last convolution."""
    (inputs, last), sides = MOBILENET_ENDS, halved(input_shape[1:])
    yield normed(input_shape[0], inputs, 3, sides)
    for expansion, outputs, blocks, stride in chain(*MOBILENETS[name]):
        for n in range(blocks):
            inner = expansion * inputs
            after = halved(sides) if stride == 2 and not n else sides
            yield normed(inputs, inner, 1, sides)
            yield normed(inner, inner, 3, after, groups=inner)
            yield normed(inner, outputs, 1, after)
            inputs, sides = outputs, after
    yield normed(inputs, last, 1, sides)
    yield linear(last, classes)


def shufflenet_layers(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[Layer]:
    """A 1x1 convolution, three stages whose first unit halves the image, and the logits."""
    unit = _unit_v1 if name == "shufflev1" else _unit_v2
    inputs, sides = SHUFFLE_FIRST, input_shape[1:]
    yield normed(input_shape[0], inputs, 1, sides)
    for blocks, outputs in zip(SHUFFLE_BLOCKS, SHUFFLES[name][:3], strict=True):
        after = halved(sides)
        yield from unit(inputs, outputs, sides, after)
        for _ in range(blocks - 1):
            yield from unit(outputs, outputs, after, after)
        inputs, sides = outputs, after
    for outputs in SHUFFLES[name][3:]:
        yield normed(inputs, outputs, 1, sides)
        inputs = outputs
    yield linear(inputs, classes)


def _unit_v1(inputs: int, outputs: int, sides: Sides, after: Sides) -> Iterator[Layer]:
    """Of ShuffleNet: where it halves the image, its input is appended and not added."""
    own = outputs - inputs if sides != after else outputs
    inner = own // 4
    first = 1 if inputs == SHUFFLE_FIRST else SHUFFLE_GROUPS
    yield normed(inputs, inner, 1, sides, first)
    yield normed(inner, inner, 3, after, groups=inner)
    yield normed(inner, own, 1, after, SHUFFLE_GROUPS)


def _unit_v2(inputs: int, outputs: int, sides: Sides, after: Sides) -> Iterator[Layer]:
    """Of ShuffleNet V2: half of the output from each branch, one of them the input itself where
    the image keeps its size."""
    half, halves = outputs // 2, sides != after
    seen = inputs if halves else half
    yield normed(seen, half, 1, sides)
    yield normed(half, half, 3, after, groups=half)
    yield normed(half, half, 1, after)
    if halves:
        yield normed(seen, seen, 3, after, groups=seen)
        yield normed(seen, half, 1, after)


VGG = Family(
    name="vgg",
    label="VGG for small images",
    about="3x3 convolutions with batch norm, one after the other, up to 512 channels. The "
    "number is the depth.",
    unit="depth",
    examples=("vgg13", "vgg8"),
    paper="Simonyan and Zisserman 2015, arXiv:1409.1556; for 32x32 images: Tian et al. "
    "2020, arXiv:1910.10699",
    accepts=("images",),
    layers=vgg_layers,
    hints=stages(4),
    choices=tuple(VGGS),
    smallest=VGG_SMALLEST,
)

BOTTLENECK = Family(
    name="bottleneck",
    label="ResNet of bottleneck blocks",
    about="Four stages of residual blocks that squeeze the channels to a quarter for their "
    "3x3 convolution. A large teacher.",
    unit="depth",
    examples=("resnet50",),
    paper="He et al. 2016, arXiv:1512.03385, table 1; for 32x32 images: Tian et al. 2020, "
    "arXiv:1910.10699",
    accepts=("images",),
    layers=bottleneck_layers,
    hints=stages(4),
    choices=tuple(BOTTLENECKS),
    smallest=BOTTLENECK_SMALLEST,
)

MOBILENET = Family(
    name="mobilenet",
    label="MobileNet",
    about="Each block widens its channels sixfold, filters every channel alone and "
    "narrows them again: few multiplications, for phones.",
    unit="version",
    examples=("mobilenetv2",),
    paper="Sandler et al. 2018, arXiv:1801.04381; half of the width, for 32x32 images: "
    "Tian et al. 2020, arXiv:1910.10699",
    accepts=("images",),
    layers=mobilenet_layers,
    hints=stages(4),
    choices=tuple(MOBILENETS),
    smallest=MOBILENET_SMALLEST,
)

SHUFFLENET = Family(
    name="shufflenet",
    label="ShuffleNet",
    about="Convolutions that see only a part of the channels, and a shuffle that mixes the "
    "parts: few multiplications, for phones.",
    unit="version",
    examples=("shufflev1", "shufflev2"),
    paper="Zhang et al. 2018, arXiv:1707.01083; V2: Ma et al. 2018, arXiv:1807.11164; for "
    "32x32 images: Tian et al. 2020, arXiv:1910.10699",
    accepts=("images",),
    layers=shufflenet_layers,
    hints=stages(3),
    choices=tuple(SHUFFLES),
    smallest=SHUFFLE_SMALLEST,
)
