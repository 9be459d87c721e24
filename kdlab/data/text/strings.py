"""The strings of a text data set: three parts, cut into examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from kdlab.config.schema import DataConfig
from kdlab.data.split import PartName, limit_of
from kdlab.data.text.windows import Positions, codes_of, positions


class Parts(NamedTuple):
    """Strings to learn from, to choose by, and to be judged on; in a random order."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def cut_positions(
    parts: Parts, classes: Sequence[str], config: DataConfig
) -> tuple[Positions, Positions, Positions]:
    """Every character of the parts as an example under its window, or as many whole strings as the
    limit on training examples has room for."""
    train, validation, test = (
        positions([codes_of(text, classes) for text in part], config.window)
        for part in limited(parts, config.train_limit)
    )
    return train, validation, test


PARTS: tuple[PartName, ...] = ("train", "validation", "test")


def limited(parts: Parts, limit: int | Literal["all"]) -> Parts:
    """As many whole strings of each part as ``limit`` has room for."""
    return Parts(*(within(part, limit, name) for name, part in zip(PARTS, parts, strict=True)))


def within(
    strings: tuple[str, ...], limit: int | Literal["all"], part: PartName
) -> tuple[str, ...]:
    """The first of ``strings`` whose characters and ends are at most as many as
    :func:`kdlab.data.split.limit_of` says, and one in any case."""
    return strings if limit == "all" else first(strings, limit_of(limit, part))


def first(strings: tuple[str, ...], most: int) -> tuple[str, ...]:
    """The first of ``strings`` that are at most so many examples together, and one in any case.

    >>> first(("ab", "c", "def"), 6), first(("ab",), 1)
    (('ab', 'c'), ('ab',))
    """
    total = 0
    for count, text in enumerate(strings):
        total += len(text) + 1
        if total > most:
            return strings[: max(1, count)]
    return strings


def padding(strings: Sequence[str]) -> int:
    """How many places of padding bring them all to the length of the longest.

    >>> padding(("ab", "c", "def")), padding(())
    (3, 0)
    """
    return len(strings) * max(map(len, strings), default=0) - sum(map(len, strings))


def size(strings: Sequence[str]) -> int:
    """How many examples they are."""
    return sum(len(text) + 1 for text in strings)
