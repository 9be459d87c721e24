"""A folder, a zip or a tar as one thing: a list of files, and their bytes.

Archives come from anybody, so nothing is ever unpacked to disk and nothing is read before its size
is known: a bomb is refused while it is still a number. Limits are on what is declared *and* on what
is really read. Listing and reading go in short steps, after each of which the reader may stop.
"""

from __future__ import annotations

import gzip
import os
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from kdlab.data.own import limits
from kdlab.data.own.tars import TarSource
from kdlab.data.own.zips import ZipSource, check_list
from kdlab.errors import ArchiveError
from kdlab.system.files import regular

_ANY_SIZE = 1 << 62
"""Of an archive: what is unpacked of it is bounded, as it is read."""
_KINDS = "the path of a folder, .zip, .tar or .tar.gz on the machine that runs the lab"


class Source(Protocol):
    """Where images come from. Paths have forward slashes and are relative to the source."""

    files: list[str]
    """Every regular file, once it has been scanned."""
    folders: list[str]
    """Every folder that is listed as such; archives may leave them out."""
    raw: dict[str, bytes]
    """The bytes of names whose encoding nothing states: see :mod:`kdlab.data.own.spelling`."""
    remarks: list[str]
    """What was left out while listing, in words."""

    def scan(self) -> Iterator[int]:
        """Fill ``files`` and ``folders``; yields how many names were seen so far."""
        ...

    def size(self, name: str) -> int:
        """How many bytes a file has, as far as is known before it is read."""
        ...

    def read(
        self, wanted: Sequence[str], most: int | None = None
    ) -> Iterator[tuple[str, bytes] | None]:
        """The bytes of ``wanted``, in the order in which the source has them; at most the first
        ``most`` of each (up to 64 kB), where that is given.

        None stands for a step on the way to the next file.
        """
        ...


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """Open the folder or archive called ``name`` by its content, not by its ending.

    ArchiveError where it does not exist or is of another kind; :meth:`Source.scan` and
    :meth:`Source.read` raise it where the source is damaged or exceeds a limit.
    """
    if not name.strip():
        raise ArchiveError("no image folder was named", _KINDS, "Type its path")
    path = Path(name.strip())
    with ExitStack() as stack:
        with limits.readable(path):
            source = _opened(path.expanduser(), stack)
        yield source


def _opened(path: Path, stack: ExitStack) -> Source:
    """The source at ``path``; ``stack`` closes its files."""
    if path.is_dir():
        return FolderSource(path)
    if not path.exists():
        raise ArchiveError(f"{path} does not exist here", _KINDS, "Check the path")
    raw = stack.enter_context(regular(path, _ANY_SIZE))
    first = raw.read(2)
    raw.seek(0)
    if first == b"PK":
        check_list(raw, path)
        return ZipSource(stack.enter_context(zipfile.ZipFile(raw)), path)
    if first == b"\x1f\x8b":
        return TarSource(stack.enter_context(gzip.GzipFile(fileobj=raw)), path)
    return TarSource(raw, path)


class FolderSource(limits.Listed):
    """A folder of this machine. Links to files and to folders are followed, but never in a circle.

    A link that points to nothing is refused by name: what it stands for would be missing silently.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root.name or str(root))
        self._root = root

    def scan(self) -> Iterator[int]:
        """See :class:`Source`; one folder a step."""
        top: tuple[tuple[int, int], ...] = (_identity(self._root),)
        ahead = [(self._root, "", top)]
        while ahead:
            here, base, above = ahead.pop()
            with limits.readable(here):
                entries = sorted(os.scandir(here), key=lambda entry: entry.name)
            for entry in entries:
                path, name = Path(entry.path), f"{base}{entry.name}"
                if not entry.is_dir():
                    if entry.is_symlink() and not path.exists():
                        raise _leads_nowhere(name)
                    self._add(self.files, name)
                    continue
                found = _identity(path)
                if entry.is_symlink() and found in above:
                    self.remarks.append(
                        f"the link {name[:80]!r} points back to a folder that contains it"
                    )
                    continue
                if len(above) > limits.MAX_DEPTH:
                    raise limits.refused(name, f"lies more than {limits.MAX_DEPTH} folders deep")
                self._add(self.folders, name)
                ahead.append((path, f"{name}/", (*above, found)))
            yield len(self.files)

    def size(self, name: str) -> int:
        """See :class:`Source`."""
        with limits.readable(self._root / name):
            return (self._root / name).stat().st_size

    def read(
        self, wanted: Sequence[str], most: int | None = None
    ) -> Iterator[tuple[str, bytes] | None]:
        """See :class:`Source`."""
        for name in wanted:
            path = self._root / name
            with limits.readable(path):
                found = path.stat()
            if not stat.S_ISREG(found.st_mode):  # opening a named pipe would wait for ever
                raise limits.refused(name, "is not a regular file")
            limits.check_file_size(name, found.st_size)
            size = found.st_size if most is None else min(found.st_size, most)
            with limits.readable(path), regular(path, limits.MAX_FILE_BYTES) as file:
                data = file.read(size)  # and no more, should it be growing
            yield name, data


def _identity(path: Path) -> tuple[int, int]:
    """What tells a folder from all others on this machine."""
    with limits.readable(path):
        found = path.stat()
    return found.st_dev, found.st_ino


def _leads_nowhere(name: str) -> ArchiveError:
    return ArchiveError(
        f"the link {name[:80]!r} points to nothing",
        "links to files and folders that exist",
        "Correct or remove the link",
    )
