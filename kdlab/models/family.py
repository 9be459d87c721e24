"""What is known of one kind of network: the record, and how its names are written. No torch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

MAX_LAYERS = 6


def named_head(name: str, input_shape: tuple[int, ...]) -> str:
    """The last linear layer of the networks that are more than one row of layers."""
    return "fc"


@dataclass(frozen=True)
class Family:
    """One kind of network.

    Families with a free size have ``sizes``, the values that a slider offers for a layer (names may
    hold any number from 1 to ``max_size``), and up to ``MAX_LAYERS`` layers. The others have
    ``choices``, all their names. ``count`` and ``hints`` are :func:`kdlab.models.parameters` and
    :func:`kdlab.models.hint_points` of the family; ``head`` names the last linear layer.
    ``smallest`` is the least height and width of an image, in pixels.
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
    head: Callable[[str, tuple[int, ...]], str] = named_head
    sizes: tuple[int, ...] = ()
    max_size: int = 0
    choices: tuple[str, ...] = ()
    smallest: int = 1

    def name_of(self, sizes: tuple[int, ...]) -> str:
        """The name with these layers, for families with a free size: (16, 32) -> "cnn-16-32"."""
        return "-".join([self.name, *map(str, sizes)])


def free_sizes(name: str) -> re.Pattern[str]:
    """Family and one to MAX_LAYERS numbers; no leading zeros, so that a network has one name."""
    return re.compile(rf"{name}(-[1-9][0-9]{{0,5}}){{1,{MAX_LAYERS}}}")


def fixed_names(names: Iterable[str]) -> re.Pattern[str]:
    """One of these names."""
    return re.compile("|".join(names))
