"""Which column is to be told from the others: said by the owner, or guessed and said why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kdlab.data.naming import printable, tidy
from kdlab.data.own.layout import MAX_CLASSES
from kdlab.data.table import numbers
from kdlab.data.table.kinds import Column
from kdlab.data.table.raw import RawTable
from kdlab.errors import DataError

NAMES = (
    "target", "label", "labels", "class", "classes", "y", "class_label", "class_name", "classname",
    "category", "diagnosis", "outcome", "species", "survived", "churn", "default", "response",
    "result", "type",
)  # fmt: skip
"""What such columns are called, the likeliest first."""
FEW = 50
"""Different values of a guessed target whose name says nothing."""
MOST_NUMBERS = 100
"""Classes that are numbers; more are measured, not classes."""
LONGEST_CLASS = 200


@dataclass(frozen=True, eq=False)
class Target:
    """The column called ``name``: ``codes`` (rows,) point to ``classes``, -1 where nobody knows."""

    name: str
    why: str
    """How it was found, in words."""
    classes: tuple[str, ...]
    codes: NDArray[np.int64]
    sure: bool = True
    """Whether it was chosen, or its name or place says that it is the target."""
    numbered: bool = False
    """Whether the classes are numbers, more than the two of yes and no."""


def find(table: RawTable, columns: Sequence[Column], asked: str, without: Sequence[str]) -> Target:
    """The target: the column ``asked`` for, or a guess among those not in ``without``. DataError
    where it has no classes, and where nothing can be guessed."""
    if asked:
        table.column(asked)
        name, why, sure = asked, "as chosen", True
    else:
        name, why, sure = _guess(columns, without)
    classes, codes = _classes(table, name)
    values = (numbers.number_of(word, table.decimal) for word in classes)
    numbered = len(classes) > 2 and all(value is not None for value in values)
    return Target(name, why, classes, codes, sure, numbered)


def told(goal: Target) -> list[str]:
    """What is said of a guess that rests on little, and of numbers that are taken as classes:
    sentences without their full stops."""
    shown, count = repr(printable(goal.name)[:40]), len(goal.classes)
    said = [] if goal.sure else [f"nothing but few values says that {shown} is the target"]
    return said + [f"The {count} numbers in {shown} are taken as {count} classes"] * goal.numbered


def _guess(columns: Sequence[Column], without: Sequence[str]) -> tuple[str, str, bool]:
    """A name, why, and whether its name or its place says so."""
    offered = [c for c in columns if c.name not in without]
    plain = {re.sub(r"[\s-]+", "_", c.name.casefold()): c for c in reversed(offered)}
    for name in NAMES:
        if name in plain and plain[name].different > 1:
            return plain[name].name, "guessed from its name", True
    few = [c for c in offered if 2 <= c.different <= FEW and c.kind in ("number", "category")]
    if offered and offered[-1] in few:
        return offered[-1].name, f"guessed: the last column, {offered[-1].different} values", True
    few = [c for c in few if not c.repeats]  # those name rows
    words = [c for c in few if c.kind == "category"]
    if words:
        return (
            words[-1].name,
            f"guessed: the last column of few words, {words[-1].different}",
            False,
        )
    if few:
        return few[-1].name, f"guessed: the last column of few values, {few[-1].different}", False
    raise DataError(
        "no column looks like the target",
        f"a column of 2 to {MAX_CLASSES:,} classes, called target, label or class, or any other "
        "that is chosen",
        "Choose the target column",
    )


def _classes(table: RawTable, name: str) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    codes, words = words_of(table, name)
    values = [numbers.number_of(word, table.decimal) for word in words]
    all_numbers = bool(words) and all(value is not None for value in values)
    most = MOST_NUMBERS if all_numbers else MAX_CLASSES
    shown = printable(name)[:60]
    if len(words) > most:
        raise DataError(
            f"the target {shown!r} has {len(words):,} different "
            + ("numbers" if all_numbers else "values"),
            f"2 to {most:,} classes"
            + ("; a number itself is not predicted, the lab has no regression" * all_numbers),
            "Group the numbers into classes, such as low and high, or choose another target"
            if all_numbers
            else "Choose another target",
        )
    filled = int((codes >= 0).sum())
    if len(words) > 2 and 2 * len(words) > filled:
        raise DataError(
            f"the target {shown!r} has {len(words):,} different values in {filled:,} rows",
            "classes, most of which have several rows",
            "Choose another target",
        )
    if len(words) < 2:
        has = f"is {printable(words[0])[:40]!r} in every row" if words else "is empty"
        raise DataError(f"the target {shown!r} {has}", "2 or more classes", "Choose another target")
    long = next((word for word in words if len(word) > LONGEST_CLASS), None)
    if long is not None:
        row = int(np.argmax(codes == words.index(long)))
        raise DataError(
            f"the class in {table.place(row, name)} has {len(long):,} characters",
            f"names of at most {LONGEST_CLASS}",
            "Choose another target, or shorten the names",
        )
    if all_numbers:
        order = sorted(range(len(words)), key=lambda n: (values[n] or 0.0, words[n]))
    else:
        order = sorted(range(len(words)), key=lambda n: words[n])
    place = np.empty(len(words) + 1, dtype=np.int64)
    place[order] = np.arange(len(words))
    place[-1] = -1
    return tuple(words[n] for n in order), place[codes]


def nothings(table: RawTable, name: str) -> list[str]:
    """The words in a column that count as nothing, but for what is empty."""
    cells = table.column(name)
    if not numbers.is_text(cells):
        return []
    words = [tidy(word) for word in numbers.coded(cells)[1]]
    there = zip(words, numbers.missing_among(words), strict=True)
    return sorted({word for word, none in there if none and word})


def words_of(table: RawTable, name: str) -> tuple[NDArray[np.int64], list[str]]:
    """Each cell as the place of its word among the different ones, -1 where there is nothing. What
    is the same but for spaces, or as a number, is one."""
    import pyarrow as pa

    cells = table.column(name)
    if not numbers.is_text(cells):
        cells = pa.chunked_array([pa.array(numbers.texts(cells), pa.string())])
    raw, found = numbers.coded(cells)
    tidied = [tidy(word) for word in found]
    nothing = numbers.missing_among(tidied)
    first: dict[object, int] = {}
    words: list[str] = []
    to = np.full(len(found) + 1, -1, dtype=np.int64)
    for n, word in enumerate(tidied):
        if nothing[n]:
            continue
        key = alike(word, table.decimal)
        if key not in first:
            first[key] = len(words)
            words.append(word)
        to[n] = first[key]
    return to[raw], words


def alike(word: str, decimal: numbers.Decimal) -> str | float:
    """What is the same of all spellings of ``word``: the number that it is, else itself, also of a
    code that begins with 0.

    >>> alike("1.0", "point"), alike("01", "point"), alike("red", "point")
    (1.0, '01', 'red')
    """
    value = numbers.number_of(word, decimal)
    if value is None or np.isnan(value) or re.match(r"0\d", word):
        return word
    return value
