"""Somebody's own table: a .csv, .tsv, .parquet or .npz file, each row of which is one example.

::

    reading ──> RawTable ── kinds ──> what each column holds ── target, cut ──> which row is what
                   |                                                               |
                   └──────── encode, measured on training rows ──> Found: small, kept
                   |                                                               |
                   └───────────────── encode, all rows ──────────────────> DataSplit

A large table is read anew for each of its uses: kept, it would fill the memory of a server that
only shows what is in it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from kdlab.config.schema import DataConfig
from kdlab.data import uploads
from kdlab.data.accepted import TABLE
from kdlab.data.split import DataSplit
from kdlab.data.table import kinds, reading
from kdlab.data.table.account import TableAccount
from kdlab.data.table.kinds import Column
from kdlab.data.table.raw import RawTable
from kdlab.data.table.understood import Choices, Found, first_rows, split_of, understood
from kdlab.data.text.reading import path_of
from kdlab.errors import DataError
from kdlab.events import Progress
from kdlab.system.files import refused

STAGE = "reading the table"
SMALL = 30_000_000
"""Bytes up to which a table that was read is kept for its next use."""


def load(config: DataConfig) -> Iterator[Progress | DataSplit]:
    """Yield progress, then the split; DataError says what is wrong with the file."""
    yield Progress(stage=STAGE)
    with uploads.in_hand(config.folder, TABLE):
        name = _name(config)
        table = _table(name)
        known = _understood(name, Choices.of(config), table)
    yield Progress(stage="encoding the rows")
    yield split_of(table, known)


def found(config: DataConfig) -> Found:
    """What the table of ``config`` is understood as; read anew only where it has changed.
    DataError where it cannot be used, ArchiveError where it may not be opened or is not here."""
    return _understood(_name(config), Choices.of(config))


def account(config: DataConfig) -> TableAccount:
    """What is told of the table of ``config``; DataError as :func:`found`."""
    return found(config).account


def described(config: DataConfig) -> tuple[Column, ...]:
    """What the columns of its file hold, whether or not a target is found among them; DataError
    where the file is no table."""
    return _described(_name(config))


def preview(config: DataConfig) -> tuple[tuple[str, ...], ...]:
    """The first rows of its file, as :attr:`TableAccount.preview` has them; DataError as
    :func:`described`."""
    name = _name(config)
    _described(name)
    there = _previews.get(name)
    return first_rows(_table(name)) if there is None else there


def raw(config: DataConfig) -> RawTable:
    """The table of ``config`` as it is read; DataError as :func:`described`."""
    return _table(_name(config))


Stamp = tuple[int, int, int]
NOWHERE: Stamp = (0, 0, 0)
"""The state of a file that cannot be looked at."""
Name = tuple[Path, Stamp, str, str, str]
"""What names a table that was read: its path, its state, and how it is read."""


def _name(config: DataConfig) -> Name:
    if not config.folder.strip():
        raise DataError("no table was named", f"the path of {TABLE.endings}", "Type its path")
    path = path_of(uploads.resolve(config.folder, TABLE))
    return path, _stamp(path, config.folder), config.separator, config.decimal, config.encoding


def _stamp(path: Path, folder: str) -> Stamp:
    """What tells a file from one that has been put in its place, or that may be read by now: nobody
    can set the second time back. An upload is named by its content, and the times in its status
    are those of its last use."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return NOWHERE  # whoever reads it says why
    loaded = folder.strip().startswith(uploads.PREFIX)
    times = (0, 0) if loaded else (status.st_mtime_ns, status.st_ctime_ns)
    return *times, status.st_size


Value = TypeVar("Value")


class _Recent(dict[Any, Value]):
    """What was found last, so many of it."""

    def __init__(self, most: int) -> None:
        self._most = most

    def keep(self, key: Any, value: Value) -> Value:
        """``value``, which is kept under ``key``."""
        while len(self) >= self._most:
            self.pop(next(iter(list(self)), None), None)
        self[key] = value
        return value


_ONE_AT_A_TIME = threading.RLock()
"""A large table fills a gigabyte while it is looked at."""
_tables: _Recent[RawTable] = _Recent(2)
_columns: _Recent[tuple[Column, ...]] = _Recent(8)
_previews: _Recent[tuple[tuple[str, ...], ...]] = _Recent(8)
_founds: _Recent[Found] = _Recent(8)
_refused: _Recent[tuple[str, str, str]] = _Recent(8)
"""Why a table cannot be used: a page asks at each of its runs."""


def _table(name: Name) -> RawTable:
    """The table as it is read; the last small ones are kept."""
    there = _tables.get(name)
    if there is not None:
        return there
    path, _, separator, decimal, encoding = name
    table = reading.read(path, separator, decimal, encoding)
    return _tables.keep(name, table) if table.cells.nbytes <= SMALL else table


def _described(name: Name, table: RawTable | None = None) -> tuple[Column, ...]:
    there = _columns.get(name)
    if there is not None:
        return there
    with _ONE_AT_A_TIME:
        table = table or _table(name)
        _previews.keep(name, first_rows(table))
        return _columns.keep(name, kinds.describe(table))


def _understood(name: Name, choices: Choices, table: RawTable | None = None) -> Found:
    there = _founds.get((name, choices))
    if there is not None:
        return there
    told = _refused.get((name, choices))
    if told is not None:
        raise DataError(*told)
    try:
        with _ONE_AT_A_TIME:
            return _anew(name, choices, table)
    except DataError as error:
        if name[1] != NOWHERE and not _passes(error):
            _refused.keep((name, choices), (error.received, error.allowed, error.todo))
        raise


def _passes(error: DataError) -> bool:
    """Whether the system did not let the file be read just now, which says nothing of the file."""
    cause = error.__context__
    return isinstance(cause, MemoryError) or (cause is not None and refused(cause))


def _anew(name: Name, choices: Choices, table: RawTable | None) -> Found:
    table = table or _table(name)
    return _founds.keep((name, choices), understood(table, _described(name, table), choices))
