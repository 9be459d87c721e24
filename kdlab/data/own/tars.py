"""A tar or tar.gz as a source of images, read forwards and in bounded pieces."""

from __future__ import annotations

import gzip
import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from kdlab.data.own import limits

MAX_HEADER_BYTES = 16 * 1024
"""For all that describes one member: tarfile reads long names, extended headers and tables of
sparse files into memory, and searches them in quadratic time."""
STEP_BYTES = 8 * 1024**2
"""What is skipped at once, a fraction of a second in a gzip."""


class TarSource(limits.Listed):
    """See :class:`kdlab.data.own.sources.Source`."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile, path: Path) -> None:
        super().__init__(path.name)
        self._path = path
        self._stream = _Limited(stream, path.stat().st_size)
        self._members: dict[str, tuple[int, int]] = {}
        """Where each file's bytes begin, and how many they are."""
        fileobj: Any = self._stream
        self._archive: Any = tarfile.TarFile(fileobj=fileobj)

    def scan(self) -> Iterator[int]:
        """Pass over the whole stream once."""
        count = 0
        while (member := self._next()) is not None:
            if count % limits.LIST_STEP == 0:
                yield count
            count += 1
            name = limits.safe(member.name)
            if member.isdir():
                if name:  # "./" is the archive itself
                    self._add(self.folders, name)
            elif not name:
                raise limits.refused(member.name, "is a member without a name")
            elif not member.isreg() or member.issparse() or member.size < 0:
                raise limits.refused(name, "is a link, a device or a sparse file")
            else:
                if name not in self._members:
                    self._add(self.files, name)
                self._members[name] = member.offset_data, member.size
            for _ in self._forward(self._archive.offset - 1):
                yield count

    def size(self, name: str) -> int:
        """See :class:`kdlab.data.own.sources.Source`."""
        return self._members[name][1]

    def read(
        self, wanted: Sequence[str], most: int | None = None
    ) -> Iterator[tuple[str, bytes] | None]:
        """In the stream's order: a gzip can only be read forwards."""
        with limits.readable(self._path):
            self._stream.rewind()
        for name in sorted(wanted, key=lambda name: self._members[name]):
            offset, size = self._members[name]
            limits.check_file_size(name, size)
            size = size if most is None else min(size, most)
            for _ in self._forward(offset):
                yield None
            with limits.readable(self._path):
                self._stream.allow(size)
                data = self._stream.read(size)
                if len(data) < size:
                    raise EOFError(f"it ends in the middle of {name[:80]!r}")
            yield name, data

    def _next(self) -> tarfile.TarInfo | None:
        """The next member, and nothing kept of those before."""
        with limits.readable(self._path):
            self._stream.allow(MAX_HEADER_BYTES)
            member: tarfile.TarInfo | None = self._archive.next()
            # tarfile takes whatever is not a header for the end; a whole tar ends in zeros.
            if member is None and self._stream.last != bytes(tarfile.BLOCKSIZE):
                raise EOFError("it ends too early")
        # Each would keep a copy of all headers that are meant for all members so far.
        self._archive.members.clear()
        self._archive.pax_headers.clear()
        return member

    def _forward(self, offset: int) -> Iterator[None]:
        """Pass over everything before ``offset`` in short steps."""
        self._stream.check(offset)
        while (here := self._stream.tell()) < offset:
            with limits.readable(self._path):
                self._stream.seek(min(here + STEP_BYTES, offset))
            yield


class _Limited:
    """A stream that refuses to go further, to give more at once, or to go back more often than a
    sound archive asks for, before the memory and the time are spent.
    """

    def __init__(self, stream: BinaryIO | gzip.GzipFile, packed_size: int) -> None:
        self._stream = stream
        self._packed_size = packed_size
        self._allowed = MAX_HEADER_BYTES
        self.last = b""
        """What was read last."""

    def allow(self, size: int) -> None:
        """Let ``size`` bytes be read from here on, in however many pieces."""
        self._allowed = size

    def check(self, offset: int) -> None:
        """ArchiveError where ``offset`` is further than a sound archive reaches."""
        limits.check_total(offset, self._packed_size)

    def rewind(self) -> None:
        """Go back to the beginning, which in a gzip means to unpack everything again."""
        self._stream.seek(0)

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self._allowed:
            raise limits.refused(
                "a member", f"is described in more than {MAX_HEADER_BYTES >> 10} kB"
            )
        self._allowed -= size
        self.last = self._stream.read(size)
        self.check(self._stream.tell())
        return self.last

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET or offset < self._stream.tell():
            raise limits.refused("a member", "comes before the one that it follows")
        self.check(offset)
        return self._stream.seek(offset)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True
