"""Rows of your own table: what the lab detected about its columns, with nothing guessed again.

What does not fit that is refused: another reading would be another result, without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Number
from typing import NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from kdlab.data.naming import tidy
from kdlab.data.own.names import split_of
from kdlab.data.own.splits import PARTS
from kdlab.data.split import Indices
from kdlab.data.table.numbers import missing_among, number_of
from kdlab.data.table.target import alike
from kdlab.export.parts.constants import (
    CLASS_NAMES,
    DECIMAL,
    GROUP_COLUMN,
    INPUTS,
    SPLIT_COLUMN,
    TABLE_FILE,
    TARGET,
)
from kdlab.export.parts.table import Codes, Rows, row_tensors, standard


def stop(why: str) -> NoReturn:
    """Stop with a message: reading the table differently would change the result."""
    raise SystemExit(f"{TABLE_FILE}: {why}. This script reads only the table that the lab had.")


def column_of(cells: pd.DataFrame, name: str) -> pd.Series:
    """One column of the table."""
    if name not in cells:
        stop(f"there is no column {name!r}, but {', '.join(map(repr, cells.columns[:12]))}")
    return cells[name]


def coded(column: pd.Series) -> tuple[Codes, list[str | float]]:
    """Each cell as the place of its word among the different ones, -1 where there is nothing. Cells
    that write the same number are the same word."""
    raw, found = pd.factorize(column)
    cells = list(np.asarray(found))
    for cell in cells:
        if not isinstance(cell, str | Number | np.bool_):
            stop(
                f"the column {column.name!r} has {cell!r} ({type(cell).__name__}): save it as text"
            )
    words = [tidy(str(cell)) for cell in cells]
    nothing = missing_among(words)
    keys = [None if none else alike(w, DECIMAL) for w, none in zip(words, nothing, strict=True)]
    to, different = pd.factorize(np.array([*keys, None], dtype=object))
    return to[raw], list(different)


def targets_of(cells: pd.DataFrame) -> Codes:
    """The place of each row's class in CLASS_NAMES, -1 where it is unknown."""
    known = {alike(name, DECIMAL): place for place, name in enumerate(CLASS_NAMES)}
    codes, words = coded(column_of(cells, TARGET))
    for word in words:
        if word not in known:
            stop(f"the class {word!r} in the column {TARGET!r} is not in CLASS_NAMES")
    return np.array([*(known[word] for word in words), -1])[codes]


def groups_of(cells: pd.DataFrame) -> Codes:
    """The group of each row; rows without one are groups of their own."""
    codes, words = coded(column_of(cells, GROUP_COLUMN))
    alone = np.flatnonzero(codes < 0)
    codes[alone] = len(words) + np.arange(len(alone))
    return codes


def given_parts(cells: pd.DataFrame) -> Codes:
    """0, 1 or 2: whether a row is for training, validation or test, as SPLIT_COLUMN says."""
    codes, words = coded(column_of(cells, SPLIT_COLUMN))
    parts = [split_of(str(word)) for word in words]
    if None in parts:
        stop(f"{words[parts.index(None)]!r} in the column {SPLIT_COLUMN!r} names no part")
    return np.array([*(PARTS.index(part or "") for part in parts), 0])[codes]


def numbers_of(column: pd.Series) -> NDArray[np.float64]:
    """Its cells as numbers, NaN where a cell is empty or not a number."""
    if pd.api.types.is_numeric_dtype(column):  # from a file that stores numbers
        return column.to_numpy(np.float64)
    codes, cells = pd.factorize(column)
    known = [number_of(str(cell), DECIMAL) for cell in np.asarray(cells)]
    return np.array([*known, None], dtype=np.float64)[codes]


def indicators(
    column: pd.Series, kept: str | list[str], train: Indices
) -> list[NDArray[np.float64]]:
    """0 or 1 for each word that is ``kept``; and for all others together, and for no word at all,
    where training rows have such."""
    codes, words = coded(column)
    place = {alike(word, DECIMAL): n for n, word in enumerate(kept)}
    which = np.array([*(place.get(word, len(kept)) for word in words), -1])[codes]
    others = bool((which[train] == len(kept)).any())
    columns = [*range(len(kept) + others), *[-1] * bool((which[train] < 0).any())]
    return [(which == number).astype(np.float64) for number in columns]


def encoded(cells: pd.DataFrame, train: Indices) -> Iterator[NDArray[np.float64]]:
    """The columns that networks read, measured on training rows."""
    for name, kept in INPUTS.items():
        column = column_of(cells, name)
        if kept == "number":
            yield from standard(numbers_of(column), train)
        else:
            yield from indicators(column, kept, train)


def own_tensors(cells: pd.DataFrame, targets: Codes, parts: Rows) -> list[Tensor]:
    """Inputs (N, D) and classes (N,) of the training part, of validation and of the test."""
    for place, name in enumerate(CLASS_NAMES):
        if place not in targets[parts[0]]:
            stop(f"no training row is of the class {name!r}")
    return row_tensors(encoded(cells, parts[0]), targets, parts)
