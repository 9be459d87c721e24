"""The folders of the lab on this machine.

::

    KDLAB_HOME, else the user's cache folder     runs/ teachers/ uploads/
    KDLAB_DATA, else data/ in the cache folder   downloaded data sets
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from kdlab.errors import StoreError

BUNDLED = Path(__file__).parents[2] / "assets" / "stored"
"""Results that come with the lab, in the form of a home, made by ``python -m kdlab record``."""
EMBEDDED = Path(__file__).parents[2] / "assets" / "data"
"""Data that come with the lab."""


def default_home() -> Path:
    """The folder of results and uploads."""
    return _named("KDLAB_HOME") or _cache()


def data_root() -> Path:
    """The folder of downloaded data sets."""
    return _named("KDLAB_DATA") or _cache() / "data"


def is_bundled(home: Path) -> bool:
    """Whether ``home`` is what comes with the lab: no home that anybody uses."""
    return home.resolve() == BUNDLED.resolve()


def check_writable(folder: Path) -> None:
    """Make ``folder``, a part of the home, if it is missing; StoreError where it takes no file."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise refuses(folder, error) from None


def refuses(folder: Path, error: OSError) -> StoreError:
    """The error for a folder of the home that does not take what is written."""
    return StoreError(
        f"the folder {folder} cannot be written ({error.strerror or error})",
        "a folder that this user may write to",
        "Set KDLAB_HOME to such a folder, or free some space",
    )


def _named(variable: str) -> Path | None:
    """The folder that an environment variable names, None where it is not set or empty."""
    chosen = os.environ.get(variable, "").strip()
    return expanded(chosen) if chosen else None


def expanded(text: str) -> Path:
    """A user's path with its ``~`` replaced; that of somebody whom this machine does not know
    stays, and leads nowhere."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def _cache() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("kdlab", appauthor=False))
