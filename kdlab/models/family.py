"""What is known of one kind of network: the record, how its names are written, its layers, and how
places in it are named at which features can be read. No torch."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

MAX_LAYERS = 6

KINDS = {1: "points", 2: "text", 3: "images"}
"""What inputs are, by how many numbers their shape has."""

FORMS = {
    "points": "points (values,)",
    "text": "text (characters, symbols)",
    "images": "images (channels, height, width)",
}
"""Kind of input -> how its shape is written. A text is a window of characters, the oldest first,
each the one-hot of one of so many symbols."""

TRAINING_PASSES = 3
"""Forward passes that a training step is worth, for each of its images: a backward pass costs about
twice a forward pass."""

INPUT = ":input"
"""Behind the name of a submodule. The name alone stands for what it puts out: ``layer3``. With this
it stands for what goes into it: ``fc:input`` is the embedding, of which the last linear layer makes
the logits."""

Value = TypeVar("Value")


def submodule(point: str) -> str:
    """The name of the submodule that has to be watched to read features at ``point``."""
    return point.removesuffix(INPUT)


def taken(point: str, inputs: Sequence[Value], output: Value) -> Value:
    """What is read at ``point``, of what a hook on its submodule is told."""
    return inputs[0] if point.endswith(INPUT) else output


Sides = tuple[int, ...]
"""Height and width; of a text how many characters are read, and 1."""


class Layer(NamedTuple):
    """A convolution, or a linear layer, which is one that gives a single pixel, or one for each
    character of a text. ``sides`` are those of the image that it gives; ``beside`` counts the
    numbers that are trained beside its weights: biases, and the two of a normalisation for each
    channel. ``between`` counts multiply-adds of what was computed with each other, which have no
    weights: those of attention."""

    inputs: int
    outputs: int
    kernel: int = 1
    sides: Sides = (1, 1)
    groups: int = 1
    beside: int = 0
    between: int = 0

    @property
    def weights(self) -> int:
        """Of the kernels."""
        return self.kernel**2 * (self.inputs // self.groups) * self.outputs

    @property
    def operations(self) -> int:
        """Floating-point operations of one image: 2 for a multiply-add."""
        return 2 * (self.weights * self.sides[0] * self.sides[1] + self.between)


def normed(inputs: int, outputs: int, kernel: int, sides: Sides, groups: int = 1) -> Layer:
    """A convolution without bias, and the batch norm behind it."""
    return Layer(inputs, outputs, kernel, sides, groups, beside=2 * outputs)


def linear(inputs: int, outputs: int) -> Layer:
    """A linear layer with its biases."""
    return Layer(inputs, outputs, beside=outputs)


def halved(sides: Sides) -> Sides:
    """After a stride of two: rounded up."""
    return -(-sides[0] // 2), -(-sides[1] // 2)


def kind_of(input_shape: tuple[int, ...]) -> str:
    """The kind of inputs of this shape; empty where no network reads any such.

    >>> kind_of((2,)), kind_of((8, 27)), kind_of((3, 32, 32))
    ('points', 'text', 'images')
    """
    return KINDS.get(len(input_shape), "")


Points = Callable[[str, tuple[int, ...]], tuple[str, ...]]


def stages(count: int) -> Points:
    """The ends of the stages, whose outputs the literature compares."""
    names = tuple(f"layer{n}" for n in range(1, count + 1))
    return lambda name, input_shape: names


@dataclass(frozen=True)
class Family:
    """One kind of network.

    Families with a free size have ``sizes``, the values that a slider offers for a layer (names may
    hold any number from 1 to ``max_size``), and up to ``MAX_LAYERS`` layers, which are all of one
    size where they are ``uniform``. The others have ``choices``, all their names. ``accepts`` are
    kinds of input, see KINDS. ``layers`` are those with weights, first to last, for inputs of a
    shape and so many classes; ``hints`` is :func:`kdlab.models.hint_points` of the family. The last
    linear layer is called ``fc``, or stands ``behind`` the last hint by so many modules.
    ``smallest`` is the least height and width of an image, in pixels.

    Students of a family with ``stacks`` learn as one stack of weights where that is quicker, those
    of the others one after the other (:mod:`kdlab.training.cohort`). ``keeps`` is how many times
    the outputs of its layers a step of training keeps of each example; 0: not counted.
    """

    name: str
    label: str
    about: str
    unit: str
    examples: tuple[str, ...]
    paper: str
    accepts: tuple[str, ...]
    layers: Callable[[str, tuple[int, ...], int], Iterator[Layer]]
    hints: Points
    behind: int = 0
    sizes: tuple[int, ...] = ()
    max_size: int = 0
    choices: tuple[str, ...] = ()
    smallest: int = 1
    uniform: bool = False
    file: str = ""
    stacks: bool = False
    keeps: float = 0.0

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """Its names: one of ``choices``, or the family's and one to MAX_LAYERS numbers without
        leading zeros, so that a network has one name. Uniform: how many layers, and their size."""
        size = "[1-9][0-9]{0,5}"
        free = rf"{self.name}(-{size}){{1,{MAX_LAYERS}}}"
        if self.uniform:
            free = rf"{self.name}-[1-{MAX_LAYERS}]-{size}"
        return re.compile("|".join(self.choices) or free)

    @property
    def module(self) -> str:
        """The module with ``build(name, input_shape, classes)``, which needs torch: ``file``, or
        that of the family's own name."""
        return f"kdlab.models.{self.file or self.name}"

    @property
    def maps(self) -> bool:
        """Whether its layers have a height and a width, not only a length: it reads images only."""
        return self.accepts == ("images",)

    def name_of(self, sizes: tuple[int, ...]) -> str:
        """The name with layers of these sizes, for families with a free size: (16, 32) ->
        "cnn-16-32"; the first one's stands for all of a uniform family: (64, 64) -> "gpt-2-64"."""
        numbers = (len(sizes), sizes[0]) if self.uniform else sizes
        return "-".join([self.name, *map(str, numbers)])

    def sizes_in(self, name: str) -> tuple[int, ...]:
        """The sizes of the layers of the network ``name``, which has free ones: what
        :meth:`name_of` made it of."""
        numbers = tuple(int(number) for number in name.split("-")[1:])
        return (numbers[1],) * numbers[0] if self.uniform else numbers

    def head(self, name: str, input_shape: tuple[int, ...]) -> str:
        """The last linear layer."""
        if not self.behind:
            return "fc"
        return str(int(self.hints(name, input_shape)[-1]) + self.behind)
