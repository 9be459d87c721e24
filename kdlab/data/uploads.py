"""Files that come through the browser, archives and texts: kept once, then named by what is in
them.

``<home>/uploads/<first 16 hex digits of the SHA-256>.zip`` is what ``upload:<...>.zip`` means in
the setting ``folder``. The name holds no path, so a link with it opens this file or none; on
another machine the same file, loaded there, gets the same name. What a visitor who has loaded it
calls it is shown to him and to the machine's owner: :mod:`kdlab.hosting.titles`. Which files are
taken for which data says :mod:`kdlab.data.accepted`.

What nobody has used for longest makes room for others: :mod:`kdlab.hosting.quota`.

Who types a path could look at whatever the server can read, so only its owner may (see
:mod:`kdlab.hosting`): everybody else has files that were loaded through the page, of the size
that :mod:`kdlab.hosting.limits` says. KDLAB_UPLOADS_ONLY=1 refuses paths to everybody, 0 to nobody.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

from kdlab.data.accepted import ALL, ARCHIVE, Accepted, of_name
from kdlab.errors import ArchiveError, KdlabError
from kdlab.hosting import class_rights, in_use, key, limits, quota, titles, visitor
from kdlab.system.paths import check_writable, default_home, refuses

MAX_BYTES = 2 * 1024**3
CHUNK_BYTES = 1 << 20
PREFIX = "upload:"
KIND = "uploads"
_MARK = "[0-9a-f]{16}"
_NAME = re.compile(
    rf"{_MARK}\.({'|'.join(re.escape(kind) for accepts in ALL for kind in accepts.kinds)})"
)
_UNFINISHED = ".part-"
_ELSEWHERE = re.compile(r"[\\/]([\\/]|\?\?)")
r"""\\host\share, //host/share, \\?\UNC\host and \??\UNC\host: Windows would sign in there with the
name and the password's hash of the user who runs the lab."""


def uploads_only() -> bool:
    """Whether a typed path is refused to whoever this is done for."""
    told = os.environ.get("KDLAB_UPLOADS_ONLY", "").strip().lower()
    if told:
        return told not in ("0", "no", "false")
    return not visitor.current().owner


def how_to_type() -> str:
    """What an owner does who may not type a path because he is taken for a visitor, to go after a
    sentence; empty where that is not why."""
    return "" if os.environ.get("KDLAB_UPLOADS_ONLY", "").strip() else key.for_owner()


def or_named(accepts: Accepted, how: str = "") -> str:
    """What else can be done than to load a file, to go after a sentence: a folder or a file is
    named (``how`` says in which way) by who may do so."""
    return how_to_type() if uploads_only() else f", or name a {accepts.place}{how}"


def most_bytes(accepts: Accepted = ARCHIVE) -> float:
    """Of a file that is loaded by whoever this is done for."""
    allowed = math.inf if visitor.current().owner else limits.told().upload_bytes
    return min(MAX_BYTES, accepts.most_bytes, allowed)


def check_size(
    name: str, size: int, error: type[KdlabError] = ArchiveError, accepts: Accepted = ARCHIVE
) -> None:
    """``error`` where a file ``name`` of ``size`` bytes is too large for whoever this is done
    for."""
    most = most_bytes(accepts)
    if size > most:
        more = key.for_owner() if most < min(MAX_BYTES, accepts.most_bytes) else ""
        raise error(
            f"{_printable(name)} has more than {_amount(most)}",
            f"a file of at most {_amount(most)}",
            "Make it smaller" + more,
        )


def _amount(size: float) -> str:
    """Bytes for people, as the limits are set: "2.1 GB", "50 MB"."""
    return f"{size / 1e9:.3g} GB" if size >= 1e9 else f"{size / 1e6:.3g} MB"


def keep(content: bytes | BinaryIO, name: str, accepts: Accepted = ARCHIVE) -> str:
    """Write a file aside, rename it into place, and return the value for ``folder``.

    ``content`` is read from its beginning; ``name`` is what its owner calls it, of which only the
    ending matters. ArchiveError where that is none of those that it ``accepts``, or the file is
    empty or too large; StoreError where the folder takes no file, or what is kept leaves no room
    for it, ClassError where whoever this is done for may load none. What is inside is checked when
    it is loaded.
    """
    class_rights.check("uploads")
    shown = _printable(name)
    kind = accepts.kind_of(name)
    if kind is None:
        raise ArchiveError(
            f"{shown} was loaded",
            f"{accepts.one} that ends in {accepts.endings}",
            accepts.pack,
        )
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if size > accepts.most_bytes:  # before a byte of it is read
        check_size(shown, size, accepts=accepts)
    home = default_home()
    folder = home / "uploads"
    check_writable(folder)
    if 0 < size <= most_bytes(accepts):  # what cannot be kept in any case makes no room
        quota.make_room(home, size)
    aside = folder / f"{_UNFINISHED}{uuid.uuid4().hex}"
    try:
        with in_use.using(home, KIND, aside.name, must=True):
            try:
                with open(aside, "xb", opener=_for_me) as part:
                    mark = _copy(stream, part, shown, accepts)
                with quota.keeping(home, KIND, f"{mark}.{kind}"):
                    aside.replace(folder / f"{mark}.{kind}")
            finally:
                aside.unlink(missing_ok=True)
        titles.keep(home, f"{mark}.{kind}", shown)
    except OSError as error:
        raise refuses(folder, error) from None
    return f"{PREFIX}{mark}.{kind}"


