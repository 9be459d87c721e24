"""Which network a file holds that does not say so: how many classes, and which architecture."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from kdlab import models
from kdlab.errors import ModelError
from kdlab.models import foreign
from kdlab.models.family import Family, kind_of
from kdlab.models.matching import Shapes, numbers_in

UNKNOWN = 2
"""Classes of a network that is looked for where the file does not show how many it has: it will
not be found, and what is missing is told."""

MOST_ROWS = 8
"""Numbers of classes that are tried; a file whose layers leave more is not a known network's."""


@dataclass(frozen=True)
class Suited:
    """The one known network that a file holds."""

    name: str
    classes: int
    own: dict[str, tuple[int, ...]]
    renamed: foreign.Renamed


def shapes_of(name: str, shape: tuple[int, ...], classes: int) -> dict[str, tuple[int, ...]]:
    """The tensors of the network, built without memory for its weights."""
    models.check(name, shape, classes)
    family = importlib.import_module(models.find(name).module)
    with torch.device("meta"):
        module: nn.Module = family.build(name, shape, classes)
    return {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}


def classes_of(theirs: Shapes, name: str, shape: tuple[int, ...]) -> int:
    """How many classes the last layer in the file has, for the network ``name``: as many as make
    it fit, else the outputs of the layer that is called as the last one."""
    found = [each.classes for each in _readings(theirs, name, shape)]
    if len(found) == 1:
        return found[0]
    head = models.embedding_point(name, shape).partition(":")[0] + ".weight"
    rows = {s[0] for key, s in theirs.items() if f".{key}".endswith(f".{head}") and len(s) == 2}
    count = rows.pop() if len(rows) == 1 else UNKNOWN
    return count if count >= UNKNOWN else UNKNOWN


def suited(theirs: Shapes, shape: tuple[int, ...], classes: int = 0) -> Suited | None:
    """The only known network for inputs of ``shape``, with ``classes`` outputs or, where that is
    0, with any number of them, whose tensors are ``theirs``; None where there is none, or more."""
    if len(theirs) > foreign.MOST_TENSORS:
        return None
    found = [
        each
        for name in _candidates(theirs, shape)
        for each in _readings(theirs, name, shape, classes)
    ]
    return found[0] if len(found) == 1 else None


def _readings(
    theirs: Shapes, name: str, shape: tuple[int, ...], classes: int = 0
) -> Iterator[Suited]:
    """The network ``name`` for each number of classes with which it fits."""
    width = models.embedding_width(name, shape)
    rows = {s[0] for s in theirs.values() if len(s) == 2 and s[1] == width and s[0] >= UNKNOWN}
    for count in [classes] if classes else sorted(rows)[:MOST_ROWS]:
        own = shapes_of(name, shape, count)
        renamed = foreign.recognise(theirs, own, nearest=False)
        if renamed.fits:
            yield Suited(name, count, own, renamed)


def _candidates(theirs: Shapes, shape: tuple[int, ...]) -> Iterator[str]:
    """Networks that read such inputs and do not have more numbers than the file."""
    numbers = sum(math.prod(each) for each in theirs.values())
    for family in models.MODELS.values():
        if kind_of(shape) not in family.accepts:
            continue
        for name in family.choices or _free(family, theirs):
            try:
                few = models.parameters(name, shape, UNKNOWN) <= numbers
            except ModelError:  # for larger images, or itself too large
                few = False
            if few:
                yield name


def _free(family: Family, theirs: Shapes) -> Iterator[str]:
    """The network of a family with free sizes that has layers as wide as those in the file."""
    kernels = {"cnn": 4}.get(family.name, 2)
    names = sorted(
        (n for n, s in theirs.items() if len(s) == kernels),
        key=lambda n: (re.sub(r"\d+", "#", n), numbers_in(n)),
    )
    rows = [theirs[name][0] for name in names]
    if family.name == "gru":
        rows = [s[1] for s in map(theirs.__getitem__, names) if s[0] == 3 * s[1]]
    if family.name == "gpt":
        blocks = [s for s in map(theirs.__getitem__, names) if s[0] == 4 * s[1]]
        rows = [blocks[0][1]] * len(blocks) if blocks else []
    elif family.name.startswith("mlp"):
        rows = rows[:-1]
    name = family.name_of(tuple(rows)) if rows else ""
    if family.pattern.fullmatch(name):
        yield name
