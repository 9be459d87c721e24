"""Lessons that people bring: kept once, and named by what is in them.

``<home>/lessons/own-<first 16 hex digits of the SHA-256>.md`` is the lesson ``own-<...>`` in links.
The name holds no path, so that a link opens this lesson or none; it is listed to nobody, and opened
by whoever has its link. A file with mistakes is not kept. What one visitor brings is counted in
his share, as all that he loads (:mod:`kdlab.hosting.quota`). What the owner of the machine puts
into that folder under a name of its own is a lesson for everybody: :mod:`kdlab.lessons.shelf`.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from kdlab.errors import LessonError
from kdlab.hosting import accounts, class_rights, in_use, quota
from kdlab.lessons.lesson import Lesson
from kdlab.lessons.places import Places
from kdlab.lessons.reading import read
from kdlab.system import files
from kdlab.system.paths import check_writable, default_home, refuses

KIND = "lessons"
PREFIX = "own-"
ENDING = ".md"
MOST_BYTES = 200_000
MOST = 50
"""Lessons of one visitor."""
_NAME = re.compile(rf"{PREFIX}[0-9a-f]{{16}}")


def is_own(name: str) -> bool:
    """Whether ``name`` is that of a lesson which somebody brought."""
    return _NAME.fullmatch(name) is not None


def decoded(content: bytes, title: str) -> str:
    """The text of a file that its holder calls ``title``; LessonError where it cannot be one."""
    shown = _shown(title)
    if not content.strip():
        raise _refused(f"{shown} is empty", "Choose another file")
    check_size(title, len(content))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused(
            f"{shown} is no text in UTF-8: line {line} has a byte that cannot be read",
            "Save it as plain text, in the encoding UTF-8",
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _refused(
            f"{shown} is no text: line {line} has a character that no text has (NUL)",
            "Choose the Markdown file of the lesson",
        )
    return text


def check_size(title: str, size: int) -> None:
    """LessonError where a file of ``size`` bytes is too large for a lesson."""
    if size > MOST_BYTES:
        raise LessonError(
            f"{_shown(title)} has {size:,} bytes",
            f"at most {MOST_BYTES:,} bytes",
            "Split it into several lessons",
        )


def checked(content: bytes, title: str, places: Places) -> Lesson:
    """The lesson in a file; LessonError with all of its mistakes. Nothing is kept."""
    return read(name_of(content), decoded(content, title), places)


def keep(content: bytes, title: str, places: Places) -> str:
    """Keep a lesson that has no mistakes, and return its name. LessonError where it has some, or
    where whoever brings it has brought too many; StoreError where the folder takes no file,
    ClassError where a class may load nothing."""
    class_rights.check("uploads")
    checked(content, title, places)
    home, name = default_home(), name_of(content)
    path = path_of(name)
    if path.is_file():
        in_use.renew(path)
        return name
    check_writable(path.parent)
    _check_number(home)
    try:
        with quota.writing(home, KIND, path.name, [len(content)]):
            files.write(path, content)
    except OSError as error:
        raise refuses(path.parent, error) from None
    return name


def name_of(content: bytes) -> str:
    """What a lesson with this content is called."""
    return PREFIX + hashlib.sha256(content).hexdigest()[:16]


def path_of(name: str) -> Path:
    """Where the lesson ``name`` of somebody's lies, or would lie."""
    return default_home() / KIND / f"{name}{ENDING}"


def _check_number(home: Path) -> None:
    """Each visitor has a number of them: a folder of a million small files is slow for all."""
    whose = accounts.current()
    if whose == accounts.OWNER:
        return
    known = accounts.names(home, KIND)
    mine = sum(accounts.holder(home, KIND, each) == whose for each in known)
    if mine >= MOST:
        raise LessonError(
            f"{mine} of your lessons are kept here already",
            f"at most {MOST} for one visitor",
            "Put several exercises into one lesson, or ask whoever runs this server",
        )


def _refused(received: str, todo: str) -> LessonError:
    return LessonError(received, "a lesson as a Markdown file in UTF-8 (.md)", todo)


def _shown(title: str) -> str:
    """A name of somebody's file as it can stand in a sentence."""
    return "".join(c if c.isprintable() else "?" for c in title)[:80] or "a file without a name"
