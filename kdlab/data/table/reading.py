"""A file of somebody's own as a table: CSV and TSV, Parquet, NPZ.

::

    path ── what its first bytes are ──> delimited | parquet | arrays ──> RawTable
              └── too large, no file: refused before it is read

What a file is, its content says and not its name.
"""

from __future__ import annotations

from pathlib import Path

from kdlab.data.table import arrays, delimited, limits, parquet
from kdlab.data.table.raw import RawTable
from kdlab.errors import DataError
from kdlab.system.files import regular

LEAST_ROWS = 2


def read(path: Path, separator: str = "", decimal: str = "", encoding: str = "") -> RawTable:
    """The table in the file at ``path``; "" stands for what is to be recognised. DataError says
    what is wrong, and where in the file."""
    begin, data = _begun(path)
    if begin == parquet.MAGIC:
        table = parquet.read(path)
    elif begin == arrays.MAGIC:
        table = arrays.read(path)
    else:
        table = delimited.read(data, separator, decimal, encoding)
    if table.rows < LEAST_ROWS:
        raise DataError(
            f"the table has {table.rows} row{'' if table.rows == 1 else 's'}",
            f"at least {LEAST_ROWS} rows, below a line of names",
            "Add rows",
        )
    return table


def is_npz(path: Path) -> bool:
    """Whether the file at ``path`` begins as an NPZ does; DataError where it cannot be read."""
    return _begun(path, 0)[0] == arrays.MAGIC


def _begun(path: Path, most: int = limits.MOST_BYTES) -> tuple[bytes, bytes]:
    """How the file at ``path`` begins, and of one that is neither packed nor Parquet all of it, at
    most ``most`` bytes."""
    try:
        if path.is_dir():
            raise DataError(
                f"{path.name[:80] or path} is a folder",
                "a .csv, .tsv, .parquet or .npz file",
                "Name the file",
            )
        size = path.stat().st_size
        if size > limits.MOST_BYTES:
            raise DataError(
                f"the table has {size / 1e6:,.1f} MB", limits.ALLOWED, "Keep only some of its rows"
            )
        with regular(path, limits.MOST_BYTES) as file:
            begin = file.read(4)
            if begin in (parquet.MAGIC, arrays.MAGIC):
                return begin, b""
            file.seek(0)
            return begin, file.read(most)  # and no more, should it be growing
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(
            f"the table {path.name[:80]!r} cannot be read ({str(why)[:200]})",
            "the path of a .csv, .tsv, .parquet or .npz file on the machine that runs the lab",
            "Check the path",
        ) from None
