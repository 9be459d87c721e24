"""A folder, a zip or a tar as one thing: a list of files, and their bytes.

Archives come from anybody, so nothing is ever unpacked to disk and nothing is read before its size
is known: a bomb is refused while it is still a number. Limits are on what is declared *and* on what
is really read.
"""

from __future__ import annotations

import gzip
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

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


class Source(Protocol):
    """Where images come from. Paths have forward slashes and are relative to the source."""

    files: list[str]
    """Every regular file."""
    folders: list[str]
    """Every folder that is listed as such; archives may leave them out."""

    def read(self, wanted: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """The bytes of ``wanted``, in the order in which the source has them."""
        ...


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """Open the folder or archive called ``name`` by its content, not by its ending.

    ArchiveError where it does not exist, is of another kind, is damaged or exceeds a limit.
    """
    if not name.strip():
        raise ArchiveError(
            "no image folder was named",
            "the path of a folder, .zip, .tar or .tar.gz on the machine that runs the lab",
            "Type its path",
        )
    path = Path(name.strip()).expanduser()
    try:
        if path.is_dir():
            yield FolderSource(path)
        elif not path.is_file():
            raise ArchiveError(
                f"{path} does not exist here",
                "a folder, .zip, .tar or .tar.gz on the machine that runs the lab",
                "Check the path",
            )
        elif _starts_with(path, b"PK"):
            _check_list_of_zip(path)
            with zipfile.ZipFile(path) as archive:
                yield ZipSource(archive, path.stat().st_size)
        else:
            packed = _starts_with(path, b"\x1f\x8b")
            with path.open("rb") as raw, gzip.GzipFile(fileobj=raw) if packed else raw as stream:
                limited: Any = _Limited(stream, path.stat().st_size)
                with tarfile.open(fileobj=limited, mode="r:") as tar:
                    yield TarSource(tar)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, struct.error) as error:
        raise damaged(path, error) from None
    except (OSError, ValueError, NotImplementedError, RuntimeError) as error:
        # What zipfile and tarfile raise on nonsense, on encryption and on unknown compression.
        raise damaged(path, error) from None


def damaged(path: Path, error: Exception) -> ArchiveError:
    """The error for something that cannot be opened or read to its end."""
    return ArchiveError(
        f"{path.name} cannot be read ({str(error).rstrip('.') or type(error).__name__})",
        "a folder, or an undamaged .zip, .tar or .tar.gz without a password",
        "Make the archive again, or give the folder itself",
    )


