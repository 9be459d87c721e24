"""What a file holds of a teacher: numbers of each class for each row, and what may name the rows.

::

    .csv .tsv .parquet      a column for each class, and columns that may name the rows
    .npz                    logits or probabilities (N, C); classes (C,); ids (N,)
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdlab.data.answers.columns import chosen, in_order
from kdlab.data.naming import printable, tidy
from kdlab.data.table import arrays, reading
from kdlab.data.table.answers import Form
from kdlab.data.table.raw import RawTable
from kdlab.errors import DataError

NUMBERS: Mapping[Form, tuple[str, ...]] = {
    "logits": ("logits", "logit", "z", "scores"),
    "probabilities": ("probabilities", "probability", "probs", "prob", "proba", "p", "softmax"),
}
"""What an array of answers is called."""
CLASSES = ("classes", "class_names", "labels", "label_names", "columns")
IDS = frozenset(
    ("ids", "id", "names", "files", "file", "filename", "filenames", "file_names", "path", "paths")
)
ALLOWED = (
    "an .npz with an array logits or probabilities (N, C), and beside it classes (C,) and ids (N,)"
)

MOST_NUMBERS = 20_000_000
"""Rows times classes: with their softmax, in 64 bits, they take some 500 MB."""

Ids = Callable[[], list[str | None]]


@dataclass(frozen=True, eq=False)
class Said:
    """``values`` (N, C) in the order of the data's classes, NaN where there is nothing; of two
    classes there may be one column, that of the second. ``form`` is what names say of them.
    ``ids`` are columns that may name the rows, ``place`` tells where one stands."""

    values: NDArray[np.float64]
    form: Form
    ids: Mapping[str, Ids]
    place: Callable[[int, int], str]
    notes: tuple[str, ...] = ()


def read(path: Path, classes: Sequence[str], wanted: str = "") -> Said:
    """The answers in the file at ``path`` for these ``classes``; ``wanted`` names the columns, as
    the setting ``teacher_columns`` does. DataError says what is wrong."""
    if reading.is_npz(path):
        found = arrays.contents(path)
        if any(array.ndim == 2 for array in found.values()) and not wanted:
            return of_arrays(found, classes)
    return of_table(reading.read(path), classes, wanted)


def of_table(table: RawTable, classes: Sequence[str], wanted: str = "") -> Said:
    """The answers in columns of ``table``."""
    names, form = chosen(table.columns, classes, named(wanted))
    _check_size(table.rows, len(classes))
    # a probability of 0 has -inf as its logarithm
    values = np.stack([table.numbers(name, endless=True) for name in names], axis=1)
    ids: dict[str, Ids] = {
        name: lambda name=name: table.texts(name)  # type: ignore[misc]
        for name in table.columns
        if name not in names
    }

    def place(row: int, column: int) -> str:
        return table.place(row, names[column] if 0 <= column < len(names) else "")

    shown = ", ".join(f"“{printable(name)[:40]}”" for name in names[:6])
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    note = f"The teacher's answers are the columns {shown}{more}, in the order of the classes."
    if len(names) < len(classes):
        note = f"The teacher's answers are the column {shown}, for “{printable(classes[-1])[:40]}”."
    return Said(values, form, ids, place, (note,))


def named(text: str) -> tuple[str, ...]:
    """The columns in a setting: "a,b"; a name with a comma in it stands in double quotes."""
    row = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(tidy(name) for name in row if name.strip())


def of_arrays(found: Mapping[str, NDArray[Any]], classes: Sequence[str]) -> Said:
    """The answers in arrays by name: one of two dimensions, and those beside it."""
    name, form = _of_answers(found, len(classes))
    values = found[name]
    if values.dtype.kind not in "fiu":
        raise DataError(f"the array {printable(name)[:40]!r} holds no numbers", ALLOWED, _SAVE)
    _check_size(*values.shape)
    notes = [f"The teacher's answers are the array “{printable(name)[:40]}”."]
    theirs = _names(found, values.shape[1])
    if theirs is None:
        shown = ", ".join(printable(c)[:30] for c in classes[:8])
        notes.append(
            f"It does not name its classes: its columns were taken to be {shown}"
            f"{', ...' if len(classes) > 8 else ''}, in this order."
        )
    else:
        values = values[:, in_order(theirs, classes)]
    rows = len(values)
    ids: dict[str, Ids] = {
        key: lambda array=array: [_text(each) for each in array]  # type: ignore[misc]
        for key, array in sorted(found.items(), key=lambda item: item[0].lower() not in IDS)
        if array.ndim == 1 and len(array) == rows and array.dtype.kind in "USiu"
    }

    def place(row: int, column: int) -> str:
        of = f", class {printable(classes[column])[:40]!r}" if 0 <= column < len(classes) else ""
        return f"row {row + 1:,}{of}"

    return Said(values.astype(np.float64), form, ids, place, tuple(notes))


def _check_size(rows: int, classes: int) -> None:
    if rows * classes > MOST_NUMBERS:
        raise DataError(
            f"the teacher has answered {rows:,} rows, and the data have {classes:,} classes",
            f"at most {MOST_NUMBERS:,} answers, rows times classes",
            "Keep only some of the rows",
        )


_SAVE = "Write it with numpy.savez(path, probabilities=p, classes=names, ids=ids)"


def _of_answers(found: Mapping[str, NDArray[Any]], classes: int) -> tuple[str, Form]:
    two = {name: array for name, array in found.items() if array.ndim == 2}
    for form, names in NUMBERS.items():
        called = [name for name in two if name.lower() in names]
        if called:
            fitting = [name for name in called if two[name].shape[1] == classes]
            if fitting:
                return fitting[0], form
            shape = two[called[0]].shape
            raise DataError(
                f"the array {called[0]!r} has {shape[1]:,} columns, and the data have {classes:,} "
                "classes",
                f"a column for each class: (N, {classes})",
                "Save the answers to these classes, or choose other data",
            )
    fitting = [name for name, array in two.items() if array.shape[1] == classes]
    if len(fitting) == 1:
        return fitting[0], ""
    shown = ", ".join(f"{printable(name)[:30]!r} {a.shape}" for name, a in list(found.items())[:6])
    raise DataError(f"the .npz has no array of answers: {shown or 'nothing'}", ALLOWED, _SAVE)


def _names(found: Mapping[str, NDArray[Any]], count: int) -> list[str] | None:
    for key in CLASSES:
        array = found.get(key)
        if array is not None and array.ndim == 1 and len(array) == count:
            return [_text(each) for each in array]
    return None


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


__all__ = ["Said", "named", "of_arrays", "of_table", "read"]
