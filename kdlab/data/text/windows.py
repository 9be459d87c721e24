"""Strings as examples: each character, and the end, is a class to be told from those before it.

A window is one-hot, (W, V): the oldest character first, and before the beginning of a string the
end symbol, which stands for every border between strings. So one representation serves a
multi-layer perceptron, which reads it as one long vector, and networks that read it step by step.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kdlab.data.split import DataSplit, Part

Codes = NDArray[np.uint8]

END = 0
"""The class of the end of a string, and what a window holds before the beginning."""
END_NAME = "end"
"""How it is called among the classes, all others being called as they are written."""
MARK = "·"
"""How it is drawn where text is shown, one character wide like all others."""
BYTE = re.compile("0x[0-9A-F]{2}")
"""The name of a byte that is no character by itself."""


@dataclass(frozen=True)
class Positions:
    """All places of some strings: ``windows`` (N, W) the characters before each as codes,
    ``targets`` (N,) what comes there, ``strings`` (N,) the number of the string it is in."""

    windows: Codes
    targets: NDArray[np.int64]
    strings: NDArray[np.int64]


def alphabet_of(strings: Iterable[str]) -> tuple[str, ...]:
    """The classes of these strings: the end, then their characters in the order of Unicode.

    >>> alphabet_of(["ba", "ab"])
    ('end', 'a', 'b')
    """
    return (END_NAME, *sorted(set("".join(strings))))


def codes_of(text: str, classes: Sequence[str]) -> list[int]:
    """The places of the characters of ``text`` in ``classes``; KeyError for one that is not there.

    >>> codes_of("ab", ("end", "a", "b"))
    [1, 2]
    """
    places = {name: place for place, name in enumerate(classes) if place != END}
    return [places[character] for character in text]


def window_of(codes: Sequence[int], width: int) -> list[int]:
    """The last ``width`` of ``codes``, filled up in front with the end symbol.

    >>> window_of([3, 1], 4), window_of([1, 2, 3], 2)
    ([0, 0, 3, 1], [2, 3])
    """
    return ([END] * width + list(codes))[-width:]


def positions(strings: Sequence[Sequence[int]], width: int) -> Positions:
    """Every place of ``strings`` (codes without the end), string by string: a string of n
    characters has n + 1 of them, the last of which is its end."""
    lengths = np.array([len(codes) + 1 for codes in strings], dtype=np.int64)
    # one row of all: so many end symbols before each string that no window reaches another one
    row = np.zeros(int(lengths.sum()) + width * len(strings), dtype=np.uint8)
    starts = np.concatenate([[0], np.cumsum(lengths + width)[:-1]]) + width
    for start, codes in zip(starts.tolist(), strings, strict=True):
        row[start : start + len(codes)] = codes
    numbers = np.repeat(np.arange(len(strings)), lengths)
    within = np.arange(len(numbers)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    places = starts[numbers] + within
    windows = np.lib.stride_tricks.sliding_window_view(row, width)[places - width]
    return Positions(np.ascontiguousarray(windows), row[places].astype(np.int64), numbers)


def one_hot(windows: Codes, classes: int) -> NDArray[np.float32]:
    """(..., W) codes -> (..., W, V)."""
    return np.eye(classes, dtype=np.float32)[windows]


def split_of_strings(
    classes: Sequence[str],
    train: Positions,
    validation: Positions,
    test: Positions,
) -> DataSplit:
    """The split of three parts; inputs stay as they are: a one-hot vector needs no standard units.

    Training examples know the string they are in, since who is told labels is told whole strings.
    """
    import torch

    def part(places: Positions) -> Part:
        return Part(
            torch.from_numpy(one_hot(places.windows, len(classes))),
            torch.from_numpy(places.targets),
            torch.from_numpy(places.strings),
        )

    return DataSplit(
        classes=tuple(classes),
        shape=(train.windows.shape[1], len(classes)),
        train=part(train),
        validation=part(validation),
        test=part(test),
        mean=(0.0,),
        std=(1.0,),
    )


def whole_strings(part: Part) -> list[tuple[int, ...]]:
    """The strings of a part of the data as codes, without their ends."""
    assert part.strings is not None, "these are no strings"
    targets, numbers = part.targets.numpy(), part.strings.numpy()
    borders = np.flatnonzero(np.diff(numbers)) + 1
    return [tuple(own[:-1].tolist()) for own in np.split(targets, borders)]


def shown(codes: Iterable[int], classes: Sequence[str]) -> str:
    """Codes as text, the end as :data:`MARK`: what stands before the beginning is seen, too.

    Bytes that are no characters by themselves are called by their numbers. Those beside each other
    are read as UTF-8; of half a character there is a "\ufffd".

    >>> shown([0, 1, 2], ("end", "a", "b")), shown([1, 2, 3, 2], ("end", "n", "0xC3", "0xA9"))
    ('·ab', 'né\ufffd')
    """
    names = (MARK if code == END else classes[code] for code in codes)
    return "".join(
        bytes(int(name, 16) for name in run).decode("utf-8", "replace") if numbers else "".join(run)
        for numbers, run in itertools.groupby(names, lambda name: bool(BYTE.fullmatch(name)))
    )
