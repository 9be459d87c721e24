"""The networks: MODELS maps a family's name to its record, names say the architecture.

``mlp-512-512`` is an MLP with two hidden layers of 512 units, ``cnn-16-32`` a CNN with layers of 16
and 32 channels; ``resnet20``, ``wrn-16-2`` or ``vgg8`` are the networks of the distillation
literature for 32x32 images. This file knows no torch, so that pages can offer, check and count
networks without it; :func:`build` imports the family's own file. A new family is one such file with
``build(name, input_shape, classes)`` and one entry here.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdlab.errors import ConfigError, ModelError
from kdlab.models import points, published_shapes, shapes

if TYPE_CHECKING:
    from torch import nn

MAX_PARAMETERS = 50_000_000
"""More is refused: 200 MB of weights, and hours of training on a laptop."""

MAX_LAYERS = 6


@dataclass(frozen=True)
class Family:
    """One kind of network.

    Families with a free size have ``sizes``, the values that a slider offers for a layer (names may
    hold any number from 1 to ``max_size``), and up to ``MAX_LAYERS`` layers. The others have
    ``choices``, all their names. ``count`` and ``hints`` are :func:`parameters` and
    :func:`hint_points` of the family; ``head`` names the last linear layer. ``smallest`` is the
    least height and width of an image, in pixels.
    """

    name: str
    label: str
    about: str
    unit: str
    pattern: re.Pattern[str]
    examples: tuple[str, ...]
    paper: str
    accepts: tuple[str, ...]
    module: str
    count: Callable[[str, tuple[int, ...], int], int]
    hints: Callable[[str, tuple[int, ...]], tuple[str, ...]]
    head: Callable[[str, tuple[int, ...]], str] = shapes.named_head
    sizes: tuple[int, ...] = ()
    max_size: int = 0
    choices: tuple[str, ...] = ()
    smallest: int = 1

    def name_of(self, sizes: tuple[int, ...]) -> str:
        """The name with these layers, for families with a free size: (16, 32) -> "cnn-16-32"."""
        return "-".join([self.name, *map(str, sizes)])


def _free(name: str) -> re.Pattern[str]:
    """Family and one to MAX_LAYERS numbers; no leading zeros, so that a network has one name."""
    return re.compile(rf"{name}(-[1-9][0-9]{{0,5}}){{1,{MAX_LAYERS}}}")


def _fixed(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(names))


MODELS: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            name="mlp",
            label="MLP",
            about="Fully connected layers with ReLU. The network of the first distillation "
            "experiments; trains in seconds.",
            unit="hidden widths",
            pattern=_free("mlp"),
            examples=("mlp-512-512", "mlp-16"),
            paper="Hinton, Vinyals and Dean 2015, arXiv:1503.02531, section 3",
            accepts=("points", "images"),
            module="kdlab.models.mlp",
            count=shapes.mlp_parameters,
            hints=shapes.mlp_hint_points,
            head=shapes.mlp_head,
            sizes=(2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
            max_size=4096,
        ),
        Family(
            name="cnn",
            label="Small CNN",
            about="3x3 convolutions with ReLU; each layer halves the image.",
            unit="channels",
            pattern=_free("cnn"),
            examples=("cnn-16-32", "cnn-8"),
            paper="LeCun et al. 1998, Gradient-based learning applied to document recognition",
            accepts=("images",),
            module="kdlab.models.cnn",
            count=shapes.cnn_parameters,
            hints=shapes.cnn_hint_points,
            head=shapes.cnn_head,
            sizes=(2, 4, 8, 16, 32, 64, 128, 256),
            max_size=512,
        ),
        Family(
            name="mlpbn",
            label="MLP with batch norm",
            about="Fully connected layers with batch norm and ReLU: a network that behaves "
            "differently in training and in use.",
            unit="hidden widths",
            pattern=_free("mlpbn"),
            examples=("mlpbn-64-64", "mlpbn-16"),
            paper="Ioffe and Szegedy 2015, arXiv:1502.03167",
            accepts=("points", "images"),
            module="kdlab.models.mlpbn",
            count=shapes.mlpbn_parameters,
            hints=shapes.mlpbn_hint_points,
            head=shapes.mlpbn_head,
            sizes=(2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
            max_size=4096,
        ),
        Family(
            name="resnet",
            label="ResNet for small images",
            about="Three stages of residual blocks. The number is the depth; x4 has four times the "
            "channels.",
            unit="depth",
            pattern=_fixed(shapes.RESNETS),
            examples=("resnet20", "resnet8x4"),
            paper="He et al. 2016, arXiv:1512.03385, section 4.2; x4: Tian et al. 2020, "
            "arXiv:1910.10699",
            accepts=("images",),
            module="kdlab.models.resnet",
            count=shapes.resnet_parameters,
            hints=shapes.stage_hint_points,
            choices=tuple(shapes.RESNETS),
        ),
        Family(
            name="wrn",
            label="Wide ResNet",
            about="Residual blocks with the normalisation first. The numbers are depth and "
            "widening.",
            unit="depth and widening",
            pattern=_fixed(shapes.WRNS),
            examples=("wrn-40-2", "wrn-16-2"),
            paper="Zagoruyko and Komodakis 2016, arXiv:1605.07146",
            accepts=("images",),
            module="kdlab.models.wrn",
            count=shapes.wrn_parameters,
            hints=shapes.stage_hint_points,
            choices=tuple(shapes.WRNS),
        ),
        Family(
            name="vgg",
            label="VGG for small images",
            about="3x3 convolutions with batch norm, one after the other, up to 512 channels. The "
            "number is the depth.",
            unit="depth",
            pattern=_fixed(published_shapes.VGGS),
            examples=("vgg13", "vgg8"),
            paper="Simonyan and Zisserman 2015, arXiv:1409.1556; for 32x32 images: Tian et al. "
            "2020, arXiv:1910.10699",
            accepts=("images",),
            module="kdlab.models.vgg",
            count=published_shapes.vgg_parameters,
            hints=published_shapes.four_stages,
            choices=tuple(published_shapes.VGGS),
            smallest=published_shapes.VGG_SMALLEST,
        ),
        Family(
            name="bottleneck",
            label="ResNet of bottleneck blocks",
            about="Four stages of residual blocks that squeeze the channels to a quarter for their "
            "3x3 convolution. A large teacher.",
            unit="depth",
            pattern=_fixed(published_shapes.BOTTLENECKS),
            examples=("resnet50",),
            paper="He et al. 2016, arXiv:1512.03385, table 1; for 32x32 images: Tian et al. 2020, "
            "arXiv:1910.10699",
            accepts=("images",),
            module="kdlab.models.bottleneck",
            count=published_shapes.bottleneck_parameters,
            hints=published_shapes.four_stages,
            choices=tuple(published_shapes.BOTTLENECKS),
            smallest=published_shapes.BOTTLENECK_SMALLEST,
        ),
        Family(
            name="mobilenet",
            label="MobileNet",
            about="Each block widens its channels sixfold, filters every channel alone and "
            "narrows them again: few multiplications, for phones.",
            unit="version",
            pattern=_fixed(published_shapes.MOBILENETS),
            examples=("mobilenetv2",),
            paper="Sandler et al. 2018, arXiv:1801.04381; half of the width, for 32x32 images: "
            "Tian et al. 2020, arXiv:1910.10699",
            accepts=("images",),
            module="kdlab.models.mobilenet",
            count=published_shapes.mobilenet_parameters,
            hints=published_shapes.four_stages,
            choices=tuple(published_shapes.MOBILENETS),
            smallest=published_shapes.MOBILENET_SMALLEST,
        ),
        Family(
            name="shufflenet",
            label="ShuffleNet",
            about="Convolutions that see only a part of the channels, and a shuffle that mixes the "
            "parts: few multiplications, for phones.",
            unit="version",
            pattern=_fixed(published_shapes.SHUFFLES),
            examples=("shufflev1", "shufflev2"),
            paper="Zhang et al. 2018, arXiv:1707.01083; V2: Ma et al. 2018, arXiv:1807.11164; for "
            "32x32 images: Tian et al. 2020, arXiv:1910.10699",
            accepts=("images",),
            module="kdlab.models.shufflenet",
            count=published_shapes.shuffle_parameters,
            hints=shapes.stage_hint_points,
            choices=tuple(published_shapes.SHUFFLES),
            smallest=published_shapes.SHUFFLE_SMALLEST,
        ),
    )
}


def find(name: str) -> Family:
    """The family of the architecture ``name``; ModelError where no family has such names."""
    for family in MODELS.values():
        if family.pattern.fullmatch(name):
            return family
    raise ModelError(
        f"the architecture {name[:60]!r} is not known",
        "; ".join(
            f"{f.examples[0]} ({f.unit}, 1 to {MAX_LAYERS} layers)"
            if f.sizes
            else ", ".join(f.choices)
            for f in MODELS.values()
        ),
        "Choose one of these networks, or write the sizes of its layers as in these examples",
    )


def check(name: str, input_shape: tuple[int, ...], classes: int = 10) -> None:
    """ModelError where ``name`` cannot be built for inputs of this shape, (2,) or (C, H, W)."""
    family = find(name)
    kind = {1: "points", 3: "images"}.get(len(input_shape), "")
    if kind not in family.accepts or min(input_shape) < 1:
        fitting = [f.examples[0] for f in MODELS.values() if kind in f.accepts]
        raise ModelError(
            f"{name} was asked to read inputs of shape {tuple(input_shape)}",
            f"{family.label}: {' or '.join(family.accepts)}, as (channels, height, width)"
            if family.accepts == ("images",)
            else f"{family.label}: points (values,) or images (channels, height, width)",
            f"Choose {' or '.join(fitting)} for this data set"
            if fitting
            else "Choose another data set",
        )
    if kind == "images" and min(input_shape[1:]) < family.smallest:
        raise ModelError(
            f"{name} was asked to read images of {input_shape[1]} x {input_shape[2]} pixels",
            f"at least {family.smallest} x {family.smallest}: below that, one pixel is left for "
            "its last layers",
            "Choose larger images, or another network, like resnet20 or cnn-16-32",
        )
    if family.sizes and max(shapes.sizes_of(name)) > family.max_size:
        raise ModelError(
            f"{name} has a layer of size {max(shapes.sizes_of(name)):,}",
            f"{family.unit} from 1 to {family.max_size:,}",
            "Make this layer smaller",
        )
    count = family.count(name, input_shape, classes)
    if count > MAX_PARAMETERS:
        raise ModelError(
            f"{name} would have {count:,} parameters here",
            f"at most {MAX_PARAMETERS:,}",
            "Choose fewer or smaller layers, or smaller images",
        )


def of_width(name: str, width: int) -> str:
    """The same network with another first layer, the others in proportion; ConfigError for networks
    whose layers have no free size.

    >>> of_width("mlp-16-8", 32)
    'mlp-32-16'
    """
    family = find(name)
    if not family.sizes:
        raise ConfigError(
            f"student is {name!r}, which has no width to vary",
            "an MLP or a small CNN as the student, like mlp-16 or cnn-8",
            "Choose such a student",
        )
    first, *others = shapes.sizes_of(name)
    return family.name_of((width, *(max(1, round(size * width / first)) for size in others)))


def parameters(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """How many trainable numbers the network has, without building it.

    >>> parameters("mlp-16", (1, 8, 8), 10)
    1210
    """
    check(name, input_shape, classes)
    return find(name).count(name, input_shape, classes)


def hint_points(name: str, input_shape: tuple[int, ...]) -> tuple[str, ...]:
    """Names of the submodules, first to last, whose outputs feature methods may read (by hooks).
    What goes into the last linear layer is another place: :func:`embedding_point`.

    >>> hint_points("mlp-512-512", (1, 8, 8))
    ('2', '4')
    """
    check(name, input_shape)
    return find(name).hints(name, input_shape)


def embedding_point(name: str, input_shape: tuple[int, ...]) -> str:
    """Where the embedding is read, see :mod:`kdlab.models.points`: what goes into the last linear
    layer, (N, D), so that the logits are embedding @ weight.T + bias. In every family: after all
    normalisation, ReLU and pooling.

    >>> embedding_point("wrn-16-2", (3, 32, 32))
    'fc:input'
    """
    check(name, input_shape)
    return find(name).head(name, input_shape) + points.INPUT


def embedding_width(name: str, input_shape: tuple[int, ...]) -> int:
    """D of the embedding: each further class costs so many weights, and a bias.

    >>> embedding_width("mobilenetv2", (3, 32, 32))
    1280
    """
    check(name, input_shape)
    one, two = (find(name).count(name, input_shape, classes) for classes in (1, 2))
    return two - one - 1


def build(name: str, input_shape: tuple[int, ...], classes: int, seed: int) -> nn.Module:
    """The network on the CPU in train mode: (N, *input_shape) -> logits (N, classes).

    The same arguments give the same first weights; torch's global generator stays as it was.
    """
    import torch

    check(name, input_shape, classes)
    family = importlib.import_module(find(name).module)
    # Only the CPU's generator is seeded: torch.manual_seed would also reset those of the GPUs.
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)
        module: nn.Module = family.build(name, input_shape, classes)
    return module
