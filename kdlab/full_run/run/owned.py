"""Who is at work in a run's folder: one process, which holds the file ``lock`` there.

The lock is the system's (:mod:`kdlab.system.locks`), so it ends with its process. In the file
stands who holds it, for the sentence that a second one gets, and for other machines: where they
share the file system, a lock may be seen on the machine that has it only. So a folder that a
process of another machine took and did not give back is that process's, until a person says that it
is over.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from kdlab.errors import StoreError
from kdlab.system import files, locks, owners
from kdlab.system.owners import Owner
from kdlab.system.paths import refuses

LOCK = "lock"
LAUNCHED = "launched.json"
"""Who was started to work in the folder and is getting ready."""
TAKE_OVER = "--take-over"
SETTLES_SECONDS = 10.0
"""For so long a lock may be held by somebody who does not say who: whoever has just taken it says
so, and whoever only looks whether it is held lets go of it, both within microseconds."""


class Owned:
    """The ownership of one folder, as this process has it or sees it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / LOCK
        self._lock: locks.Lock | None = None

    # -- holding it ---------------------------------------------------------------------------

    def take(self, *, over: bool = False) -> None:
        """From here on this process is the one at work, until :meth:`release` or its end. Again is
        nothing. StoreError where another is: one that holds the lock, or, unless it is taken
        ``over``, one of another machine that has not given the folder back."""
        if self.ours():
            return
        if os.path.lexists(self._path) and not self._path.is_file():  # a folder, a FIFO: no lock
            with contextlib.suppress(OSError):
                self._path.rename(files.free(self._path, f"{LOCK}-damaged-{{}}"))
        until = time.monotonic() + SETTLES_SECONDS
        while True:
            try:
                lock = locks.take(self._path)
            except FileNotFoundError:
                raise StoreError(
                    f"there is no folder {self._folder}", "the folder of a run", "Choose another"
                ) from None
            except OSError as error:
                raise refuses(self._folder, error) from None
            if lock is not None:
                break
            owner = self.said()
            settled = owner is not None and not owner.gone and (owner.nearby or not over)
            if settled or time.monotonic() > until:
                raise self._taken(owner or owners.UNKNOWN)
            time.sleep(locks.PAUSE)
        before = self.said()
        if before is not None and not before.nearby and not over:
            lock.release()
            raise self._far(before)
        try:
            lock.write(owners.me().to_bytes())
        except OSError as error:
            lock.release()
            raise refuses(self._folder, error) from None
        self._lock = lock
        with contextlib.suppress(OSError):
            (self._folder / LAUNCHED).unlink(missing_ok=True)

    def release(self) -> None:
        """This process has ended its work here."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._lock.write(b"")
            self._lock.release()
        self._lock = None

    def ours(self) -> bool:
        """Whether this process is the one at work. A lock file that somebody has removed is made
        again, unless another process was quicker."""
        if self._lock is None:
            return False
        if self._lock.holds():
            return True
        self._lock.release()
        self._lock = None
        if self._path.exists() or not self._folder.is_dir():
            return False
        with contextlib.suppress(OSError):
            self._lock = locks.take(self._path)
            if self._lock is not None:
                self._lock.write(owners.me().to_bytes())
        return self._lock is not None

    # -- looking at it ------------------------------------------------------------------------

    def owner(self) -> Owner | None:
        """Who is at work, or was started for it; None for nobody. Somebody of another machine is,
        unless they gave the folder back."""
        said = self.said()
        if locks.held(self._path):
            return self.said() or owners.UNKNOWN
        if said is not None and not said.nearby:
            return said
        ready = owners.parse(locks.read(self._folder / LAUNCHED))
        return ready if ready is not None and ready.nearby and not ready.gone else None

    def said(self) -> Owner | None:
        """Who took the folder last and did not give it back."""
        return owners.parse(locks.read(self._path))

    def launched(self, pid: int) -> None:
        """Process ``pid`` was started to work here; until it has the lock it is getting ready."""
        files.write(self._folder / LAUNCHED, owners.of(pid).to_bytes())

    def _taken(self, owner: Owner) -> StoreError:
        since = f" since {owner.since}" if owner.since else ""
        return StoreError(
            f"{owner} has been at work in {self._folder}{since}",
            "a run that no process is working on",
            "Stop it first, or watch it",
        )

    def _far(self, owner: Owner) -> StoreError:
        return StoreError(
            f"{owner} took {self._folder} at {owner.since} and has not released it; whether it is "
            "still running cannot be seen from here",
            "a run that no process is working on",
            far_advice(owner),
        )


def far_advice(owner: Owner) -> str:
    """What to do about a process of another machine that may be at work, or may be over."""
    return (
        f"Look on {owner.host}. If the process is over, take the run over: python -m kdlab "
        f"full-run --out DIR --resume {TAKE_OVER}, or delete the file {LOCK} in the folder"
    )