def title(folder: str) -> str:
    """What whom this is done for calls what a setting ``folder`` names: an upload as his file was
    called (others' names are not for him), and a path as it is."""
    value = folder.strip()
    name = value.removeprefix(PREFIX)
    if not value.startswith(PREFIX) or not _NAME.fullmatch(name):
        return value
    told = titles.of(default_home(), name)
    return _printable(told) if told else f"the {of_name(name).noun} {name[:8]}"


def allowed(folder: str, accepts: Accepted = ARCHIVE) -> None:
    """ArchiveError where a setting ``folder`` names what is not opened for whoever this is done
    for: a path, where only uploads are, or one that leads to another machine. Nothing is opened."""
    value = folder.strip()
    if value.startswith(PREFIX):
        return
    if uploads_only():
        raise ArchiveError(
            f"the {accepts.place} {_printable(value)!r} was typed"
            if value
            else f"no {accepts.noun} was loaded",
            f"on this server only {accepts.many} loaded through the page: {accepts.endings}",
            accepts.load + how_to_type(),
        )
    if elsewhere(value):
        raise ArchiveError(
            f"the {accepts.place} {_printable(value)!r} may lie on another machine",
            "a path on the machine that runs the lab, with one slash at its beginning",
            f"Copy the {accepts.content} to this machine",
        )


@contextlib.contextmanager
def in_hand(folder: str, accepts: Accepted = ARCHIVE) -> Iterator[str]:
    """:func:`resolve`, for whoever reads it inside: an upload is not removed meanwhile."""
    path = resolve(folder, accepts)
    if not folder.strip().startswith(PREFIX):
        yield path
        return
    with in_use.using(default_home(), KIND, Path(path).name):
        yield resolve(folder, accepts)  # it may just have gone


def resolve(folder: str, accepts: Accepted = ARCHIVE) -> str:
    """The path that a setting ``folder`` stands for; needs no access to anything but the uploads.

    An upload is marked as used now. ArchiveError where this machine has no such upload, where it
    is of another kind than what is accepted, and for what is not :func:`allowed`.
    """
    allowed(folder, accepts)
    value = folder.strip()
    if not value.startswith(PREFIX):
        return folder
    name = value.removeprefix(PREFIX)
    if not _NAME.fullmatch(name) or accepts.kind_of(name) is None:
        raise ArchiveError(
            f"the {accepts.place} is {_printable(value)!r}",
            f"{PREFIX} followed by 16 hexadecimal digits and {accepts.endings}",
            f"Load the {accepts.noun} again",
        )
    path = default_home() / "uploads" / name
    if not path.is_file():
        mark, kind = name.split(".", 1)
        raise ArchiveError(
            f"the upload {name} is not on this machine",
            f"{accepts.one} that was loaded here",
            f"Load it again: the .{kind} file whose SHA-256 begins with {mark}",
        )
    in_use.renew(path)
    return str(path)


def elsewhere(path: str) -> bool:
    """Whether opening ``path`` could sign in at another machine."""
    return bool(_ELSEWHERE.match(path.strip()))


def _for_me(path: str, flags: int) -> int:
    """Data of somebody's own are not for other users of the machine."""
    return os.open(path, flags, 0o600)


def _copy(stream: IO[bytes], part: IO[bytes], shown: str, accepts: Accepted) -> str:
    """Copy all of it; returns the first 16 hexadecimal digits of its SHA-256."""
    digest, done = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK_BYTES):
        done += len(chunk)
        check_size(shown, done, accepts=accepts)
        digest.update(chunk)
        part.write(chunk)
    if not done:
        raise ArchiveError(
            f"{shown} is empty", f"{accepts.one}: {accepts.endings}", "Choose another file"
        )
    return digest.hexdigest()[:16]


def _printable(text: str) -> str:
    """A visitor's text as it can be shown anywhere."""
    return "".join(c if c.isprintable() else "?" for c in text)[:80] or "a file without a name"
