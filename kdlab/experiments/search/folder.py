"""The folder of a search: files that appear whole, and who is at work on it.

Several processes share it, perhaps on several machines. Whoever takes part holds a file
``share-<n>.json``; when a share is over, what it was training is free again.

A share is a lease (:mod:`kdlab.system.leases`): one of another machine, whose lock may not be seen
from here, is at work as long as it has given a sign in the last FAR_SECONDS. So one that was
stopped for longer than that, or could not reach the server, is taken for over. Then what it was
training is trained by others too, and its results, should they come, are not taken: time is lost,
and nothing else.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from kdlab.errors import StoreError
from kdlab.system import files, leases, locks
from kdlab.system.leases import Lease
from kdlab.system.paths import refuses

FAR_SECONDS = 120.0
"""After which a share of another machine that gave no sign is over: longer than any step of
training."""


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
    """Rename a search's folder so that it starts again; None where there is none.

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
            "a search that no process is working on, to start it again",
            "Stop them first, or leave out --no-cache to join in",
        )
    aside = files.free(folder, f"{folder.name}-before-{{}}")
    try:
        folder.rename(aside)
    except OSError as error:
        raise refuses(folder, error) from None
    return aside


def join(folder: Path) -> Lease:
    """This process's part in a search, at the first free place; StoreError where the folder cannot
    be written."""
    place = 0
    try:  # two at once would each remove what the other has just put where a dead one was
        with locks.waited(folder / "shares.lock"):
            taken = living(folder)
            while place in taken or (lease := _claimed(folder / f"share-{place}.json")) is None:
                place += 1
    except OSError as error:
        raise refuses(folder, error) from None
    return lease


def _claimed(path: Path) -> Lease | None:
    """The file at a place, held; what a share that is over left there is removed."""
    with contextlib.suppress(OSError):
        path.unlink()
    return None if path.exists() else leases.take(path)


def others(folder: Path, mine: Lease) -> set[str]:
    """The ids of all other shares that are at work."""
    return set(living(folder).values()) - {mine.id}


def living(folder: Path) -> dict[int, str]:
    """Place -> id of the shares that are at work in ``folder``; the id is empty where the file of
    one does not say it. OSError where the folder cannot be written: then no clock can be asked."""
    found: dict[int, str] = {}
    for path in folder.glob("share-*.json"):
        name = path.stem.removeprefix("share-")
        if not (name.isascii() and name.isdecimal() and len(name) < 6):
            continue  # none of ours
        content = leases.at_work(path, FAR_SECONDS)
        if content is not None:
            found[int(name)] = _id(content)
    return found


def _id(content: bytes) -> str:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    name = said.get("id") if isinstance(said, dict) else None
    return name if isinstance(name, str) else ""
