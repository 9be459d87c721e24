"""A file that says that its process is at work: held as long as that is so, and removed at the end.

On one machine that is sure: the file is locked by the system (:mod:`kdlab.system.locks`), and the
lock ends with its process, however it ends and whatever any clock says. Of another machine it is
sure only where the file system carries locks from one to the other. Where it does not, a process of
another machine is at work as long as its file is young by the clock of the file server, which gives
the dates.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
import time
import uuid
from pathlib import Path

from kdlab.system import locks, owners

SIGN = 5.0
"""Seconds between two signs."""


class Lease:
    """``path``, as this process holds it; ``id`` is nobody else's. Close it when done."""

    def __init__(self, path: Path, lock: locks.Lock) -> None:
        self.path = path
        self.id = uuid.uuid4().hex
        self._lock = lock
        try:
            me = {"id": self.id, **dataclasses.asdict(owners.me())}
            lock.write(json.dumps(me).encode())
        except OSError:
            self.close()
            raise
        self._signed = time.monotonic()

    def sign(self) -> None:
        """Say to other machines that this process is at work, at most every SIGN seconds. Cheap."""
        if time.monotonic() - self._signed > SIGN:
            self._signed = time.monotonic()
            with contextlib.suppress(OSError):  # that ends the lease, not the work
                os.utime(self.path)

    def close(self) -> None:
        """This work is over. A file that was removed or replaced is not ours to remove."""
        if self._lock.holds():
            if os.name == "nt":  # there, a file that is open cannot be removed
                self._lock.release()
            with contextlib.suppress(OSError):
                self.path.unlink()
        self._lock.release()


def take(path: Path) -> Lease | None:
    """Hold ``path``; None where another does. OSError where it cannot be written."""
    lock = locks.take(path)
    return None if lock is None else Lease(path, lock)


def at_work(path: Path, far_seconds: float) -> bytes | None:
    """What the process wrote that holds ``path``, None where it is over. One of another machine,
    whose lock this one may not see, is at work for ``far_seconds`` after its last sign. OSError
    where the folder cannot be written: then the file server's clock cannot be asked."""
    held = locks.held(path)
    content = locks.read(path)
    if held:
        return content
    owner = owners.parse(content)
    if owner is None or owner.nearby:
        return None
    with tempfile.NamedTemporaryFile(prefix=".now-", dir=path.parent) as file:
        now = os.fstat(file.fileno()).st_mtime  # machines' own clocks may differ from it
    try:
        return content if now - path.stat().st_mtime < far_seconds else None
    except FileNotFoundError:
        return None
