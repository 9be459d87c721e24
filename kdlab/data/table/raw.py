"""A table as it was read: columns of text or numbers, and where each cell stands.

Cells stay as the file has them, in Arrow's arrays (a character takes a byte, a cell of text five
more). What they mean is asked for column by column: :mod:`kdlab.data.table.numbers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from kdlab.data.naming import printable
from kdlab.data.table import numbers
from kdlab.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

Form = Literal["csv", "parquet", "npz"]
Decimal = Literal["point", "comma"]


@dataclass(frozen=True)
class Written:
    """How a delimited file is written, for whoever reads it without the lab."""

    separator: str
    """The sign itself."""
    encoding: str
    """As Python calls it."""
    header: bool
    skipped: int
    """Lines before all others, which are neither names nor rows."""


@dataclass(frozen=True, eq=False)
class RawTable:
    """``cells`` are Arrow's columns, each of its own name: text, or numbers where the file has
    them as such."""

    cells: pa.Table
    form: Form
    decimal: Decimal = "point"
    first_line: int | None = None
    """Line of the file in which the first row stands, where each row is one line; from 1."""
    said: tuple[str, ...] = ()
    """What was recognised and done: sentences without their full stops."""
    written: Written | None = None
    """Of a delimited file."""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Their names, in the order of the file."""
        return tuple(self.cells.column_names)

    @property
    def rows(self) -> int:
        """How many there are, without the line of names."""
        return int(self.cells.num_rows)

    def column(self, name: str) -> pa.ChunkedArray:
        """The cells of one column, as Arrow has them; DataError lists the columns that there
        are."""
        if name not in self.columns:
            some = ", ".join(printable(each)[:40] for each in self.columns[:12])
            more = ", ..." if len(self.columns) > 12 else ""
            raise DataError(
                f"the table has no column {printable(name)[:80]!r}",
                f"one of its {len(self.columns):,} columns: {some}{more}",
                "Name one of these",
            )
        return self.cells.column(name)

    def is_text(self, name: str) -> bool:
        """Whether the file has this column as text, of which numbers are yet to be read."""
        return numbers.is_text(self.column(name))

    def texts(self, name: str) -> list[str | None]:
        """The cells of one column as text, None where there is nothing. A number of the file's own
        is written as short as it can be: 3, 0.25."""
        return numbers.texts(self.column(name))

    def numbers(self, name: str, *, endless: bool = False) -> NDArray[np.float64]:
        """(rows,) numbers of one column, NaN where there is none; DataError with the place of the
        first cell that is no number, or, unless ``endless``, is infinite."""
        found = numbers.of_column(self.column(name), self.decimal)
        if found.others:
            row, cell = found.others[0]
            raise DataError(
                f"{self.place(row, name)} has {printable(cell)[:40]!r}, which is not a number",
                "numbers in this column, or empty cells",
                "Correct it, or leave the column out",
            )
        if not endless:
            self.check_finite(name, found.values)
        return found.values

    def check_finite(self, name: str, values: NDArray[np.float64]) -> None:
        """DataError with the place of the first number that is infinite."""
        infinite = np.flatnonzero(np.isinf(values))
        if len(infinite):
            raise DataError(
                f"{self.place(int(infinite[0]), name)} has an infinite number"
                + (f", and {len(infinite) - 1:,} more rows have" if len(infinite) > 1 else ""),
                "finite numbers, or empty cells",
                "Correct it, or leave the column out",
            )

    def shown(self, row: int, names: Sequence[str] | None = None) -> tuple[str, ...]:
        """The cells of one row, counted from 0, as the file has them; "" where there is nothing."""
        cells = (self.column(n) for n in (self.columns if names is None else names))
        return tuple(numbers.texts(column.slice(row, 1))[0] or "" for column in cells)

    def place(self, row: int, name: str = "") -> str:
        """Where a row, counted from 0, stands, for people, who count from 1 and see lines.

        The line of names is no row.
        """
        line = "" if self.first_line is None else f" (line {row + self.first_line:,})"
        of = f", column {printable(name)[:60]!r}" if name else ""
        return f"row {row + 1:,}{line}{of}"
