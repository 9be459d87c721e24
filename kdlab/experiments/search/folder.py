"""The folder of a search: files that appear whole, and who is at work on it.

Several processes share it, perhaps on several machines. Whoever takes part holds a file
``share-<n>.json``; when a share is over, what it was training is free again.

On one machine that is sure: the file is locked by the system (:mod:`kdlab.system.locks`), and the
lock ends with its process, however it ends and whatever any clock says. Of another machine it is
sure only where the file system carries locks from one to the other. Where it does not, a share of
another machine is at work as long as its file is young: younger than LEASE seconds by the clock of
the file server, which gives the dates. So one that was stopped for longer than that, or could not
reach the server, is taken for over. Then what it was training is trained by others too, and its
results, should they come, are not taken: time is lost, and nothing else.
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

from kdlab.errors import StoreError
from kdlab.system import files, locks, owners
from kdlab.system.paths import refuses

LEASE = 120.0
"""Seconds after which a share of another machine that gave no sign is over: longer than any step of
training."""
SIGN = 5.0
"""Seconds between two signs."""


def keep_first(path: Path, content: bytes) -> bytes:
    """Write ``path`` unless somebody has; returns what is there then. StoreError if refused."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.aside(path, content) as written:
            try:
                path.hardlink_to(written)  # fails where there is one already, unlike a rename
            except FileExistsError:
                return path.read_bytes()
            except OSError:  # a file system without links
                if path.exists():
                    return path.read_bytes()
                written.replace(path)
    except OSError as error:
        raise refuses(path.parent, error) from None
    return content


def set_aside(folder: Path) -> Path | None:
    """Rename a search's folder so that it begins anew; None where there is none.

    StoreError where somebody is at work on it.
    """
    if not folder.exists():
        return None
    try:
        busy = len(living(folder))
    except OSError as error:
        raise refuses(folder, error) from None
    if busy:
        raise StoreError(
            f"{busy} other process{' is' if busy == 1 else 'es are'} at work on this search",
            "a search that nobody works on, to begin it anew",
            "Stop them first, or join in by leaving out --no-cache",
        )
    for number in range(1, 10_000):
        aside = folder.with_name(f"{folder.name}-before-{number}")
        if not aside.exists():
            break
    try:
        folder.rename(aside)
    except OSError as error:
        raise refuses(folder, error) from None
    return aside


class Lease:
    """This process's part in a search: a file in the folder that it holds. Close it when done."""

    def __init__(self, folder: Path) -> None:
        self.id = uuid.uuid4().hex
        self._folder = folder
        self.place = 0
        me = {"id": self.id, **dataclasses.asdict(owners.me())}
        try:  # two at once would each remove what the other has just put where a dead one was
            with locks.waited(self._folder / "shares.lock"):
                taken = living(self._folder)
                while self.place in taken or (lock := self._claimed()) is None:
                    self.place += 1
            self._lock = lock
            self._lock.write(json.dumps(me).encode())
        except OSError as error:
            raise refuses(self._folder, error) from None
        self._signed = time.monotonic()

    @property
    def path(self) -> Path:
        """The file that says that this share is at work."""
        return self._folder / f"share-{self.place}.json"

    def _claimed(self) -> locks.Lock | None:
        """The file at the place, held; what a share that is over left there is removed."""
        with contextlib.suppress(OSError):
            self.path.unlink()
        return None if self.path.exists() else locks.take(self.path)

    def sign(self) -> None:
        """Say to other machines that this share is at work, at most every SIGN seconds. Cheap."""
        if time.monotonic() - self._signed > SIGN:
            self._signed = time.monotonic()
            with contextlib.suppress(OSError):  # that ends the lease, not the work
                os.utime(self.path)

    def others(self) -> set[str]:
        """The ids of all other shares that are at work."""
        return set(living(self._folder).values()) - {self.id}

    def close(self) -> None:
        """This share is over. A file that was removed or replaced is not ours to remove."""
        if self._lock.holds():
            if os.name == "nt":  # there, a file that is open cannot be removed
                self._lock.release()
            with contextlib.suppress(OSError):
                self.path.unlink()
        self._lock.release()


def living(folder: Path) -> dict[int, str]:
    """Place -> id of the shares that are at work in ``folder``; the id is empty where the file of
    one does not say it. OSError where the folder cannot be written: then no clock can be asked."""
    found: dict[int, str] = {}
    for path in folder.glob("share-*.json"):
        name = path.stem.removeprefix("share-")
        if not (name.isascii() and name.isdecimal() and len(name) < 6):
            continue  # none of ours
        held = locks.held(path)
        content = locks.read(path)
        if held or _far_and_young(path, content):
            found[int(name)] = _id(content)
    return found


def _far_and_young(path: Path, content: bytes) -> bool:
    """Whether a share of another machine has given a sign by the file server's clock."""
    owner = owners.parse(content)
    if owner is None or owner.nearby:
        return False
    with tempfile.NamedTemporaryFile(prefix=".now-", dir=path.parent) as file:
        now = os.fstat(file.fileno()).st_mtime  # machines' own clocks may differ from it
    try:
        return now - path.stat().st_mtime < LEASE
    except FileNotFoundError:
        return False


def _id(content: bytes) -> str:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    name = said.get("id") if isinstance(said, dict) else None
    return name if isinstance(name, str) else ""
