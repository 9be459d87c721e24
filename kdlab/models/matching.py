"""Layers of other names, matched by what they are: their kinds of numbers and their shapes.

The names of a file are its owner's own, but a layer with a weight of 10 x 64 and a bias of 10 is
the last one of a network for 10 classes, if it is the only such layer in the file and in the
network. Of layers that look alike, those are matched whose names differ in a single number, like
``fc1`` and ``fc2`` or the places in a Sequential: in the order of this number. Where that does not
decide, nothing is matched.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

Shapes = Mapping[str, tuple[int, ...]]
Layers = dict[str, dict[str, tuple[int, ...]]]
"""Name of a layer -> "weight", "bias" ... -> shape."""

COUNTER = "num_batches_tracked"
"""How often batch norm has seen a batch: files from before it counted lack it, and no output
depends on it where the momentum is a number."""

SHOWN = 3
"""Pairs of names that a sentence repeats."""


def is_counter(name: str) -> bool:
    """Whether the tensor ``name`` counts batches."""
    return name.rpartition(".")[2] == COUNTER


def matched(theirs: Shapes, own: Shapes) -> dict[str, str] | None:
    """Own layer -> theirs; None where not every layer of either side has exactly one that it can
    be. Counters of batch norm count for nothing.

    >>> matched({"head.weight": (3, 4), "head.bias": (3,)}, {"fc.weight": (3, 4), "fc.bias": (3,)})
    {'fc': 'head'}
    """
    layers = set().union(*_alike(theirs).values())
    found = partly(theirs, own)
    return found if len(found) == len(set().union(*_alike(own).values())) == len(layers) else None


def partly(theirs: Shapes, own: Shapes) -> dict[str, str]:
    """Own layer -> theirs, as far as it is clear."""
    others = _alike(theirs)
    found: dict[str, str] = {}
    for kind, names in _alike(own).items():
        found |= _paired(names, others.get(kind, [])) or {}
    return found


def _alike(shapes: Shapes) -> dict[frozenset[tuple[str, tuple[int, ...]]], list[str]]:
    """What a layer is -> the names of those which are so."""
    layers: Layers = defaultdict(dict)
    for name, shape in shapes.items():
        if not is_counter(name):
            layer, _, leaf = name.rpartition(".")
            layers[layer][leaf] = shape
    found = defaultdict(list)
    for layer, parts in layers.items():
        found[frozenset(parts.items())].append(layer)
    return found


def _paired(ours: list[str], theirs: list[str]) -> dict[str, str] | None:
    """Own layer -> theirs, of layers that look alike; None where that is not clear."""
    if len(ours) != len(theirs):
        return None
    if len(ours) == 1 or set(ours) == set(theirs):
        return dict(zip(sorted(ours), sorted(theirs), strict=True))
    left, right = _series(ours), _series(theirs)
    same = {words for words in left.keys() & right.keys() if set(left[words]) == set(right[words])}
    pairs = {name: name for words in same for name in left[words]}
    left, right = ({w: n for w, n in s.items() if w not in same} for s in (left, right))
    if len(left) != 1 or len(right) != 1:
        return None
    (mine,), (others,) = left.values(), right.values()
    if len(mine) == 1:
        return pairs | {mine[0]: others[0]}
    a, b = _in_order(mine), _in_order(others)
    return None if a is None or b is None else pairs | dict(zip(a, b, strict=True))


def _series(names: Iterable[str]) -> dict[str, list[str]]:
    """Names without their numbers -> the names."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[re.sub(r"\d+", "#", name)].append(name)
    return dict(found)


def _in_order(names: list[str]) -> list[str] | None:
    """Names of one series by the number in which they differ; None where they differ in several."""
    numbers = {name: numbers_in(name) for name in names}
    differ = sum(len(set(column)) > 1 for column in zip(*numbers.values(), strict=True))
    if differ != 1 or len(set(map(tuple, numbers.values()))) < len(names):
        return None
    return sorted(names, key=numbers.__getitem__)


def numbers_in(name: str) -> list[tuple[int, str]]:
    """By which ``fc10`` comes behind ``fc2``: the numbers in a name, whatever their length."""
    found = (number.lstrip("0") for number in re.findall(r"\d+", name))
    return [(len(number), number) for number in found]


def told(pairs: Mapping[str, str], head: str) -> list[str]:
    """The sentence on what was matched, where anything has another name; ``head`` is the last
    layer of the network."""
    other = {mine: theirs for mine, theirs in pairs.items() if mine != theirs}
    if not other:
        return []
    if other.keys() == {head}:
        return [
            f"The last layer is called {other[head][:60]!r} in the file and {head!r} here: it is "
            "the only one left of its shape, and was taken."
        ]
    shown = ", ".join(f"{b[:60]!r} as {a!r}" for a, b in list(other.items())[:SHOWN])
    more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
    return [
        f"{len(other)} layers have other names in the file. They were matched by their shapes, "
        f"those of one shape by the numbers in their names: {shown}{more}. A file of weights does "
        "not say what a network computes between its layers: compare the teacher's accuracy with "
        "the one that you know."
    ]
