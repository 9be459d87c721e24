"""The file of all classes of a home: SQLite, for as many processes and threads as there are.

::

    room      code, title, revision, which question is asked, where all were sent, what is allowed
    question  of a room, numbered from 1: what was asked (JSON), how far it is, what was measured
    answer    one a visitor and question: his mark, the value, a nickname where he typed one
    present   a visitor's mark in a room, and when he was last seen

Each change is one transaction in the file's write-ahead log: a process that is killed in the middle
leaves all of it or nothing. Nothing secret is kept, and nothing of a person but what he typed; what
is deleted is overwritten. A file that is no such database, or a torn one, is moved aside and never
deleted, and classes begin anew.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from kdlab.errors import StoreError
from kdlab.system import files, locks
from kdlab.system.paths import refuses

NAME = "class.sqlite3"
VERSION = 1
"""Of the tables; raised when they change."""
PATIENCE_SECONDS = 20.0
"""For which one waits for the changes of others."""
IDLE = 4
"""Connections that are kept open for the next who asks."""
_DAMAGED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
_TABLES = """
CREATE TABLE room (
    code TEXT PRIMARY KEY, title TEXT NOT NULL, opened REAL NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1, generation INTEGER NOT NULL DEFAULT 0,
    asked INTEGER, sent TEXT, sending INTEGER NOT NULL DEFAULT 0,
    allowed TEXT NOT NULL DEFAULT '[]', ended INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE question (
    code TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL,
    phase TEXT NOT NULL, result TEXT NOT NULL DEFAULT '{}', at REAL NOT NULL,
    PRIMARY KEY (code, number)
) WITHOUT ROWID;
CREATE TABLE answer (
    code TEXT NOT NULL, number INTEGER NOT NULL, who TEXT NOT NULL, value TEXT NOT NULL,
    nickname TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (code, number, who)
) WITHOUT ROWID;
CREATE TABLE present (
    code TEXT NOT NULL, who TEXT NOT NULL, seen REAL NOT NULL,
    PRIMARY KEY (code, who)
) WITHOUT ROWID;
CREATE TABLE server (what TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class Database:
    """The file at ``path``, made where it is missing. ``aside``: where a damaged one was moved to
    when this one was opened, None where there was none. StoreError where it can be neither read nor
    made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.aside: Path | None = None
        self._idle: list[tuple[tuple[int, int], sqlite3.Connection]] = []
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._alone():
                self._open_or_begin_anew()
        except OSError as error:
            raise refuses(path.parent, error) from None

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the file, whatever others change meanwhile."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextlib.contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """All that is changed inside, or nothing of it where the block raises."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def look(
        self, statement: str, values: tuple[object, ...] | Mapping[str, object]
    ) -> tuple[object, ...] | None:
        """The first row that one statement finds."""
        try:
            with self._connection() as connection:
                row: tuple[object, ...] | None = connection.execute(statement, values).fetchone()
                return row
        except sqlite3.DatabaseError as error:
            self._trouble(error)

    def shorten(self) -> None:
        """Give back the room of what was deleted, and leave nothing of it in the log."""
        with contextlib.suppress(sqlite3.DatabaseError), self._connection() as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Of this object; others go on."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection() as connection:
                connection.execute(begin)
                try:
                    yield connection
                except BaseException:
                    with contextlib.suppress(sqlite3.DatabaseError):  # it may have ended by itself
                        connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            self._trouble(error)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """One for this thread alone, for the block: a thread of a page lives for one run of it, and
        an open connection costs more than what it is asked. One to a file that is no more at the
        path is not used again."""
        now = _identity(self.path)
        with self._lock:
            kept, self._idle = self._idle, []
            for each in kept:
                if each[0] == now:
                    self._idle.append(each)
                else:
                    each[1].close()
            found = self._idle.pop()[1] if self._idle else None
        connection = found or self._connect()
        mark = now if found else _identity(self.path)
        try:
            yield connection
        finally:
            with self._lock:
                keeps = (
                    len(self._idle) < IDLE and mark is not None and not connection.in_transaction
                )
                if keeps and mark is not None:
                    self._idle.append((mark, connection))
            if not keeps:
                connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA synchronous = NORMAL")  # with the log, nothing is torn by it
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            self._make_tables(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == VERSION:
            return
        if version > VERSION:
            raise StoreError(
                f"{self.path} was written by a newer version of the lab",
                "a file of this version or an older one",
                "Update the lab, or set KDLAB_HOME to another folder",
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:  # nobody was quicker
                for statement in _TABLES.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _alone(self) -> contextlib.AbstractContextManager[locks.Lock]:
        """Nobody else makes the file, or moves it aside, meanwhile."""
        return locks.waited(self.path.with_name(f"{self.path.name}.lock"), PATIENCE_SECONDS)

    def _open_or_begin_anew(self) -> None:
        """For whoever is alone at it."""
        try:
            self._check()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                self._refuse(error)
            self._move_aside()
            try:
                self._check()
            except sqlite3.DatabaseError as again:
                self._refuse(again)

    def _check(self) -> None:
        with self._connection() as connection:
            with contextlib.suppress(OSError):  # another user's
                self.path.chmod(0o600)
            told = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if told != "ok":
            raise _damage(told)

    def _move_aside(self) -> None:
        """With the log that belongs to it."""
        self.close()
        aside = files.free(self.path, f"{self.path.name}.damaged-{{}}")
        for ending in ("-wal", "-shm"):
            beside = self.path.with_name(self.path.name + ending)
            if beside.exists():
                beside.replace(aside.with_name(aside.name + ending))
        self.path.replace(aside)
        self.aside = aside

    def _trouble(self, error: sqlite3.DatabaseError) -> NoReturn:
        """StoreError; a file that has turned out to be damaged is moved aside first, unless another
        process has done so, and begun anew."""
        if not _is_damage(error):
            self._refuse(error)
        try:
            with self._alone():
                self._open_or_begin_anew()
        except OSError as refused:
            raise refuses(self.path.parent, refused) from None
        raise StoreError(
            f"the file of the classes was damaged ({error})",
            "what the lab wrote there",
            f"It was moved to {self.aside or self.path.parent}; open the class again",
        ) from None

    def _refuse(self, error: sqlite3.DatabaseError) -> NoReturn:
        raise StoreError(
            f"{self.path} cannot be read or written ({error})",
            "a file that this user may write to, on a disk with free space",
            "Set KDLAB_HOME to such a folder, or free some space",
        ) from None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _damage(told: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(told)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is not what was written; the lower byte tells the kind of an error."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED
