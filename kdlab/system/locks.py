"""A file that one process holds: a lock of the operating system, which ends with its holder.

However a process ends, by a kill or a power cut, the system gives back what it held; no clock and
no number of a process is needed to know. What the holder writes into the file stays, for whoever
wants to name it (:mod:`kdlab.system.owners`).

``flock`` is used where there is one, and ``msvcrt.locking`` on Windows. Where the file system of
the file takes no locks (some network file systems), a file in this machine's folder of temporary
files stands in for it: then processes of this machine and user exclude each other, and no others.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LENGTH = 256
"""What is written is filled up to so many bytes: one write replaces all that was there."""
PAUSE = 0.01
PATIENCE = 10.0
"""Seconds for which :func:`waited` waits: it is for work of some milliseconds."""
_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
_NO_LOCKS = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL}
_FAR = 1 << 30
"""Windows locks bytes, and nobody reads those: one that is far behind the end of the file."""
_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)
"""A FIFO in a lock's place would keep whoever looks at it waiting for ever."""


class Lock:
    """A file that is held until :meth:`release`, or the end of the process."""

    def __init__(self, path: Path, handle: int, stand_in: int | None) -> None:
        self.path = path
        self._handle: int | None = handle
        self._stand_in = stand_in

    def holds(self) -> bool:
        """Whether the file that is held is still the one at the path: somebody may have removed it,
        or put another one there, which a second process can hold."""
        return self._handle is not None and _is_at(self._handle, self.path)

    def write(self, content: bytes) -> None:
        """Replace what the file says, at one blow for anything up to LENGTH bytes."""
        assert self._handle is not None, "only a lock that is held is written to"
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, content.ljust(LENGTH))

    def release(self) -> None:
        """Give it back; again is nothing. The file stays: removing it is the user's business.

        It is unlocked first: a process that was forked meanwhile has the handle too, and would keep
        the lock for as long as it lives."""
        for handle in (self._handle, self._stand_in):
            if handle is not None:
                if sys.platform != "win32":
                    with contextlib.suppress(OSError):  # a file system that takes no locks
                        fcntl.flock(handle, fcntl.LOCK_UN)
                os.close(handle)
        self._handle = self._stand_in = None


def take(path: Path) -> Lock | None:
    """Hold ``path``, which is made where it is missing; None where another holds it, or looks at it
    this very moment (:func:`held`). OSError where the file cannot be opened.

    Another process, or another call in this one, is refused alike. A file that was removed or
    replaced between the opening and the lock is nobody's: then the one at the path is tried.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o666)
        stand_in: int | None = None
        try:
            taken, stand_in = _lock(handle, path, alone=True)
            if not taken:
                os.close(handle)
                return None
            if _is_at(handle, path):
                return Lock(path, handle, stand_in)
        except BaseException:
            Lock(path, handle, stand_in).release()
            raise
        Lock(path, handle, stand_in).release()


def held(path: Path) -> bool:
    """Whether somebody holds ``path``, this process included. Nothing is written or made."""
    for _ in range(5 if os.name == "nt" else 1):  # there, who looks on keeps others from looking
        try:
            handle = os.open(path, os.O_RDONLY | _FLAGS | _AT_ONCE)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True  # it cannot be told
        stand_in: int | None = None
        try:
            taken, stand_in = _lock(handle, path, alone=False)
        except OSError:
            return True
        finally:
            Lock(path, handle, stand_in).release()
        if taken:
            return False
        if os.name == "nt":
            time.sleep(PAUSE)
    return True


def read(path: Path) -> bytes:
    """What the last holder wrote; empty where there is nothing, or nothing to be read."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | _FLAGS | _AT_ONCE), "rb") as file:
            return (file.read(16 * LENGTH) or b"").strip()
    except OSError:
        return b""


@contextlib.contextmanager
def waited(path: Path, patience: float | None = None) -> Iterator[Lock]:
    """Hold ``path`` for a few steps that must not be mixed with another's, and wait for those who
    do the same. OSError where the file cannot be opened, or stays held for ``patience`` seconds
    (default: PATIENCE)."""
    until = time.monotonic() + (PATIENCE if patience is None else patience)
    while (lock := take(path)) is None:
        if time.monotonic() > until:
            raise OSError(errno.EBUSY, "another process keeps it locked", str(path))
        time.sleep(PAUSE)
    try:
        yield lock
    finally:
        lock.release()


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _lock(handle: int, path: Path, *, alone: bool) -> tuple[bool, int | None]:
    """(whether it is locked, the file that stands in where this file system takes no locks)."""
    try:
        return _locked(handle, alone=alone), None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    stand_in = os.open(_elsewhere(path), os.O_RDWR | os.O_CREAT | _FLAGS, 0o600)
    try:
        return _locked(stand_in, alone=alone), stand_in
    except BaseException:
        os.close(stand_in)
        raise


def _locked(handle: int, *, alone: bool) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    return True


def _elsewhere(path: Path) -> Path:
    """The file on this machine that stands in for ``path``; the folder is the user's alone."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"kdlab-locks-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and folder.lstat().st_uid != user:
        raise PermissionError(errno.EPERM, "belongs to another user", str(folder))
    return folder / hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:32]
