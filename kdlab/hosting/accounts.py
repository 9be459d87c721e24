"""Whose something is: ``<home>/accounts/<kind>/<name>``, outside of what it tells of.

It says nothing about a person: the visitor's name, hashed. What has no account is the owner's. Who
asks for what is there already does not become its holder.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from pathlib import Path

from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from kdlab.system import files

FOLDER = "accounts"
OWNER = ""
"""The holder of what has no account."""
_MARK = re.compile(r"[0-9a-f]{16}")


def mark(who: Visitor) -> str:
    """What stands for ``who``; empty for the owner."""
    if who.owner:
        return OWNER
    return hashlib.sha256(f"kdlab visitor {who.name}".encode("utf-8", "replace")).hexdigest()[:16]


def current() -> str:
    """The mark of whom this thread works for."""
    return mark(visitor.current())


def holder(home: Path, kind: str, name: str) -> str:
    """Whose this is."""
    try:
        with files.regular(_path(home, kind, name), 64) as file:
            told = file.read().decode("ascii", "replace").strip()
    except OSError:
        return OWNER
    return told if _MARK.fullmatch(told) else OWNER


def open_for(home: Path, kind: str, name: str, whose: str) -> None:
    """From now on it is ``whose``; an account that is left of an earlier one goes. OSError where
    this cannot be written."""
    path = _path(home, kind, name)
    if whose == OWNER:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, whose.encode())


def close(home: Path, kind: str, name: str) -> None:
    """It is gone."""
    with contextlib.suppress(OSError):
        _path(home, kind, name).unlink(missing_ok=True)


def renamed(home: Path, kind: str, old: str, new: str) -> None:
    """What was called ``old`` is now called ``new``, and stays whose it is."""
    with contextlib.suppress(OSError):
        open_for(home, kind, new, holder(home, kind, old))
        open_for(home, kind, old, OWNER)


def names(home: Path, kind: str) -> set[str]:
    """What has an account."""
    found = files.listed(home / FOLDER / kind)
    return {path.name for path in found if path.name[0] != "."}


def _path(home: Path, kind: str, name: str) -> Path:
    return home / FOLDER / kind / name
