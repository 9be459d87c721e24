"""The file operations of a process, counted: before number ``at`` it is killed, or from there on
its disk is full.

What changes a file is wrapped where Python reaches the system: ``os`` and files that ``io.open``
opens for writing. Only what happens below ``root`` counts, so that every process counts the same.
"""

import builtins
import errno
import io
import os
import signal
from pathlib import Path

PATHS = ("rename", "replace", "unlink", "remove", "link", "symlink", "truncate", "mkdir", "rmdir")
HANDLES = ("fsync", "ftruncate", "write")
TAKES_SPACE = {"open", "write", "flush", "fsync", "mkdir", "link", "symlink", "os.write"}


class Operations:
    """``at`` 0 only counts. ``names`` are the operations so far, in order."""

    def __init__(self, root, at=0, how="kill"):
        self.root, self.at, self.how = os.path.realpath(root), at, how
        self.names = []
        self._full = False

    def count(self, name, where):
        """One more operation, ``name``, on the path or number of a file ``where``."""
        if not self._is_inside(where):
            return
        self.names.append(name)
        if len(self.names) == self.at:
            if self.how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            self._full = True
        if name in ("unlink", "remove") and Path(str(where)).name == "reserve":
            self._full = False  # what it held is enough to say so
        elif self._full and name in TAKES_SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _is_inside(self, where):
        if isinstance(where, int):
            where = Path(f"/proc/self/fd/{where}").readlink()
        return os.path.realpath(os.fspath(where)).startswith(self.root)

    def watch(self):
        """From here on every operation of this process counts."""
        for name in (*PATHS, *HANDLES):
            setattr(os, name, self._counted(f"os.{name}" if name == "write" else name, name))
        opened, self._os_open = io.open, os.open

        def os_open(path, flags, *more, **named):
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self.count("open", path)
            return self._os_open(path, flags, *more, **named)

        def open_(file, mode="r", *more, **named):
            writes = set(mode) & set("wax+")
            if writes and not isinstance(file, int):
                self.count("open", file)
            found = opened(file, mode, *more, **named)
            return _Written(found, self, found.fileno()) if writes else found

        os.open = os_open
        io.open = builtins.open = open_

    def _counted(self, name, function):
        real = getattr(os, function)

        def counted(where, *more, **named):
            self.count(name, where)
            return real(where, *more, **named)

        return counted


class _Written:
    """A file that was opened for writing."""

    def __init__(self, file, operations, handle):
        self._file, self._operations, self._handle = file, operations, handle

    def write(self, content):
        self._operations.count("write", self._handle)
        return self._file.write(content)

    def flush(self):
        self._operations.count("flush", self._handle)
        return self._file.flush()

    def truncate(self, size=None):
        self._operations.count("truncate", self._handle)
        return self._file.truncate(size)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()
