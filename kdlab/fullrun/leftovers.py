"""What a process that was killed has left half done: files written aside, folders half deleted.

Only whoever owns a folder sweeps it, and only what has the names that :func:`kdlab.files.aside`
gives to the files of a run.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path

DELETED = ".deleted-"
"""Before the name of a run that is being deleted."""
_ASIDE = re.compile(
    r"\.((config|status|launched|data)\.json|digest"
    r"|(checkpoint|teacher|weights|(labels-only|distilled)-seed\d+)\.safetensors)"
    r"-[a-z0-9_]{8}"
)


def sweep(folder: Path) -> None:
    """Remove what was written aside in ``folder``, which this process owns, and never renamed."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if (_ASIDE.fullmatch(path.name) or path.name == ".now.json") and not path.is_dir():
                with contextlib.suppress(OSError):
                    path.unlink()


def sweep_deleted(root: Path) -> None:
    """Remove what is left of runs in ``root``, a folder of the lab's, that were being deleted."""
    with contextlib.suppress(OSError):
        for path in root.iterdir():
            if path.name.startswith(DELETED) and path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
