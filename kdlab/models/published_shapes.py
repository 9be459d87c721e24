"""The other families of the published pairs and the sizes of their networks; no torch here.

The networks are those of Tian, Krishnan and Isola 2020 (arXiv:1910.10699) for 32x32 images. Every
count is of trainable numbers: a convolution has k * k * inputs * outputs / groups weights, and a
bias only in VGG; a batch norm has two numbers a channel. Where an image has a smallest side, the
last convolutions would see less than 2x2 pixels below it: of a 3x3 kernel on a single pixel only
the middle one reads anything, and the other eight would never learn.
"""

from __future__ import annotations

from itertools import chain, pairwise

from kdlab.models.family import Family, fixed_names
from kdlab.models.shapes import stage_hint_points

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


def vgg_parameters(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """3x3 convolutions with bias and batch norm, then one layer from the mean of the last."""
    channels = (input_shape[0], *chain(*VGGS[name]))
    convolutions = sum(9 * i * o + o + 2 * o for i, o in pairwise(channels))
    return convolutions + (channels[-1] + 1) * classes


def bottleneck_parameters(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """1x1, 3x3 and 1x1 convolution a block; the first of each stage has a 1x1 shortcut."""
    inputs = BOTTLENECK_CHANNELS[0]
    total = _normed(input_shape[0], inputs, 3)
    for blocks, inner in zip(BOTTLENECKS[name], BOTTLENECK_CHANNELS, strict=True):
        outputs = WIDENING * inner
        total += _normed(inputs, outputs, 1)
        for _ in range(blocks):
            total += _normed(inputs, inner, 1) + _normed(inner, inner, 3)
            total += _normed(inner, outputs, 1)
            inputs = outputs
    return total + (inputs + 1) * classes


def mobilenet_parameters(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """1x1, 3x3 for each channel alone and 1x1 a block, between a first and a last convolution."""
    inputs, last = MOBILENET_ENDS
    total = _normed(input_shape[0], inputs, 3)
    for expansion, outputs, blocks, _ in chain(*MOBILENETS[name]):
        for _ in range(blocks):
            inner = expansion * inputs
            total += _normed(inputs, inner, 1) + _normed(inner, inner, 3, groups=inner)
            total += _normed(inner, outputs, 1)
            inputs = outputs
    return total + _normed(inputs, last, 1) + (last + 1) * classes


def shuffle_parameters(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """A 1x1 convolution, three stages whose first unit halves the image, and the logits."""
    unit = _unit_v1 if name == "shufflev1" else _unit_v2
    inputs = SHUFFLE_FIRST
    total = _normed(input_shape[0], inputs, 1)
    for blocks, outputs in zip(SHUFFLE_BLOCKS, SHUFFLES[name][:3], strict=True):
        total += unit(inputs, outputs, True) + (blocks - 1) * unit(outputs, outputs, False)
        inputs = outputs
    for outputs in SHUFFLES[name][3:]:
        total += _normed(inputs, outputs, 1)
        inputs = outputs
    return total + (inputs + 1) * classes


def four_stages(name: str, input_shape: tuple[int, ...]) -> tuple[str, ...]:
    """The ends of the four stages whose outputs the literature compares."""
    return "layer1", "layer2", "layer3", "layer4"


def layers(name: str) -> int:
    """How many convolutions and linear layers one of these networks has, shortcuts counted."""
    if name in VGGS:
        return sum(map(len, VGGS[name])) + 1
    if name in BOTTLENECKS:  # three a block, and a shortcut a stage
        return 1 + 3 * sum(BOTTLENECKS[name]) + len(BOTTLENECKS[name]) + 1
    if name in MOBILENETS:
        return 2 + 3 * sum(blocks for _, _, blocks, _ in chain(*MOBILENETS[name])) + 1
    units = 1 + 3 * sum(SHUFFLE_BLOCKS) + 1
    # where the second version halves the image, two more take the other way; and it has one at last
    return units if name == "shufflev1" else units + 2 * len(SHUFFLE_BLOCKS) + 1


def _normed(inputs: int, outputs: int, kernel: int, groups: int = 1) -> int:
    """A convolution without bias, and its batch norm."""
    return kernel * kernel * (inputs // groups) * outputs + 2 * outputs


def _unit_v1(inputs: int, outputs: int, halves: bool) -> int:
    """Of ShuffleNet: where it halves the image, its input is appended and not added."""
    own = outputs - inputs if halves else outputs
    inner, groups = own // 4, SHUFFLE_GROUPS
    first = 1 if inputs == SHUFFLE_FIRST else groups
    return (
        _normed(inputs, inner, 1, first)
        + _normed(inner, inner, 3, groups=inner)
        + _normed(inner, own, 1, groups)
    )


def _unit_v2(inputs: int, outputs: int, halves: bool) -> int:
    """Of ShuffleNet V2: half of the output from each branch, one of them the input itself where
    the image keeps its size."""
    half = outputs // 2
    seen = inputs if halves else half
    right = _normed(seen, half, 1) + _normed(half, half, 3, groups=half) + _normed(half, half, 1)
    left = _normed(seen, seen, 3, groups=seen) + _normed(seen, half, 1)
    return right + left if halves else right


VGG = Family(
    name="vgg",
    label="VGG for small images",
    about="3x3 convolutions with batch norm, one after the other, up to 512 channels. The "
    "number is the depth.",
    unit="depth",
    pattern=fixed_names(VGGS),
    examples=("vgg13", "vgg8"),
    paper="Simonyan and Zisserman 2015, arXiv:1409.1556; for 32x32 images: Tian et al. "
    "2020, arXiv:1910.10699",
    accepts=("images",),
    module="kdlab.models.vgg",
    count=vgg_parameters,
    hints=four_stages,
    choices=tuple(VGGS),
    smallest=VGG_SMALLEST,
)

BOTTLENECK = Family(
    name="bottleneck",
    label="ResNet of bottleneck blocks",
    about="Four stages of residual blocks that squeeze the channels to a quarter for their "
    "3x3 convolution. A large teacher.",
    unit="depth",
    pattern=fixed_names(BOTTLENECKS),
    examples=("resnet50",),
    paper="He et al. 2016, arXiv:1512.03385, table 1; for 32x32 images: Tian et al. 2020, "
    "arXiv:1910.10699",
    accepts=("images",),
    module="kdlab.models.bottleneck",
    count=bottleneck_parameters,
    hints=four_stages,
    choices=tuple(BOTTLENECKS),
    smallest=BOTTLENECK_SMALLEST,
)

MOBILENET = Family(
    name="mobilenet",
    label="MobileNet",
    about="Each block widens its channels sixfold, filters every channel alone and "
    "narrows them again: few multiplications, for phones.",
    unit="version",
    pattern=fixed_names(MOBILENETS),
    examples=("mobilenetv2",),
    paper="Sandler et al. 2018, arXiv:1801.04381; half of the width, for 32x32 images: "
    "Tian et al. 2020, arXiv:1910.10699",
    accepts=("images",),
    module="kdlab.models.mobilenet",
    count=mobilenet_parameters,
    hints=four_stages,
    choices=tuple(MOBILENETS),
    smallest=MOBILENET_SMALLEST,
)

SHUFFLENET = Family(
    name="shufflenet",
    label="ShuffleNet",
    about="Convolutions that see only a part of the channels, and a shuffle that mixes the "
    "parts: few multiplications, for phones.",
    unit="version",
    pattern=fixed_names(SHUFFLES),
    examples=("shufflev1", "shufflev2"),
    paper="Zhang et al. 2018, arXiv:1707.01083; V2: Ma et al. 2018, arXiv:1807.11164; for "
    "32x32 images: Tian et al. 2020, arXiv:1910.10699",
    accepts=("images",),
    module="kdlab.models.shufflenet",
    count=shuffle_parameters,
    hints=stage_hint_points,
    choices=tuple(SHUFFLES),
    smallest=SHUFFLE_SMALLEST,
)
