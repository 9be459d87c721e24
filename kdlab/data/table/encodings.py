"""The bytes of a file as UTF-8: in which encoding it is, told by itself, by its bytes or by its
owner.

UTF-8 and UTF-16 with a mark say so themselves. Everything else is recognised from the words that
are beyond ASCII, as names in archives are, and told, so that nothing is garbled silently.
"""

from __future__ import annotations

import re

from kdlab.data.own.spelling import ENCODINGS, recognise
from kdlab.errors import DataError

MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
"""How files begin that say in which encoding they are (Unicode 15, section 23.8)."""
TOLD = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "latin-1": "Latin-1",
    **{name: words for name, words in ENCODINGS.items() if name != "utf-8"},
}
LOOKED_AT = 1_000_000
"""Bytes around the first that is no UTF-8."""
ALLOWED = "text in UTF-8, UTF-16, Windows 1252 (cp1252) or Latin-1"
SAVE = "Save the table as CSV in UTF-8, or set encoding"
_BETWEEN = re.compile(rb'[\r\n,;\t|"]+')


def to_utf8(data: bytes, asked: str = "") -> tuple[bytes, str]:
    """``data`` in UTF-8 without a mark, and a sentence on its encoding where that is another;
    DataError where it is not in the encoding that was ``asked`` for, or in none that is known."""
    return decoded(data, asked)[:2]


def decoded(data: bytes, asked: str = "") -> tuple[bytes, str, str]:
    """As :func:`to_utf8`, and what Python calls the encoding of ``data`` as it is, with a mark
    or without."""
    marked = next(((mark, name) for mark, name in MARKS if data.startswith(mark)), None)
    encoding = asked
    if marked and asked in ("", "utf-8", "utf-16") and marked[1].startswith(asked):
        data, encoding = data[len(marked[0]) :], marked[1]
    if encoding == "utf-16":
        encoding = _half(data)
    found = encoding or _recognised(data)
    if found == "utf-8":
        _check_utf8(data)
        return data, "", "utf-8-sig"
    try:
        text = data.decode(found)
    except UnicodeDecodeError as error:
        raise DataError(
            f"line {_line(data, error.start):,} of the file is not in {TOLD.get(found, found)}",
            ALLOWED,
            SAVE,
        ) from None
    what = "is in" if encoding else "does not say its encoding and was read as"
    python = "utf-16" if marked and found == marked[1] else found
    return text.encode("utf-8", "replace"), f"The file {what} {TOLD.get(found, found)}", python


def _check_utf8(data: bytes) -> None:
    at = _not_utf8(data)
    if at is not None:
        line = _line(data, at)
        raise DataError(f"line {line:,} of the file is not in UTF-8", ALLOWED, SAVE)


def _not_utf8(data: bytes) -> int | None:
    """Where ``data`` stops being UTF-8."""
    if data.isascii():
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def _recognised(data: bytes) -> str:
    """The encoding of bytes that do not tell it."""
    at = _not_utf8(data)
    if at is None:
        half = data[:4096]
        return _half(data) if len(half) > 1 and 3 * half.count(0) > len(half) else "utf-8"
    near = data[max(0, at - LOOKED_AT) : at + LOOKED_AT]
    if 3 * near[:4096].count(0) > len(near[:4096]):
        return _half(data)
    found = recognise(_BETWEEN.split(near)).encoding
    if found in (None, "utf-8", "cp437", "cp850"):  # signs alone (€, “), which DOS has not
        found = "cp1252"
    try:
        data.decode(found)
    except UnicodeDecodeError:
        raise DataError(
            f"line {_line(data, at):,} of the file is not in UTF-8, and in no other encoding that "
            "is recognised",
            ALLOWED,
            SAVE,
        ) from None
    return found


def _half(data: bytes) -> str:
    """Which half of each two bytes comes first: of most text the other one is often 0."""
    return "utf-16-be" if data[0:4096:2].count(0) > data[1:4096:2].count(0) else "utf-16-le"


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1
