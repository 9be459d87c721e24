"""Which row of a file of answers is about which row of a table, or about which image.

By a column that names them, in the table and in the file alike; of a table without one, by their
order. Images are always told by the names of their files, as far as these are written: the end of
a path will do, "cat/001.png" or "001.png", where no two images share it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kdlab.config.schema import TeacherConfig
from kdlab.data.answers.said import Said
from kdlab.data.naming import printable, tidy
from kdlab.data.table import numbers
from kdlab.data.table.answers import folded
from kdlab.data.table.raw import RawTable
from kdlab.errors import DataError

NOWHERE = -1
ADVICE = "Correct the file of answers, or name another column in teacher_id"
MOST_DEPTH = 6
"""Folders of a path that are compared."""
PEEK = 100
"""Rows by which it is seen of most columns that they name nothing."""
Names = Sequence[str]
Ours = Sequence[str | None]
_FRACTION = re.compile(r"[+-]?\d*[.,]\d+(?:[eE][+-]?\d+)?").fullmatch


@dataclass(frozen=True, eq=False)
class Matched:
    """``places`` (rows,): for each row of the table, or each image, its row in the file of answers;
    NOWHERE where it has none. ``column`` is the table's that names the rows, empty where none does;
    so many rows of the file are ``spare``: they are about nothing that is there."""

    places: NDArray[np.int64]
    notes: tuple[str, ...]
    column: str = ""
    spare: int = 0


def matched(config: TeacherConfig, said: Said, table: RawTable | None, files: Names) -> Matched:
    """For each row of the ``table``, or of images for each of their ``files``, its row in what was
    ``said``. DataError where that cannot be told."""
    wanted = tidy(config.teacher_id)
    if table is None:
        return by_files(said, wanted, files)
    if not config.teacher_file.strip():
        return Matched(np.arange(table.rows), ())
    name, own = shared(said, wanted, table)
    if not name:
        return by_order(said, table.rows)
    return dataclasses.replace(by_column(said, name, table.texts(own)), column=own)


def by_order(said: Said, rows: int) -> Matched:
    """The first is about the first. DataError where there are not as many."""
    if len(said.values) != rows:
        raise DataError(
            f"the file of answers has {len(said.values):,} rows and the table {rows:,}, and no "
            "column that names the rows is in both",
            "as many rows in the same order, or a column of ids in both",
            "Add such a column, and name it in teacher_id",
        )
    return Matched(np.arange(rows), ("Answers and rows were matched by their order.",))


def by_column(said: Said, name: str, ours: Ours) -> Matched:
    """By the column ``name`` of the file, whose values are among ``ours``, (rows,) of the table."""
    theirs = said.ids[name]()
    found = _places(said, name, theirs, _tidy)
    places = np.array([found.get(_tidy(each), NOWHERE) for each in ours], dtype=np.int64)
    if (places == NOWHERE).all():
        raise DataError(
            f"no value of the column {printable(name)[:60]!r} is in both: the file of answers "
            f"begins with {_first(theirs)}, the table with {_first(ours)}",
            "the same ids in both, written in the same way",
            ADVICE,
        )
    note = f"Answers and rows were matched by “{printable(name)[:60]}”."
    return _told(places, note, len(theirs), "row of the table")


def by_files(said: Said, wanted: str, names: Names) -> Matched:
    """By the column whose values are names of files, ``wanted`` or the one that fits best;
    DataError where none does."""
    columns = [wanted] if wanted else list(said.ids)
    if wanted and wanted not in said.ids:
        raise _no_column(said, wanted)
    best: tuple[int, int, str] = (0, 0, "")
    for column in columns:
        theirs = [each for each in said.ids[column]() if each]
        for depth in range(MOST_DEPTH, 0, -1):
            ours = {_end(name, depth) for name in names}
            if len(ours) == len(names):
                hits = len(ours & {_end(each, depth) for each in theirs})
                best = max(best, (hits, depth, column))
    hits, depth, column = best
    if not hits:
        some = ", ".join(printable(c)[:30] for c in columns[:6]) or "none"
        raise DataError(
            f"no column of the file of answers ({some}) has the names of the images, of which one "
            f"is {printable(names[0])[:80]!r}",
            "a column with the file of each image, like cat/001.png",
            "Add such a column, and name it in teacher_id",
        )
    found = _places(said, column, said.ids[column](), lambda each: _end(each, depth))
    places = [found.get(_end(name, depth), NOWHERE) for name in names]
    note = f"Answers and images were matched by “{printable(column)[:60]}”."
    return _told(np.array(places, dtype=np.int64), note, len(said.values), "image")


def _told(places: NDArray[np.int64], note: str, rows: int, what: str) -> Matched:
    """``note``, and how many of the ``rows`` of the file are about nothing that is there."""
    spare = rows - len(np.unique(places[places != NOWHERE]))
    if not spare:
        return Matched(places, (note,))
    more = f"{spare:,} of the {rows:,} rows of the file of answers match no {what}."
    return Matched(places, (note, more), spare=spare)


def shared(said: Said, wanted: str, table: RawTable) -> tuple[str, str]:
    """The column of ids that is in the file and in the ``table``, as each of them calls it:
    ``wanted``, or one that differs in every row of both; empty for none. DataError where ``wanted``
    is not in both."""
    alike = {folded(name): name for name in reversed(list(said.ids))}
    theirs = {own: own if own in said.ids else alike.get(folded(own), "") for own in table.columns}
    both = sorted((own for own in table.columns if theirs[own]), key=lambda own: own != theirs[own])
    if wanted:
        both = [own for own in both if folded(own) == folded(wanted)]
        both.sort(key=lambda own: wanted not in (own, theirs[own]))
        if not both:
            raise _no_column(said, wanted)
        return theirs[both[0]], both[0]
    for own in both:
        if not _names_all(numbers.texts(table.column(own).slice(0, PEEK))):
            continue
        if _names_all(table.texts(own)) and _names_all(said.ids[theirs[own]]()):
            return theirs[own], own
    return "", ""


def also_shown(match: Matched, columns: Sequence[str]) -> tuple[str, ...]:
    """A remark where the column that names the rows is among those that students are shown."""
    if match.column not in columns:
        return ()
    name = printable(match.column)
    left = f'"{name}"' if "," in name else name
    return (
        f"“{name[:60]}” names the rows for the answers, and students are shown it as well. Add "
        f"{left} to left_out if it says nothing of the class.",
    )


def _names_all(values: Ours) -> bool:
    """Whether these differ in every row, and none is a measurement, such as 0.25, which another
    program may have rounded."""
    names = {_tidy(each) for each in values}
    return "" not in names and len(names) == len(values) and not any(map(_FRACTION, names))


def _no_column(said: Said, wanted: str) -> DataError:
    some = ", ".join(repr(printable(name)[:30]) for name in list(said.ids)[:8]) or "none"
    return DataError(
        f"teacher_id is {printable(wanted)[:60]!r}, which is not a column that both files have",
        f"a column of the file of answers ({some}) that names the rows of the data as well",
        "Correct teacher_id, or leave it empty",
    )


def _places(said: Said, name: str, theirs: Ours, form: Callable[[str], str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row, each in enumerate(theirs):
        if each is None or not tidy(each):
            continue
        key = form(each)
        if key in found:
            raise DataError(
                f"{said.place(row, -1)} is about {printable(each)[:60]!r}, as "
                f"{said.place(found[key], -1)} is",
                f"each value of {printable(name)[:60]!r} once",
                ADVICE,
            )
        found[key] = row
    return found


def _tidy(value: str | None) -> str:
    """One id; 7 and 7.0 are the same, as where one of both files was written with a gap."""
    text = tidy(value or "")
    return re.sub(r"^(-?\d+)\.0+$", r"\1", text)


def _end(name: str, depth: int) -> str:
    """The last ``depth`` parts of a path, whichever slash it is written with."""
    parts = [part for part in tidy(name).replace("\\", "/").split("/") if part not in ("", ".")]
    return "/".join(parts[-depth:])


def _first(values: Ours) -> str:
    shown = [repr(printable(each)[:30]) for each in values if each][:2]
    return " and ".join(shown) or "nothing"
