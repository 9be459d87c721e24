"""The networks: MODELS maps a family's name to its record, names say the architecture.

``mlp-512-512`` is an MLP with two hidden layers of 512 units, ``cnn-16-32`` a CNN with layers of 16
and 32 channels; ``resnet20``, ``wrn-16-2`` or ``vgg8`` are the networks of the distillation
literature for 32x32 images; ``gru-32`` and ``gpt-2-64`` read text. This file knows no torch, so
that pages can offer, check and count networks without it; :func:`build` imports the family's own
file. A new family is one such file with ``build(name, input_shape, classes)``, its record beside
its layers (:mod:`kdlab.models.shapes`, :mod:`kdlab.models.published_shapes`,
:mod:`kdlab.models.text_shapes`), and one entry here.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kdlab.errors import ConfigError, ModelError
from kdlab.models import published_shapes, shapes, text_shapes
from kdlab.models.family import FORMS, INPUT, MAX_LAYERS, Family, Layer, kind_of

if TYPE_CHECKING:
    from torch import nn

MAX_PARAMETERS = 50_000_000
"""More is refused: 200 MB of weights, and hours of training on a laptop."""

MODELS: dict[str, Family] = {
    family.name: family
    for family in (
        shapes.MLP,
        shapes.CNN,
        shapes.MLPBN,
        shapes.RESNET,
        shapes.WRN,
        published_shapes.VGG,
        published_shapes.BOTTLENECK,
        published_shapes.MOBILENET,
        published_shapes.SHUFFLENET,
        text_shapes.GRU,
        text_shapes.GPT,
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
    """ModelError where ``name`` cannot be built for inputs of this shape: points (values,), text
    (characters, symbols) or images (channels, height, width)."""
    family = find(name)
    kind = kind_of(input_shape)
    if kind not in family.accepts or min(input_shape) < 1:
        fitting = [f.examples[0] for f in MODELS.values() if kind in f.accepts]
        raise ModelError(
            f"{name} was asked to read inputs of shape {tuple(input_shape)}",
            f"{family.label}: {' or '.join(FORMS[accepted] for accepted in family.accepts)}",
            f"Choose {' or '.join(fitting)} for this data set"
            if fitting
            else "Choose another data set",
        )
    if kind == "images" and min(input_shape[1:]) < family.smallest:
        raise ModelError(
            f"{name} was asked to read images of {input_shape[1]} x {input_shape[2]} pixels",
            f"at least {family.smallest} x {family.smallest}: smaller images leave one pixel for "
            "its last layers",
            "Choose larger images, or another network, like resnet20 or cnn-16-32",
        )
    if family.sizes and max(family.sizes_in(name)) > family.max_size:
        raise ModelError(
            f"{name} has a layer of size {max(family.sizes_in(name)):,}",
            f"{family.unit} from 1 to {family.max_size:,}",
            "Make this layer smaller",
        )
    count = _parameters(family.layers(name, input_shape, classes))
    if count > MAX_PARAMETERS:
        raise ModelError(
            f"{name} would have {count:,} parameters here",
            f"at most {MAX_PARAMETERS:,}",
            "Choose fewer or smaller layers"
            + {"images": ", or smaller images", "text": ", or a shorter window"}.get(kind, ""),
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
            "a student whose layers have free sizes, like mlp-16, cnn-8 or gpt-2-64",
            "Choose such a student",
        )
    first, *others = family.sizes_in(name)
    return family.name_of((width, *(max(1, round(size * width / first)) for size in others)))


def layers(name: str, input_shape: tuple[int, ...], classes: int) -> list[Layer]:
    """The layers with weights, first to last, shortcuts among them, without building the network.

    >>> [layer.outputs for layer in layers("mlp-16", (1, 8, 8), 10)]
    [16, 10]
    """
    check(name, input_shape, classes)
    return list(find(name).layers(name, input_shape, classes))


def parameters(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """How many trainable numbers the network has, without building it.

    >>> parameters("mlp-16", (1, 8, 8), 10)
    1210
    """
    return _parameters(layers(name, input_shape, classes))


def _parameters(found: Iterable[Layer]) -> int:
    return sum(layer.weights + layer.beside for layer in found)


def kept_bytes(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """Bytes that a training step keeps of each example for its way back, about, without building
    the network; 0 where the family does not count them, which are small beside its weights.

    >>> kept_bytes("mlp-16", (1, 8, 8), 10)
    0
    """
    found = sum(
        layer.outputs * math.prod(layer.sides) for layer in layers(name, input_shape, classes)
    )
    return round(4 * find(name).keeps * found)


def operations(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """Floating-point operations of one forward pass on one input, without building the network, as
    :func:`kdlab.measure.profiling.flops_per_image` counts them: 2 for a multiply-add of a
    convolution or a product of matrices, of attention too; biases, normalisation, activations and
    pooling are left out. A test holds every network to what is counted when it runs.

    >>> operations("mlp-16", (1, 8, 8), 10)
    2368
    """
    return sum(layer.operations for layer in layers(name, input_shape, classes))


def hint_points(name: str, input_shape: tuple[int, ...]) -> tuple[str, ...]:
    """Names of the submodules, first to last, whose outputs feature methods may read (by hooks).
    What goes into the last linear layer is another place: :func:`embedding_point`.

    >>> hint_points("mlp-512-512", (1, 8, 8))
    ('2', '4')
    """
    check(name, input_shape)
    return find(name).hints(name, input_shape)


def embedding_point(name: str, input_shape: tuple[int, ...]) -> str:
    """Where the embedding is read, see :data:`kdlab.models.family.INPUT`: what goes into the last
    linear layer, (N, D), so that the logits are embedding @ weight.T + bias. In every family: after
    all normalisation, ReLU and pooling; of a text, at its last character.

    >>> embedding_point("wrn-16-2", (3, 32, 32))
    'fc:input'
    """
    check(name, input_shape)
    return find(name).head(name, input_shape) + INPUT


def embedding_width(name: str, input_shape: tuple[int, ...]) -> int:
    """D of the embedding: each further class costs so many weights, and a bias.

    >>> embedding_width("mobilenetv2", (3, 32, 32))
    1280
    """
    return layers(name, input_shape, 10)[-1].inputs


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
