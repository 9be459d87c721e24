"""What a table from anybody may not exceed, and the errors that say so.

The largest table that is taken fills about 1.5 GiB while it is read: its file, its cells as text
(a character and five bytes beside it for each) and then its numbers (four bytes each). That is
judged by the number of cells, which is known before any of them is read: from the lines of a file,
from the footer of a Parquet file, from the headers in an NPZ.
"""

from __future__ import annotations

from collections.abc import Sequence

from kdlab.data.naming import printable
from kdlab.errors import DataError

MOST_BYTES = 200_000_000
"""Of the file."""
MOST_ROWS = 1_000_000
MOST_COLUMNS = 1000
MOST_CELLS = 100_000_000
"""As many as a file of MOST_BYTES has, each a digit and a comma."""
MOST_UNPACKED = 900_000_000
"""Bytes of the cells of a packed file, Parquet or NPZ: of MOST_CELLS as numbers of 8 bytes, and
what is beside them."""
LONGEST_NAME = 200
"""Characters in the name of a column, which is a setting."""
LONGEST_LINE = 8_000_000
"""Bytes. A quote that is never closed makes one line of all that follows."""

ALLOWED = (
    f"at most {MOST_ROWS:,} rows, {MOST_COLUMNS:,} columns, {MOST_CELLS:,} cells and "
    f"{MOST_BYTES / 1e6:g} MB"
)


def check_size(rows: int, columns: int) -> None:
    """DataError where a table of so many rows and columns would not fit; before it is read."""
    if rows > MOST_ROWS:
        raise DataError(f"the table has {rows:,} rows", ALLOWED, "Keep only some of its rows")
    if columns > MOST_COLUMNS:
        raise DataError(f"the table has {columns:,} columns", ALLOWED, "Leave columns out")
    if rows * columns > MOST_CELLS:
        raise DataError(
            f"the table has {rows:,} rows of {columns:,} columns, {rows * columns:,} cells",
            ALLOWED,
            "Keep only some of its rows, or leave columns out",
        )


def check_unpacked(size: int) -> None:
    """DataError where the cells of a packed file would fill ``size`` bytes; before they do."""
    if size > MOST_UNPACKED:
        raise DataError(
            f"the table unpacks to {size / 1e6:,.0f} MB",
            f"at most {MOST_UNPACKED / 1e6:g} MB",
            "Keep only some of its rows, or leave columns out",
        )


def check_names(names: Sequence[str]) -> None:
    """DataError where the names of the columns cannot tell them apart."""
    first: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        if len(name) > LONGEST_NAME:
            raise DataError(
                f"the name of column {number} has {len(name):,} characters "
                f"({printable(name)[:40]!r} ...)",
                f"names of at most {LONGEST_NAME} characters, in the first line",
                "Give it a shorter name",
            )
        if name in first:
            raise DataError(
                f"the columns {first[name]} and {number} are both called {printable(name)[:60]!r}",
                "a name of its own for each column",
                "Rename one of them",
            )
        first[name] = number
