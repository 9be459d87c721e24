"""A file of somebody's own as text: decoded, cut into lines, and refused where it is none.

::

    bytes ── decoded ──> text ── lines ──> strings of at most LONGEST characters
               |                   |
               └── refused: binary └── refused: too few, too short

Nothing is guessed: UTF-8 is what every editor writes unless told otherwise, and UTF-16 says so
itself. In an encoding that was guessed wrongly every second letter of the answers would be wrong.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from kdlab.data.accepted import TEXT
from kdlab.errors import DataError
from kdlab.system.files import regular

LEAST_LINES = 20
LEAST_CHARACTERS = 500
"""Different lines, and characters in all: fewer could not be cut into three parts that tell
anything, and hold no more than :data:`LEAST_CHARACTERS` questions."""
LONGEST = 1000
"""Characters of a string; longer lines become several."""
SEARCHED = 200
"""Of so many characters before the cut a space is looked for, so that no word is cut."""
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
"""How files begin that say in which encoding they are (Unicode 15, section 23.8)."""

ALLOWED = "plain text in UTF-8, or in UTF-16 with a byte order mark, without bytes of value 0"
SAVE = "Save it as plain text in UTF-8"


@dataclass(frozen=True)
class Lines:
    """The strings of a text, in its order, and what was done to get them."""

    strings: tuple[str, ...]
    lines: int
    """That are not empty."""
    empty: int
    cut: int
    """Lines that were longer than LONGEST."""
    encoding: str


def path_of(typed: str) -> Path:
    """What is named by ``typed``; the home of a user that there is not stays as it is written."""
    path = Path(typed.strip())
    with contextlib.suppress(RuntimeError):
        return path.expanduser()
    return path


def read(path: Path) -> bytes:
    """All bytes of the file at ``path``; DataError where it is none, cannot be read, or is larger
    than a text may be, of which nothing is read."""
    try:
        if path.is_dir():
            raise DataError(f"{path.name or path} is a folder", "a .txt file", "Name the file")
        size = path.stat().st_size
        if size > TEXT.most_bytes:
            raise DataError(
                f"the text has {size / 1e6:,.1f} MB",
                f"at most {TEXT.most_bytes / 1e6:g} MB",
                "Keep only some of its lines",
            )
        with regular(path, int(TEXT.most_bytes)) as file:
            return file.read(int(TEXT.most_bytes))  # and no more, should it be growing
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(
            f"the text {path.name[:80]!r} cannot be read ({str(why)[:200]})",
            "the path of a .txt file on the machine that runs the lab",
            "Check the path",
        ) from None


def decoded(data: bytes) -> tuple[str, str]:
    """The text in ``data`` and its encoding; DataError where it is not text.

    >>> decoded("\\ufeffÄ".encode("utf-16-le"))
    ('Ä', 'UTF-16')
    """
    if not data:
        raise DataError("the text is empty", _least(), "Choose another file")
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    told = "UTF-16" if encoding == "utf-16" else "UTF-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"the file is not text: from byte {error.start + 1:,} on it is not {told}",
            ALLOWED,
            SAVE,
        ) from None
    if "\0" in text:
        count = text.count("\0")
        raise DataError(
            f"the file is not text: it has {count:,} byte{'s' * (count > 1)} of value 0, as binary "
            "files and UTF-16 without a byte order mark have",
            ALLOWED,
            SAVE,
        )
    return text, told


def lines(data: bytes) -> Lines:
    """The strings in the file ``data``. A line that only has spaces is empty; all others stay as
    they are, whatever characters they are of. DataError where they are too few."""
    text, encoding = decoded(data)
    every = text.splitlines()
    kept = [line for line in every if line.strip()]
    strings = [part for line in kept for part in pieces(line)]
    different, characters = min(len(set(kept)), len(set(strings))), sum(map(len, kept))
    if different < LEAST_LINES or characters < LEAST_CHARACTERS:
        same = ", each counted once" if different < len(kept) else ""
        raise DataError(
            f"the text has {_counted(different, 'line')} that {'is' if different == 1 else 'are'} "
            f"not empty{same}, of {_counted(characters, 'character')} in all",
            _least(),
            "Add lines, or break it into lines: each is one string, which a model learns to "
            "continue until its end",
        )
    cut = sum(len(line) > LONGEST for line in kept)
    return Lines(tuple(strings), len(kept), len(every) - len(kept), cut, encoding)


def pieces(line: str) -> list[str]:
    """``line`` itself, or where it is too long its parts, cut at spaces where there are some."""
    found = []
    while len(line) > LONGEST:
        space = line.rfind(" ", LONGEST - SEARCHED, LONGEST + 1)
        end = space if space > 0 else LONGEST
        found.append(line[:end])
        line = line[end + (space > 0) :]
    if line.strip():
        found.append(line)
    return found


def _least() -> str:
    return f"at least {LEAST_LINES} different lines and {LEAST_CHARACTERS} characters"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
