"""What a home keeps and may let go of: its entries, their size, last use and holder.

Only what the lab knows by its place and its name is an entry. Full runs and the teachers that they
trained are hours of work, downloads have a folder of their own, and what somebody else has put into
the home is none of the lab's business: none of it is counted, and none of it is ever removed.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kdlab.hosting import accounts
from kdlab.system import files

BLOCK = 4096
"""What the smallest file takes on a disk."""
DELETED = ".deleted-"
_HEX = "[0-9a-f]{16}"
_RANDOM = "[a-z0-9_]{8}"
"""What tempfile appends to a name."""


@dataclass(frozen=True)
class Kind:
    """A folder of the home with entries: folders, or single files. ``aside`` is what their writers
    write before it is renamed; its group is the name under which they are in use meanwhile."""

    name: str
    folder: str
    entry: re.Pattern[str]
    aside: re.Pattern[str]
    files: bool = False


def _results(name: str, entry: str = _HEX) -> Kind:
    return Kind(name, name, re.compile(entry), re.compile(rf"\.({_HEX})-{_RANDOM}"))


KINDS = (
    _results("runs"),
    _results("teachers"),
    _results("sweeps"),
    _results("searches", rf"{_HEX}(-before-\d{{1,4}})?"),
    _results("studies"),
    Kind(
        "uploads", "uploads", re.compile(rf"{_HEX}\.(zip|tar|tar\.gz|tgz|txt)"),
        re.compile(r"(\.part-.+)"), files=True,
    ),
    Kind(
        "given", "full-teachers/given", re.compile(r"[0-9A-Za-z]+\.safetensors"),
        re.compile(rf"\.([0-9A-Za-z]+\.safetensors)-{_RANDOM}"), files=True,
    ),
    Kind(
        "lessons", "lessons", re.compile(rf"own-{_HEX}\.md"),
        re.compile(rf"\.(own-{_HEX}\.md)-{_RANDOM}"), files=True,
    ),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True)
class Entry:
    """Something that can be made or loaded again: ``bytes`` on the disk, ``used`` in ns since 1970,
    ``holder`` as in :mod:`kdlab.hosting.accounts`."""

    kind: str
    name: str
    bytes: int
    used: int
    holder: str = accounts.OWNER


NOT_COUNTED = {"full-runs": "full runs", "full-teachers": "teachers that full runs trained"}
"""Folders of the home whose folders are hours of work -> what they are."""


def not_counted(home: Path) -> dict[str, list[int]]:
    """Bytes of each thing that stays, by the folder it is in."""
    given = {kind.folder for kind in KINDS}
    return {
        folder: [
            size(path)[0]
            for path in files.listed(home / folder)
            if path.is_dir() and f"{folder}/{path.name}" not in given
        ]
        for folder in NOT_COUNTED
    }


def path_of(home: Path, kind: str, name: str) -> Path:
    """Where an entry lies."""
    return home / BY_NAME[kind].folder / name


def entries(home: Path) -> list[Entry]:
    """All of them, as they are now."""
    found = []
    for kind in KINDS:
        known = accounts.names(home, kind.name)
        for path in files.listed(home / kind.folder):
            if not kind.entry.fullmatch(path.name):
                continue
            measured = _measured(path, kind)
            if measured is not None:
                held = path.name in known
                whose = accounts.holder(home, kind.name, path.name) if held else accounts.OWNER
                found.append(Entry(kind.name, path.name, *measured, whose))
    return found


def last_use(home: Path, kind: str, name: str) -> int | None:
    """When an entry was last used, in ns since 1970; None where there is none."""
    found = _measured(path_of(home, kind, name), BY_NAME[kind])
    return None if found is None else found[1]


def asides(home: Path) -> Iterator[tuple[str, str, Path]]:
    """(kind, the name under which its writer is at work, path) of what may never be renamed into
    place; the name is empty where nobody is to be asked."""
    for kind in KINDS:
        for path in files.listed(home / kind.folder):
            if re.fullmatch(rf"{re.escape(DELETED)}[0-9a-f]{{32}}", path.name):
                yield kind.name, "", path
            elif found := kind.aside.fullmatch(path.name):
                yield kind.name, found[1], path


def on_disk(sizes: Iterable[int]) -> int:
    """What a folder with files of so many bytes takes on a disk."""
    return BLOCK + sum(blocks(size) for size in sizes)


def blocks(size: int) -> int:
    """What a file of so many bytes takes on a disk."""
    return -(-size // BLOCK) * BLOCK


def size(path: Path) -> tuple[int, int]:
    """(bytes on the disk, last change in ns since 1970) of a file, or a folder and all in it."""
    total = latest = 0
    ahead = [str(path)]
    while ahead:
        here = ahead.pop()
        try:
            status = os.lstat(here)
            if stat.S_ISDIR(status.st_mode):
                with os.scandir(here) as inside:
                    ahead.extend(entry.path for entry in inside)
        except OSError:  # it has just gone, or is not for this user
            continue
        total += blocks(status.st_size) if stat.S_ISREG(status.st_mode) else BLOCK
        latest = max(latest, status.st_mtime_ns)
    return total, latest


def _measured(path: Path, kind: Kind) -> tuple[int, int] | None:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return None
    right = stat.S_ISREG(mode) if kind.files else stat.S_ISDIR(mode)
    return size(path) if right else None
