"""Optuna's journal of a search, opened so that neither a kill nor damage is skipped in silence.

The journal is a file of one JSON object a line, written under a lock file that works on Windows and
on shared file systems. A process that is killed may leave two things behind: its lock, which is
taken from it after GRACE seconds, and half a line at the end, which is put into a file beside the
journal. Any other line that cannot be read is damage, and for the user to decide about.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdlab.errors import StoreError
from kdlab.events import Event, Progress
from kdlab.system import files
from kdlab.system.paths import refuses

if TYPE_CHECKING:
    import optuna
    from optuna.storages.journal import BaseJournalBackend

GRACE = 10
"""Seconds for which a lock may stay the same: a write takes milliseconds."""
PAUSE = 0.1
LONGEST_LINE = 1 << 16
"""Bytes; the lab's lines are a hundred times shorter. More without an end is no broken write."""
MOST_BYTES = 1 << 30
"""Of a journal that is looked at; a search of thousands of trials writes some megabytes."""
_NONSENSE = (
    *(ValueError, LookupError, TypeError, AttributeError, AssertionError),
    *(ArithmeticError, RuntimeError, RecursionError),
)
"""What Optuna raises on lines that are JSON and make no sense to it."""
NAME = "journal.log"
STUDY = "search"


def open_study(folder: Path) -> Generator[Event, None, optuna.Study]:
    """The study in ``folder``, made if it is not there; yields progress while it waits for a lock.

    Optuna's own tools and charts read what it returns. StoreError where the journal is damaged,
    stays locked or cannot be written.
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    optuna.logging.set_verbosity(optuna.logging.ERROR)  # a lock that is taken over is no news
    path = folder / NAME
    yield from _wait_for_lock(path)
    with kept(path):
        folder.mkdir(parents=True, exist_ok=True)
        lock = JournalFileOpenLock(str(path), grace_period=GRACE)
        lock.acquire()
        try:
            torn = _mend(path)
        finally:
            lock.release()
    if torn is not None:
        yield Progress(stage=f"the journal ended in half a line, which is now in {torn.name}")
    try:
        with kept(path):
            storage = JournalStorage(JournalFileBackend(str(path), lock_obj=lock))
            study = optuna.create_study(
                storage=storage, study_name=STUDY, direction="maximize", load_if_exists=True
            )
            _check(study)
    except _NONSENSE:
        raise damaged(path, "its lines do not fit together") from None
    return study


def read_study(folder: Path) -> optuna.Study | None:
    """What the journal in ``folder`` tells so far, for who only looks: no lock is waited for, and
    nothing is written; None where nothing was tried yet. Half a line at its end is being written,
    or a kill left it: it counts for nothing. StoreError where the journal is damaged or cannot be
    read."""
    import optuna
    from optuna.storages import JournalStorage

    path = folder / NAME
    try:
        with files.regular(path, MOST_BYTES) as file:
            content = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise refuses(folder, error) from None
    lines, _ = _lines(path, content)
    if not lines:
        return None
    try:
        storage = JournalStorage(_unchanging(lines))
        study = optuna.load_study(study_name=STUDY, storage=storage)
        _check(study)
    except _NONSENSE:
        raise damaged(path, "its lines do not fit together") from None
    return study


def _unchanging(lines: list[dict[str, Any]]) -> BaseJournalBackend:
    """A journal that has these lines and gets no more."""
    from optuna.storages.journal import BaseJournalBackend

    class Unchanging(BaseJournalBackend):
        def read_logs(self, log_number_from: int) -> list[dict[str, Any]]:
            return lines[log_number_from:]

        def append_logs(self, logs: list[dict[str, Any]]) -> None:
            raise AssertionError("who only looks writes nothing")

    return Unchanging()


def _check(study: optuna.Study) -> None:
    """Read all of it; ValueError where it is not the lab's."""
    study.get_trials(deepcopy=False)
    if [direction.name for direction in study.directions] != ["MAXIMIZE"]:
        raise ValueError(study.directions)


@contextlib.contextmanager
def kept(path: Path) -> Iterator[None]:
    """StoreError where the journal ``path`` cannot be read or written, or was damaged meanwhile."""
    try:
        yield
    except json.JSONDecodeError as error:
        raise damaged(path, f"a line of it is not JSON ({error.msg})") from None
    except OSError as error:
        raise refuses(path.parent, error) from None
    except RuntimeError as error:
        if _NO_LOCK not in str(error):
            raise
        raise StoreError(
            f"this process was stopped for more than {GRACE} seconds while it wrote {path.name}, "
            "and another one took its lock",
            "a write takes milliseconds",
            "Start the search again: it resumes from the finished trials",
        ) from None


_NO_LOCK = "did not possess lock"
"""In what Optuna says when the lock that it gives back is not there."""


def damaged(path: Path, why: str) -> StoreError:
    """The error for a journal that cannot be read; it stays as it is."""
    return StoreError(
        f"the journal {path} is damaged: {why}",
        "the journal that this version of the lab and Optuna wrote",
        "Correct that line if you can; else rename or delete the file, and the search starts again",
    )


def _wait_for_lock(path: Path) -> Iterator[Event]:
    """Wait until nobody holds the lock, or its holder is given up; StoreError if it stays.

    Optuna would wait too, but in silence and without an end where the lock cannot be removed.
    """
    lock = Path(f"{path}.lock")
    seen, since = _mark(lock), time.monotonic()
    while (mark := _mark(lock)) is not None:
        if mark != seen:
            seen, since = mark, time.monotonic()
        if time.monotonic() - since > GRACE:
            try:
                lock.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(
                    f"the search in {path.parent} is locked by {lock.name} ({error.strerror})",
                    "a search that no other program holds",
                    f"Close the program that uses {path}, or delete {lock}",
                ) from None
            return
        yield Progress(stage="waiting for the lock of the search's journal")
        time.sleep(PAUSE)


def _mark(lock: Path) -> tuple[int, int] | None:
    """What tells one lock from the next; None where there is none."""
    try:
        found = lock.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino


def _mend(path: Path) -> Path | None:
    """Move half a line from the end into a file of its own, which is returned; the lock is held.

    StoreError, and nothing is changed, where any other line cannot be read.
    """
    if not path.exists():
        return None
    content = path.read_bytes()
    _, rest = _lines(path, content)
    if not rest:
        return None
    aside = files.free(path, "journal-torn-{}")
    aside.write_bytes(rest)
    with path.open("r+b") as file:
        file.truncate(len(content) - len(rest))
    return aside


def _lines(path: Path, content: bytes) -> tuple[list[dict[str, Any]], bytes]:
    """The lines of the journal ``path``, and the half of one at its end; StoreError where one of
    them cannot be read."""
    whole, newline, rest = content.rpartition(b"\n")
    found: list[dict[str, Any]] = []
    for number, line in enumerate(whole.split(b"\n") if newline else [], 1):
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise damaged(path, f"line {number:,} is {_shown(line)}")
        found.append(said)
    if len(rest) > LONGEST_LINE:
        raise damaged(path, f"its last line has {len(rest):,} bytes and no end")
    return found, rest


def _shown(line: bytes) -> str:
    text = line[:40].decode(errors="backslashreplace")
    return repr(text + ("..." if len(line) > 40 else ""))