class FolderSource:
    """A folder of this machine. Links to files are followed, links to folders are not."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[str] = []
        self.folders: list[str] = []
        for here, folders, files in os.walk(root, onerror=_raise):
            base = Path(here).relative_to(root)
            folders.sort()
            self.folders += [(base / folder).as_posix() for folder in folders]
            self.files += [(base / file).as_posix() for file in sorted(files)]
            if len(self.files) > MAX_FILES:
                raise _too_many_files(root.name)

    def read(self, wanted: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """See :class:`Source`."""
        for name in wanted:
            path = self.root / name
            if not stat.S_ISREG(path.stat().st_mode):  # opening a named pipe would wait for ever
                raise _refused(name, "is not a regular file")
            _check_file_size(name, path.stat().st_size)
            yield name, path.read_bytes()


class ZipSource:
    """A zip of ``packed_size`` bytes."""

    def __init__(self, archive: zipfile.ZipFile, packed_size: int) -> None:
        self._archive = archive
        self._members: dict[str, zipfile.ZipInfo] = {}
        self.folders: list[str] = []
        total = 0
        for member in archive.infolist():
            name = _safe(member.filename)
            if member.is_dir():
                self.folders.append(name)
                continue
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG):
                raise _refused(name, "is a link or a device")
            if member.flag_bits & 1:
                raise _refused(name, "is encrypted")
            total += member.file_size
            _check_total(total, packed_size)
            self._members[name] = member
            if len(self._members) > MAX_FILES:
                raise _too_many_files(str(archive.filename))
        self.files = list(self._members)

    def read(self, wanted: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """See :class:`Source`. zipfile stops at the declared size and checks the CRC."""
        for name in sorted(wanted, key=lambda name: self._members[name].header_offset):
            member = self._members[name]
            _check_file_size(name, member.file_size)
            yield name, self._archive.read(member)


class TarSource:
    """A tar, whose stream is already :class:`_Limited`."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._members: dict[str, tarfile.TarInfo] = {}
        self.folders: list[str] = []
        for count, member in enumerate(archive):
            if count >= MAX_FILES:
                raise _too_many_files("the archive")
            name = _safe(member.name)
            if member.isdir():
                self.folders.append(name)
                continue
            if not member.isreg() or member.issparse():
                raise _refused(name, "is a link, a device or a sparse file")
            self._members[name] = member
        self.files = list(self._members)
        # tarfile takes whatever is not a header for the end; a whole tar ends in zeros.
        stream: Any = archive.fileobj
        stream.seek(archive.offset)
        if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise EOFError("it ends too early")

    def read(self, wanted: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """See :class:`Source`. In the stream's order: a gzip can only be read forwards."""
        for name in sorted(wanted, key=lambda name: self._members[name].offset_data):
            member = self._members[name]
            _check_file_size(name, member.size)
            file = self._archive.extractfile(member)
            assert file is not None, f"{name} was checked to be a regular file"
            data = file.read()
            if len(data) < member.size:
                raise EOFError(f"it ends in the middle of {name}")
            yield name, data


class _Limited:
    """A stream that refuses to go further, or to give more at once, than a sound archive would.

    tarfile reads long names and extended headers whole and passes over contents by reading them;
    both are bounded here, before the memory and the time are spent.
    """

    def __init__(self, stream: BinaryIO | gzip.GzipFile, packed_size: int) -> None:
        self._stream = stream
        self._packed_size = packed_size

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > MAX_FILE_BYTES:
            raise _refused("a part of the archive", f"has more than {MAX_FILE_BYTES >> 20} MB")
        data = self._stream.read(size)
        _check_total(self._stream.tell(), self._packed_size)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET:
            _check_total(offset, self._packed_size)
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    @property
    def closed(self) -> bool:
        return self._stream.closed


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _check_list_of_zip(path: Path) -> None:
    """Refuse a zip whose list of files alone would fill the memory.

    Its size stands in the last record: "PK 5 6" (APPNOTE 4.3.16), or "PK 6 6" (4.3.14) for large
    archives, which the locator "PK 6 7" before the last record points to.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 22 - 0xFFFF - 20))
        tail = file.read()
        at = len(tail) - 22
        if at < 0 or tail[at : at + 4] != b"PK\5\6" or tail[-2:] != b"\0\0":
            at = tail.rfind(b"PK\5\6")  # a comment follows the record
        if at < 0 or len(tail) < at + 22:
            raise zipfile.BadZipFile("its end is missing")
        (listed,) = struct.unpack_from("<L", tail, at + 12)
        if at >= 20 and tail[at - 20 : at - 16] == b"PK\6\7":
            file.seek(struct.unpack_from("<Q", tail, at - 12)[0])
            record = file.read(56)
            if len(record) == 56 and record[:4] == b"PK\6\6":
                (listed,) = struct.unpack_from("<Q", record, 40)
    if listed > MAX_LIST_BYTES:
        raise _too_many_files(path.name)


def _raise(error: OSError) -> None:
    raise error


def _safe(name: str) -> str:
    """A member's path with forward slashes; ArchiveError where it leaves the archive."""
    path = name.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    absolute = path.startswith("/") or (len(path) > 1 and path[1] == ":")
    if absolute or ".." in parts or "\0" in path:
        raise _refused(name, "points outside of the archive")
    return "/".join(parts)


def _refused(name: str, why: str) -> ArchiveError:
    return ArchiveError(
        f"{name[:80]!r} {why}",
        f"regular files of at most {MAX_FILE_BYTES >> 20} MB, with paths inside of the archive",
        "Make the archive again from a plain folder of images",
    )


def _check_file_size(name: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise _refused(name, f"has {size >> 20:,} MB")


def _check_total(total: int, packed_size: int) -> None:
    """``total`` bytes unpacked so far or declared, out of ``packed_size``."""
    bomb = total > RATIO_FREE_BYTES and total > MAX_RATIO * packed_size
    if total > MAX_TOTAL_BYTES or bomb:
        raise ArchiveError(
            f"the archive of {packed_size / 1024**2:,.1f} MB unpacks to more than "
            f"{min(total, MAX_TOTAL_BYTES) >> 20:,} MB",
            f"at most {MAX_TOTAL_BYTES >> 30} GB, and {MAX_RATIO} times the archive's size",
            "Make the images smaller or fewer",
        )


def _too_many_files(name: str) -> ArchiveError:
    return ArchiveError(
        f"{Path(name).name} has more than {MAX_FILES:,} files",
        f"at most {MAX_FILES:,}",
        "Leave out what is not needed",
    )
