"""What an archive or a folder from anybody may not exceed, and the errors that say so."""

from __future__ import annotations

import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kdlab.errors import ArchiveError

MAX_FILES = 200_000
MAX_FILE_BYTES = 64 * 1024**2
MAX_TOTAL_BYTES = 2 * 1024**3
MAX_RATIO = 200
"""Unpacked bytes a packed byte; photographs reach 1.1, black and white drawings 50."""
RATIO_FREE_BYTES = 32 * 1024**2
"""Below this total the ratio does not matter: a small bomb is no bomb."""
MAX_LIST_BYTES = MAX_FILES * 300
"""A zip's list of files is read whole; each of its entries has 46 bytes and a name."""
MAX_DEPTH = 60
"""Folders around a file. A name of an archive may hold 30,000, and whoever looks at the folders
around each file then needs the square of that; links could make a folder endless."""
LIST_STEP = 1000
"""Files after which a source that is being listed lets its reader stop."""

_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    ArithmeticError,
    LookupError,
    RuntimeError,
)
"""What the system, zipfile and tarfile raise on nonsense; NotImplementedError and RecursionError
are RuntimeErrors."""


class Listed:
    """The names in a source, taken in one by one; ArchiveError where they are too many."""

    def __init__(self, title: str) -> None:
        self.files: list[str] = []
        self.folders: list[str] = []
        self.raw: dict[str, bytes] = {}
        self.remarks: list[str] = []
        self._title = title
        self._characters = 0

    def _add(self, names: list[str], name: str) -> None:
        """Append to ``files`` or ``folders``."""
        names.append(name)
        if any("\udc80" <= char <= "\udcff" for char in name):  # bytes that are no UTF-8
            self.raw[name] = name.encode("utf-8", "surrogateescape")
        self._characters += len(name)
        if len(names) > MAX_FILES or self._characters > MAX_LIST_BYTES:
            raise too_many_files(self._title)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what is raised inside into "cannot be read"; for calls of the system's libraries only.

    A mistake of the lab's own must not look like a damaged file of the user's.
    """
    try:
        yield
    except _BROKEN as error:
        raise ArchiveError(
            f"{path.name or path} cannot be read "
            f"({str(error)[:200].rstrip('.') or type(error).__name__})",
            "a folder, or an undamaged .zip, .tar or .tar.gz without a password",
            "Make the archive again, or give the folder itself",
        ) from None


def safe(name: str) -> str:
    """A member's path with forward slashes; ArchiveError where it leaves the archive."""
    path = name.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    absolute = path.startswith("/") or (len(path) > 1 and path[1] == ":")
    if absolute or ".." in parts or "\0" in path:
        raise refused(name, "points outside the archive")
    if len(parts) > MAX_DEPTH + 1:
        raise refused(name, f"lies more than {MAX_DEPTH} folders deep")
    if not parts and not path.endswith(("/", ".")):
        raise refused(name, "is a member without a name")
    return "/".join(parts)


def refused(name: str, why: str) -> ArchiveError:
    """The error for a member that no image folder has."""
    return ArchiveError(
        f"{name[:80]!r} {why}",
        f"regular files of at most {MAX_FILE_BYTES >> 20} MB, with paths inside the archive",
        "Make the archive again from a folder of images",
    )


def check_file_size(name: str, size: int) -> None:
    """Refuse a file of ``size`` bytes that no image has."""
    if size > MAX_FILE_BYTES:
        raise refused(name, f"has {size >> 20:,} MB")


def check_total(total: int, packed_size: int) -> None:
    """``total`` bytes unpacked so far or declared, out of ``packed_size``."""
    bomb = total > RATIO_FREE_BYTES and total > MAX_RATIO * packed_size
    if total > MAX_TOTAL_BYTES or bomb:
        raise ArchiveError(
            f"the archive of {packed_size / 1024**2:,.1f} MB unpacks to more than "
            f"{min(total, MAX_TOTAL_BYTES) >> 20:,} MB",
            f"at most {MAX_TOTAL_BYTES >> 30} GB, and {MAX_RATIO} times the archive's size",
            "Make the images smaller or fewer",
        )


def too_many_files(title: str) -> ArchiveError:
    """The error for a source called ``title`` whose list of files is too long."""
    return ArchiveError(
        f"{title} has more than {MAX_FILES:,} files",
        f"at most {MAX_FILES:,}",
        "Leave out what is not needed",
    )
