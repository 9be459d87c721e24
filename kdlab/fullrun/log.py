"""The log of a full run: written by one process, read by others while it grows."""

from __future__ import annotations

import contextlib
import os

from kdlab.errors import StoreError
from kdlab.events import Event, FullPart, Progress
from kdlab.fullrun.folder import RunFolder


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
            with (self._folder.path / "events.jsonl").open("rb") as file:
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
        self._path = path = folder.path / "events.jsonl"
        self._file = path.open("r+b" if path.exists() else "w+b")
        if path.stat().st_size < offset:  # truncate would fill it up with zeros
            self._file.close()
            raise StoreError(
                f"{path} is shorter than it was when the checkpoint was made",
                "both files as the run wrote them",
                "Delete the checkpoint: the run begins anew",
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
        self._file.write(line.encode() + b"\n")
        self._file.flush()

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
                f"{self._path} was moved or removed while the run was at work",
                "the log as the run writes it",
                "Put it back and resume; without it, delete the checkpoint: the run begins anew",
            )
        return self._file.tell()

    def close(self) -> None:
        """Nothing more will be written."""
        with contextlib.suppress(OSError):  # what a full disk refused before is tried once more
            self._file.close()
