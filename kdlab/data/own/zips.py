"""A zip as a source of images. No size that it declares is believed before it is read."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from kdlab.data.own import limits
from kdlab.errors import ArchiveError

CHUNK_BYTES = 64 * 1024
"""What is unpacked at once. zipfile unpacks what is asked for before it cuts it to the declared
size, and asked for everything it takes a gigabyte."""
UTF_8 = 1 << 11
"""Of a member's flags: its name is UTF-8 (APPNOTE 4.4.4)."""


class ZipSource(limits.Listed):
    """See :class:`kdlab.data.own.sources.Source`."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        super().__init__(path.name)
        self._archive = archive
        self._path = path
        self._members: dict[str, zipfile.ZipInfo] = {}

    def scan(self) -> Iterator[int]:
        """The total is bounded by what is declared, since no member yields more than that."""
        size = self._path.stat().st_size
        unpacked = packed = 0
        for count, member in enumerate(self._archive.infolist()):
            if count % limits.LIST_STEP == 0:
                yield count
            name = limits.safe(member.filename)
            if member.filename.endswith("/"):
                if name:
                    self._add(self.folders, name)
                    self._keep_raw(name, member)
                continue
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG):
                raise limits.refused(name, "is a link or a device")
            if member.flag_bits & 1:
                raise limits.refused(name, "is encrypted")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _unusual(name, member.compress_type)
            unpacked += member.file_size
            limits.check_total(unpacked, size)
            packed += member.compress_size
            if packed > size:
                raise limits.refused(name, "shares its bytes with another member")
            if not name:
                raise limits.refused(member.filename, "is a member without a name")
            if name not in self._members:
                self._add(self.files, name)
                self._keep_raw(name, member)
            self._members[name] = member

    def _keep_raw(self, name: str, member: zipfile.ZipInfo) -> None:
        """The bytes of a name of which nothing says that it is UTF-8; zipfile reads them as the
        code page 437."""
        if not member.flag_bits & UTF_8 and not name.isascii():
            self.raw[name] = member.orig_filename.encode("cp437", "replace")

    def size(self, name: str) -> int:
        """See :class:`kdlab.data.own.sources.Source`; a member never yields more than it says."""
        return self._members[name].file_size

    def read(
        self, wanted: Sequence[str], most: int | None = None
    ) -> Iterator[tuple[str, bytes] | None]:
        """In the archive's order."""
        for name in sorted(wanted, key=lambda name: self._members[name].header_offset):
            member = self._members[name]
            limits.check_file_size(name, member.file_size)
            with limits.readable(self._path):
                if most is None:
                    data = self._unpacked(member)
                else:
                    with self._archive.open(member) as file:
                        data = file.read(min(most, CHUNK_BYTES))
            yield name, data

    def _unpacked(self, member: zipfile.ZipInfo) -> bytes:
        """All of a member; zipfile stops at the declared size and checks the CRC there."""
        data = bytearray()
        with self._archive.open(member) as file:
            while chunk := file.read(CHUNK_BYTES):
                data += chunk
        if len(data) != member.file_size:
            raise zipfile.BadZipFile(f"{member.filename[:80]!r} is shorter than it says")
        return bytes(data)


def check_list(file: BinaryIO, path: Path) -> None:
    """Refuse a zip, ``file`` at ``path``, whose list of files alone would fill the memory.

    Its size stands in the last record: "PK 5 6" (APPNOTE 4.3.16), or "PK 6 6" (4.3.14) for large
    archives. The locator "PK 6 7" before the last record points to that one, but zipfile takes what
    lies just before the locator: both are looked at.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 22 - 0xFFFF - 20 - 56))
    tail = file.read()
    at = len(tail) - 22
    if at < 0 or tail[at : at + 4] != b"PK\5\6" or tail[-2:] != b"\0\0":
        at = tail.rfind(b"PK\5\6")  # a comment follows the record
    if at < 0 or len(tail) < at + 22:
        raise zipfile.BadZipFile("its end is missing")
    listed = struct.unpack_from("<L", tail, at + 12)[0]
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\6\7":
        file.seek(struct.unpack_from("<Q", tail, at - 12)[0])
        records = [
            record
            for record in (file.read(56), tail[max(0, at - 76) : at - 20])
            if len(record) == 56 and record[:4] == b"PK\6\6"
        ]
        if records:
            listed = max(struct.unpack_from("<Q", record, 40)[0] for record in records)
    if listed > limits.MAX_LIST_BYTES:
        raise limits.too_many_files(path.name)


def _unusual(name: str, kind: int) -> ArchiveError:
    return ArchiveError(
        f"{name[:80]!r} is packed with the compression method {kind}",
        "zips that are stored or deflated, the default of common programs",
        "Make the zip again with the usual compression",
    )
