"""What the lab kept and cannot be read any more: told, made again when asked for, or deleted.

A reader of the store raises :class:`kdlab.errors.DamagedError`, which names the entry. Work that
was asked for makes such an entry anew and tells so in a sentence; a page shows the sentence with a
button. Only what is damaged *now* is ever deleted, since everybody who sees it may ask for that,
and only below the home: what comes with the lab stays.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from kdlab.errors import DamagedError, StoreError
from kdlab.events import Remark
from kdlab.system.paths import refuses

NOUNS = {
    "runs": "run",
    "teachers": "teacher",
    "sweeps": "map",
    "searches": "search",
    "studies": "study",
}
"""Kinds of entries, folders of the home, and what a person calls one."""
_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
"""Names of entries and files: none leads out of its folder."""
SHOWN = 3
"""So many files are named."""


def found(home: Path, kind: str, name: str, files: Sequence[str] = ()) -> DamagedError:
    """The error for the entry ``kind/name``, or for some of its ``files``: those below ``home``, or
    where there are none, those that come with the lab."""
    entry = home / kind / name
    own = [file for file in files if os.path.lexists(entry / file)]
    bundled = not (own or (not files and os.path.lexists(entry)))
    files = own or list(files)
    named = ", ".join(files[:SHOWN]) + (f" and {len(files) - SHOWN} more" * (len(files) > SHOWN))
    where = f"{kind}/{name}" + (f": {named}" if files else "")
    received = f"a stored {NOUNS[kind]} is damaged, or of another version of the lab ({where})"
    todo = "Delete it, or train it again"
    if bundled:
        received = f"a {NOUNS[kind]} that comes with the lab is damaged ({where})"
        todo = "Train it here to replace it, or install the lab again"
    return DamagedError(
        received, "what this version of the lab wrote", todo, kind, name, files, bundled
    )


def unreadable(path: Path, error: OSError) -> StoreError:
    """The error for what lies there and the system does not let be read, as
    :func:`kdlab.system.files.refused` has it: that is no damage."""
    return StoreError(
        f"{path} cannot be read ({error.strerror or error})",
        "files that the user of the lab may read",
        "Give this user permission to read it"
        if isinstance(error, PermissionError)
        else "Try again. If the error stays, check the disk and the limit on open files",
    )


def made_anew(error: DamagedError) -> Remark:
    """What the work that replaces a damaged entry tells."""
    text = f"{error.received[:1].upper()}{error.received[1:]}. It is made again."
    return Remark(text=text)


def delete(home: Path, error: DamagedError, read: Callable[[], object]) -> bool:
    """Delete what ``error`` names, if ``read``, which reads it, still finds it damaged; False where
    it does not. StoreError where the home does not let go of it.

    Renamed aside first, so that a reader finds all of it or nothing. Somebody may put a whole one
    in its place between the look and the renaming: that one is put back.
    """
    entry = home / error.kind / error.name
    names = (error.name, *error.files)
    if error.bundled or error.kind not in NOUNS or not all(map(_PLAIN.fullmatch, names)):
        return False
    seen = {file: _identity(entry / file) for file in error.files or ("",)}
    still = _still_damaged(error, read)
    if not still:
        return False
    try:
        aside = Path(tempfile.mkdtemp(prefix=f".{error.name}-", dir=entry.parent))
    except OSError as refusal:
        raise refuses(entry.parent, refusal) from None
    try:
        gone = [
            _take_away(entry / file, mark, aside / str(n))
            for n, (file, mark) in enumerate(seen.items())
            if file in still
        ]
    except OSError as refusal:
        raise refuses(entry, refusal) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return any(gone)


def _still_damaged(error: DamagedError, read: Callable[[], object]) -> set[str]:
    """Of the files that ``error`` names ("": all of the entry) those that ``read`` names now."""
    try:
        read()
    except DamagedError as now:
        if (now.kind, now.name, now.bundled) == (error.kind, error.name, False):
            return set(now.files or ("",))
    return set()


def _take_away(path: Path, seen: tuple[int, int, int] | None, aside: Path) -> bool:
    """Rename ``path``, if it is still the one that was ``seen``."""
    try:
        path.rename(aside)
    except FileNotFoundError:
        return False
    if _identity(aside) == seen:
        return True
    with contextlib.suppress(OSError):  # a still newer one stands there, then: it stays
        if not os.path.lexists(path):
            aside.rename(path)
    return False


def _identity(path: Path) -> tuple[int, int, int] | None:
    """What tells an entry from one that replaced it; None where there is none. The time of a folder
    changes with what is in it."""
    try:
        status = path.lstat()
    except OSError:
        return None
    written = 0 if stat.S_ISDIR(status.st_mode) else status.st_mtime_ns
    return status.st_dev, status.st_ino, written
