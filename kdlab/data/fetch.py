"""Files from the network: streamed, counted, checked, and only then given their name.

The bytes go to a temporary name beside the place where they belong and are renamed once their
digest is right, so that a killed download, or two at once, leaves whole files or none.
"""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kdlab.errors import DownloadError, StoreError
from kdlab.events import Progress

CHUNK_BYTES = 256 * 1024
MAX_BYTES = 1024**3
"""Twice the largest file that the lab fetches; a source that sends more is not the right one."""
TIMEOUT_SECONDS = 30


DIGESTS = {"md5": "MD5", "sha256": "SHA-256"}


@dataclass(frozen=True)
class Remote:
    """A published file: its name, its digest or how that begins, where it can be had, best address
    first, and what kind of digest it is."""

    name: str
    digest: str
    urls: tuple[str, ...]
    kind: Literal["md5", "sha256"] = "md5"

    def is_at(self, path: Path) -> bool:
        """Whether ``path`` is this file, and can be read."""
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(
                    file, lambda: hashlib.new(self.kind, usedforsecurity=False)
                )
        except OSError:
            return False
        return found.hexdigest().startswith(self.digest)


def unwritable(folder: Path, error: OSError) -> StoreError:
    """The error for a data folder that refuses a file."""
    return StoreError(
        f"the data folder {folder} cannot be written ({error.strerror or error})",
        "a folder that this user may write to, with 1 GB of free space",
        "Set the environment variable KDLAB_DATA to such a folder and start the lab again",
    )


def fetch(
    remote: Remote, folder: Path, place: Path, together: Sequence[Remote] = ()
) -> Iterator[Progress]:
    """Bring ``remote`` into the existing ``folder``; yields bytes done and, where known, in all.

    DownloadError names every address that failed and why, and ``place``, into which the file can be
    put by hand, with those that belong ``together``; StoreError where ``folder`` refuses.
    """
    failures = []
    for url in remote.urls:
        part = folder / f"{remote.name}.part"
        try:
            yield from _stream(url, part, f"downloading {remote.name}")
        except _SourceError as error:
            failures.append(f"{url}: {error}")
            continue
        yield Progress(stage=f"checking {remote.name}")
        if remote.is_at(part):
            part.replace(folder / remote.name)
            return
        digest = DIGESTS[remote.kind]
        failures.append(f"{url}: the file sent is not the published one (its {digest} differs)")
    names = [each.name for each in together or (remote,)]
    files, them = ("files", "these files") if len(names) > 1 else ("file", "the file")
    raise DownloadError(
        f"{remote.name} could not be downloaded ({'; '.join(failures)})",
        "a network connection to one of these addresses, or the published "
        f"{files} {', '.join(names)} in {place}",
        f"Check the connection and try again, or copy {them} into {place} by hand; the environment "
        "variable KDLAB_DATA names another folder",
    )


class _SourceError(Exception):
    """One address did not deliver."""


def _stream(url: str, part: Path, stage: str) -> Iterator[Progress]:
    """Write what ``url`` sends to ``part``; the network's errors kept apart from the disk's."""
    done = 0
    try:
        file = part.open("wb")
    except OSError as error:
        raise unwritable(part.parent, error) from None
    with file:
        for chunk, total in _chunks(url):
            try:
                file.write(chunk)
            except OSError as error:
                raise unwritable(part.parent, error) from None
            done += len(chunk)
            if done > MAX_BYTES:
                raise _SourceError(f"it sends more than {MAX_BYTES >> 20} MB")
            yield Progress(stage=stage, done=done, total=total)


def _chunks(url: str) -> Iterator[tuple[bytes, int]]:
    """(bytes, length of the whole file or 0) until the file ends."""
    request = urllib.request.Request(url, headers={"User-Agent": "kdlab"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            total = int(response.headers.get("Content-Length") or 0)
            while chunk := response.read(CHUNK_BYTES):
                yield chunk, total
    except urllib.error.URLError as error:
        raise _SourceError(str(error.reason)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _SourceError(str(error) or type(error).__name__) from None
