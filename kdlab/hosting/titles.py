"""What each visitor calls an archive that he has loaded: ``<home>/upload-titles/<name>/<whose>``.

An archive is kept once, whoever loads it, and a link to it opens it for anybody; the name that its
file had may tell more than its holder wants known. So a name is told to who gave it, and to the
owner of the machine, who could read it on his disk anyway. It goes with the archive.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from kdlab.hosting import accounts, visitor
from kdlab.system import files

FOLDER, KIND = "upload-titles", "uploads"
LONGEST = 1000
"""Bytes of a name."""
MOST_NAMES = 100
"""Of one archive: who loads it after so many others sees its digits."""
_OWNER = "owner"


def keep(home: Path, name: str, title: str) -> None:
    """From now on the archive ``name`` is called ``title`` by whom this is done for. A name is
    nothing to fail for."""
    tidy(home)
    folder = home / FOLDER / name
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (accounts.current() or _OWNER)
        if path.exists() or len(files.listed(folder)) < MOST_NAMES:
            with files.aside(path, title.encode(), 0o600) as written:
                written.replace(path)


def of(home: Path, name: str) -> str:
    """What whom this is done for calls the archive ``name``, and where that is the owner of the
    machine, who has not loaded it, what its holder calls it; empty where none of them has given it
    a name, or it is gone."""
    if not (home / KIND / name).is_file():
        return ""
    asked = [accounts.current()]
    if visitor.current().owner:
        asked.append(accounts.holder(home, KIND, name))
    for whose in asked:
        path = home / FOLDER / name / (whose or _OWNER)
        with contextlib.suppress(OSError), files.regular(path, LONGEST) as file:
            return file.read().decode("utf-8", "replace")
    return ""


def close(home: Path, name: str) -> None:
    """The archive ``name`` is gone."""
    files.remove(home / FOLDER / name)


def tidy(home: Path) -> None:
    """Forget what archives were called that somebody has deleted by hand, and names that an earlier
    version kept for all visitors."""
    for path in files.listed(home / FOLDER):
        if not path.is_dir() or not (home / KIND / path.name).exists():
            files.remove(path)
