"""What is left lying: files written aside, folders half deleted, damaged files that are kept.

A process that was killed leaves the first two. Only whoever owns a folder sweeps it, and only what
has the names that :func:`kdlab.system.files.aside` gives to the files of a run.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from kdlab.system import files

DELETED = ".deleted-"
"""Before the name of a run that is being deleted."""
_ASIDE = re.compile(
    r"\.((config|status|launched|data)\.json|digest"
    r"|(checkpoint|teacher|weights|(labels-only|distilled)-seed\d+)\.safetensors)"
    r"-[a-z0-9_]{8}"
)

_WRITTEN = re.compile(
    r"(status|now|launched)\.json|reserve|(labels-only|distilled)-seed\d+\.safetensors"
)
"""Files that a run writes whatever was there before."""


def sweep(folder: Path) -> None:
    """Remove what was written aside in ``folder``, which this process owns, and never renamed."""
    for path in files.listed(folder):
        if (_ASIDE.fullmatch(path.name) or path.name == ".now.json") and not path.is_dir():
            files.remove(path)


def clear(folder: Path) -> None:
    """Give folders another name that lie where the run is going to write a file."""
    for path in files.listed(folder):
        if _WRITTEN.fullmatch(path.name) and path.is_dir():
            with contextlib.suppress(OSError):
                path.rename(files.free(path, f"{path.name}-damaged-{{}}"))


def sweep_deleted(root: Path) -> None:
    """Remove what is left of runs in ``root``, a folder of the lab's, that were being deleted."""
    for path in files.listed(root):
        if path.name.startswith(DELETED):
            files.remove(path)
