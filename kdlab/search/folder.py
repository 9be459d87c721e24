"""The folder of a search: files that appear whole, and who is at work on it.

Several processes share it, perhaps on several machines. Whoever takes part keeps a file
``share-<n>.json`` young; a share whose file was left alone for LEASE seconds, or whose process on
this machine is gone, is over, and what it was training is free again.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
import uuid
from pathlib import Path

from kdlab import files, locks
from kdlab.errors import StoreError
from kdlab.paths import refuses

LEASE = 120.0
"""Seconds after which a share that gave no sign is over: longer than any step of training."""
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
    busy = len(living(folder))
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


class Share:
    """This process's part in a search: a young file in the folder. Close it when done."""

    def __init__(self, folder: Path) -> None:
        self.id = uuid.uuid4().hex
        self._folder = folder
        me = {"id": self.id, "host": platform.node(), "pid": os.getpid()}
        content = json.dumps(me).encode()
        self.place = 0
        try:  # two at once would each remove what the other has just put where a dead one was
            with locks.waited(self._folder / "shares.lock"):
                taken = living(self._folder)
                while self.place in taken or not self._claim(content):
                    self.place += 1
        except OSError as error:
            raise refuses(self._folder, error) from None
        self._signed = time.monotonic()

    @property
    def path(self) -> Path:
        """The file that says that this share is at work."""
        return self._folder / f"share-{self.place}.json"

    def _claim(self, content: bytes) -> bool:
        """Whether the place is now ours; what a share that is over left there is removed."""
        if self.path.exists() and self.place not in living(self._folder):
            self.path.unlink(missing_ok=True)
        return keep_first(self.path, content) == content

    def sign(self) -> None:
        """Say that this share is at work, at most every SIGN seconds. Cheap to call."""
        if time.monotonic() - self._signed > SIGN:
            self._signed = time.monotonic()
            try:
                self.path.touch()
            except OSError:
                return  # a file that cannot be touched ends the lease, not the work

    def others(self) -> set[str]:
        """The ids of all other shares that are at work."""
        return set(living(self._folder).values()) - {self.id}

    def close(self) -> None:
        """This share is over. Had its lease run out meanwhile, the place may be another's now."""
        try:
            if json.loads(self.path.read_bytes())["id"] == self.id:
                self.path.unlink(missing_ok=True)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return


def living(folder: Path) -> dict[int, str]:
    """Place -> id of the shares that are at work in ``folder``."""
    with tempfile.NamedTemporaryFile(prefix=".now-", dir=folder) as file:
        now = os.fstat(file.fileno()).st_mtime  # the file server's clock: machines' own may differ
    found: dict[int, str] = {}
    for path in folder.glob("share-*.json"):
        try:
            said = json.loads(path.read_bytes())
            if now - path.stat().st_mtime < LEASE and not files.gone(said["host"], said["pid"]):
                found[int(path.stem.removeprefix("share-"))] = str(said["id"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue  # it went away just now, or is none of ours
    return found
