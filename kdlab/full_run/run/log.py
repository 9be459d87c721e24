"""The log of a full run: written by one process, read by others while it grows."""

from __future__ import annotations

import contextlib
import hashlib
import os

from kdlab.errors import StoreError
from kdlab.events import Event, FullPart, Progress
from kdlab.full_run.run.folder import EVENTS, LOG_BYTES, RunFolder
from kdlab.system import files

DIGEST_BYTES = 16


def digest(content: bytes) -> str:
    """What a checkpoint knows a log by: BLAKE2b, hexadecimal."""
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def put_aside(folder: RunFolder) -> str:
    """Give a log that cannot be continued another name, so that a new one can be begun; a sentence
    on what became of it. OSError where the folder refuses."""
    path = folder.path / EVENTS
    if not os.path.lexists(path):
        return f"{EVENTS} was not there any more when the run went on: a new one was started."
    aside = files.free(path, "events-damaged-{}.jsonl")
    path.rename(aside)
    return (
        f"{EVENTS} was not what this run had written when it went on: it is kept as {aside.name}, "
        "and a new one was started."
    )


class Reader:
    """Reads a run's events as they come, and notices when the log was cut by a run that resumed."""

    TAIL = 512

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._offset = 0
        self._tail = b""

    def news(self) -> tuple[list[Event], bool]:
        """(events since the last call, whether they begin anew: forget what was told before)."""
        anew = not self._same()
        if anew:
            self._offset = 0
        events, self._offset = self._folder.read(self._offset)
        if events:
            self._tail = self._before()
        return events, anew

    def _same(self) -> bool:
        """Whether the log still holds what was read last, where it was."""
        return self._before() == self._tail

    def _before(self) -> bytes:
        try:
            with files.regular(self._folder.path / EVENTS, LOG_BYTES) as file:
                start = max(0, self._offset - self.TAIL)
                file.seek(start)
                return file.read(self._offset - start)
        except OSError:
            return b""


class EventLog:
    """The writing end of ``events.jsonl``, for the one process at work.

    Progress within an epoch goes to ``now.json`` instead. Whoever resumes cuts the log where the
    checkpoint was made.
    """

    def __init__(self, folder: RunFolder, offset: int = 0) -> None:
        self._now = folder.path / "now.json"
        self._path = path = folder.path / EVENTS
        self._file = path.open("r+b" if path.exists() else "w+b")
        self._read = hashlib.blake2b(self._file.read(offset), digest_size=DIGEST_BYTES)
        if self._file.tell() < offset:  # truncate would fill it up with zeros
            self._file.close()
            raise StoreError(
                f"{path} is shorter than it was when the checkpoint was made",
                "both files as the run wrote them",
                "Resume the run once more",
            )
        self._file.truncate(offset)
        self._file.seek(offset)

    def take(self, event: Event) -> None:
        """Write it down."""
        line = event.to_json()
        if isinstance(event, Progress | FullPart):
            # no need for it to be on the disk: it is worth nothing after the process has ended
            aside = self._now.with_name(".now.json")
            aside.write_text(line + "\n", encoding="utf-8")
            aside.replace(self._now)
            return
        content = line.encode() + b"\n"
        self._file.write(content)
        self._file.flush()
        self._read.update(content)

    def offset(self) -> int:
        """Where the log ends, safely on the disk; StoreError where it was removed meanwhile, and
        what is written reaches nobody."""
        os.fsync(self._file.fileno())
        try:
            there = os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except OSError:
            there = False
        if not there:
            raise StoreError(
                f"{self._path} was moved or removed while the run was working",
                "the log that the run writes",
                "Put it back and resume. If it is lost, resume without it: the checkpoint has the "
                "results of finished stages, and only curves are lost",
            )
        return self._file.tell()

    def digest(self) -> str:
        """Of all that the log holds so far: see :func:`digest`."""
        return self._read.hexdigest()

    def close(self) -> None:
        """Nothing more will be written."""
        with contextlib.suppress(OSError):  # what a full disk refused before is tried once more
            self._file.close()
