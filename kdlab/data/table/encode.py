"""Rows as the numbers that a network reads: measured on training rows, then done to all alike.

::

    number     missing ones become the median; (x - mean) / std; a flag "age is missing" (0 or 1)
    category   "colour = red" 0 or 1 for each word; "colour is rare" for all rare and unknown ones
               together; "colour is missing"

This is SimpleImputer(strategy="median", add_indicator=True), then StandardScaler, and
OneHotEncoder(min_frequency=..., max_categories=..., handle_unknown="infrequent_if_exist") of
scikit-learn, with which the tests compare it. Flags and one-hot columns stay 0 and 1, so that what
a student is shown can be read off; their mean counts as 0 and their deviation as 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdlab.data.naming import printable, tidy
from kdlab.data.split import Indices
from kdlab.data.table import numbers
from kdlab.data.table.kinds import Column
from kdlab.data.table.raw import RawTable
from kdlab.data.table.target import words_of
from kdlab.errors import DataError

MOST_WORDS = 40
"""Columns of one category, that of the rare ones among them."""
RARE_SHARE = 200
"""A word is rare below one in so many training rows: at least RARE_LEAST, and RARE_MOST in a large
table, where twenty examples are something to learn from."""
RARE_LEAST, RARE_MOST = 2, 20
MOST_MEMORY = 600_000_000
"""Bytes of all rows as numbers of 4 bytes."""
FLOAT = 4
HALF = 0.5
MISSING = "missing"
SAME = 1e-12
"""A deviation of so little of the largest number is one of rounding."""
LARGEST = 1e30
"""Beyond it a square is no number of 4 bytes any more."""


@dataclass(frozen=True)
class NumberColumn:
    """``fill`` stands for a missing value; ``flag``: training rows have some."""

    name: str
    fill: float
    mean: float
    std: float
    flag: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Of its columns."""
        return (self.name, f"{self.name} is missing") if self.flag else (self.name,)

    def encoded(self, table: RawTable) -> Iterator[NDArray[np.float64]]:
        """Its columns (rows,), in standard units."""
        values = _numbers(table, self.name)
        missing = np.isnan(values)
        with np.errstate(over="ignore"):
            found = (np.where(missing, self.fill, values) - self.mean) / self.std
        _check_large(table, self.name, values, np.abs(found))
        yield found
        if self.flag:
            yield missing.astype(np.float64)

    def told(self, values: Sequence[float]) -> str:
        """What its columns say, for people: a number in the file's units, to six digits."""
        if self.flag and values[1] > HALF:
            return MISSING
        return numbers.short(float(f"{values[0] * self.std + self.mean:.6g}"))


@dataclass(frozen=True)
class CategoryColumn:
    """``words`` have a column each; ``rare``, ``flag``: training rows have others, or none."""

    name: str
    words: tuple[str, ...]
    rare: bool
    flag: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Of its columns."""
        known = tuple(f"{self.name} = {word}" for word in self.words)
        more = (self.rare, "rare"), (self.flag, "missing")
        return known + tuple(f"{self.name} is {word}" for there, word in more if there)

    def encoded(self, table: RawTable) -> Iterator[NDArray[np.float64]]:
        """Its columns (rows,), 0 or 1."""
        codes, found = words_of(table, self.name)
        place = {word: n for n, word in enumerate(self.words)}
        to = np.array([place.get(word, len(self.words)) for word in found] + [-1], dtype=np.int64)
        which = to[codes]
        for n in range(len(self.words) + self.rare):
            yield (which == n).astype(np.float64)
        if self.flag:
            yield (which < 0).astype(np.float64)

    def told(self, values: Sequence[float]) -> str:
        """What its columns say, for people: the word."""
        words = [*self.words, *["a rare word"] * self.rare, *[MISSING] * self.flag]
        said = [word for word, value in zip(words, values, strict=True) if value > HALF]
        return said[0] if said else "an unknown one"


@dataclass(frozen=True)
class Encoding:
    """How rows become numbers."""

    columns: tuple[NumberColumn | CategoryColumn, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the D numbers of a row, each once."""
        seen: dict[str, int] = {}
        found = []
        for name in (name for column in self.columns for name in column.names):
            seen[name] = seen.get(name, 0) + 1
            found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
        return tuple(found)

    def as_json(self) -> list[dict[str, Any]]:
        """Of each column of the table what it becomes, by the :attr:`names` of the D numbers, so
        that somebody without the lab can encode a row in the units of the table: a ``number``,
        with the value that stands for a missing one (``fill``), or ``words`` that have a number
        each, 0 or 1. ``rare`` and ``missing`` are 1 for any other word and for none; null where
        there is no such number."""
        names, found = iter(self.names), []
        for column in self.columns:
            own: dict[str, Any] = {"column": column.name}
            if isinstance(column, NumberColumn):
                own |= {"number": next(names), "fill": column.fill}
            else:
                own["words"] = {word: next(names) for word in column.words}
                own["rare"] = next(names) if column.rare else None
            found.append(own | {"missing": next(names) if column.flag else None})
        return found

    @property
    def mean(self) -> tuple[float, ...]:
        """(D,), 0 of what is 0 or 1."""
        return tuple(mean for mean, _ in self._scales())

    @property
    def std(self) -> tuple[float, ...]:
        """(D,), 1 of what is 0 or 1."""
        return tuple(std for _, std in self._scales())

    def _scales(self) -> Iterator[tuple[float, float]]:
        for column in self.columns:
            own = (column.mean, column.std) if isinstance(column, NumberColumn) else (0.0, 1.0)
            yield own
            yield from ((0.0, 1.0) for _ in column.names[1:])

    def told(self, inputs: Sequence[float], most: int) -> list[tuple[str, str]]:
        """One row (D,) in standard units for people: what each of the first columns of the table
        holds, at most so many of them."""
        found, at = [], 0
        for column in self.columns[:most]:
            width = len(column.names)
            found.append((column.name, column.told(inputs[at : at + width])))
            at += width
        return found

    def rows(self, table: RawTable, parts: Sequence[Indices]) -> list[NDArray[np.float32]]:
        """Of each of the ``parts`` its rows (N, D) in standard units."""
        width = sum(len(column.names) for column in self.columns)
        found = [np.empty((len(part), width), dtype=np.float32) for part in parts]
        every = (each for column in self.columns for each in column.encoded(table))
        for at, values in enumerate(every):
            for part, rows in zip(found, parts, strict=True):
                part[:, at] = values[rows]
        return found


