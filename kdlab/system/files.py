"""Files that appear whole or not at all, and files of users that are opened with care."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import TypeGuard


@contextmanager
def aside(path: Path, content: bytes, mode: int = 0o644) -> Iterator[Path]:
    """``content`` in a file beside ``path``, safely on the disk, for a rename or a link to it; what
    is left of it afterwards is removed."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written.chmod(mode)  # mkstemp's 0600 would lock out the others of a shared home
        yield written
    finally:
        written.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Replace ``path`` at one blow: a reader finds the old content or the new one."""
    with aside(path, content) as written:
        written.replace(path)


def write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Make the folder ``target`` of ``files`` at one blow. One that is there already is replaced:
    in between there is none."""
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        made.chmod(0o755)  # mkdtemp's 0700 would lock out the others of a shared home
        for name, content in files.items():
            with (made / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        with suppress(FileNotFoundError):  # not there, or deleted a moment ago
            target.rename(made / "replaced")
        made.rename(target)
        shutil.rmtree(target / "replaced", ignore_errors=True)
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def regular(path: Path, limit: int) -> Iterator[BufferedReader]:
    """A user's file, open for reading: a regular one of at most ``limit`` bytes. OSError with a
    reason in words otherwise.

    It is opened before it is asked what it is, so that nobody can exchange it in between, and in
    a way that waits for nobody: a FIFO without a writer would hold its reader for ever, and a
    device has no end.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    except ValueError:  # a NUL, or half a character
        raise OSError(errno.EINVAL, "a file cannot have this name") from None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        if status.st_size > limit:
            raise OSError(
                errno.EFBIG, f"it has {status.st_size:,} bytes, and at most {limit:,} are read"
            )
        yield file


def listed(folder: Path) -> list[Path]:
    """What is in ``folder``, by name; nothing where it cannot be listed."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder and all in it; what cannot be removed stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def free(path: Path, pattern: str) -> Path:
    """The first name of ``pattern``, which is numbered from 1, that nothing beside ``path`` has."""
    number = 1
    while os.path.lexists(found := path.with_name(pattern.format(number))):
        number += 1
    return found


def refused(error: BaseException) -> TypeGuard[OSError]:
    """Whether the system did not let a file be read, this user or just now: too many files are
    open, a disk or a server does not answer. That says nothing of what is in the file."""
    return isinstance(error, OSError) and error.errno not in _NO_FILE_OF_OURS


_NO_FILE_OF_OURS = {
    *(None, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG),
    *(errno.EINVAL, errno.EFBIG, errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP),
}
"""What comes of a file that is missing, or of something that stands in its place."""
_BINARY = getattr(os, "O_BINARY", 0)