def measured(table: RawTable, columns: Sequence[Column], train: Indices) -> Encoding:
    """How the ``columns`` are encoded, measured on the rows ``train``. DataError with the place of
    a number that is infinite or too large."""
    least = max(RARE_LEAST, min(RARE_MOST, len(train) // RARE_SHARE))
    found: list[NumberColumn | CategoryColumn] = [
        _number(table, column.name, train)
        if column.kind == "number"
        else _category(table, column.name, train, least)
        for column in columns
    ]
    return Encoding(tuple(found))


def check_memory(rows: int, encoding: Encoding) -> None:
    """DataError where all rows as numbers take too much; before they do."""
    width = sum(len(column.names) for column in encoding.columns)
    if FLOAT * rows * width > MOST_MEMORY:
        widest = max(encoding.columns, key=lambda column: len(column.names))
        raise DataError(
            f"{rows:,} rows of {width:,} numbers take {FLOAT * rows * width / 1e6:,.0f} MB; "
            f"{printable(widest.name)[:60]!r} alone becomes {len(widest.names)} numbers",
            f"at most {MOST_MEMORY / 1e6:g} MB",
            "Leave columns out, or set train_limit",
        )


def _numbers(table: RawTable, name: str) -> NDArray[np.float64]:
    """(rows,), NaN where there is none, also for a cell that is no number."""
    values = numbers.of_column(table.column(name), table.decimal).values
    table.check_finite(name, values)
    _check_large(table, name, values, np.abs(values))
    return values


def _check_large(
    table: RawTable, name: str, values: NDArray[np.float64], sizes: NDArray[np.float64]
) -> None:
    """DataError with the place of the first of the ``values`` whose size, in the units of the table
    or of the network, is no number of 4 bytes that can be squared."""
    row = int(np.argmax(sizes > LARGEST))
    if sizes[row] > LARGEST:
        raise DataError(
            f"{table.place(row, name)} has {values[row]:g}",
            f"numbers of at most {LARGEST:g}, and of as many standard deviations",
            "Correct it, or leave the column out",
        )


def _number(table: RawTable, name: str, train: Indices) -> NumberColumn:
    values = _numbers(table, name)[train]
    return NumberColumn(name, *scale_of(values), bool(np.isnan(values).any()))


def scale_of(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """What stands for missing ones of these numbers, their median; and with it their mean and
    deviation, 1 where they are all the same."""
    missing = np.isnan(values)
    fill = float(np.median(values[~missing])) if not missing.all() else 0.0
    whole = np.where(missing, fill, values)
    std = float(whole.std())
    same = std <= SAME * float(np.abs(whole).max())
    return fill, float(whole.mean()), 1.0 if same else std


def _category(table: RawTable, name: str, train: Indices, least: int) -> CategoryColumn:
    codes, words = words_of(table, name)
    codes = codes[train]
    counts = np.bincount(codes[codes >= 0], minlength=len(words))
    there = [n for n in range(len(words)) if counts[n]]
    frequent = [n for n in there if counts[n] >= least]
    frequent.sort(key=lambda n: (-int(counts[n]), words[n]))
    rare = len(frequent) < len(there)
    if len(frequent) + rare > MOST_WORDS:
        frequent, rare = frequent[: MOST_WORDS - 1], True
    known = sorted(tidy(words[n]) for n in frequent)
    return CategoryColumn(name, tuple(known), rare, bool((codes < 0).any()))
