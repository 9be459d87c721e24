"""All lessons that this lab has: those that come with it, those in its home, and a folder of the
instructor's. A file with mistakes is told, and takes no other down.

::

    assets/lessons/<language>/*.md      come with the lab
    KDLAB_HOME/lessons/*.md             brought here
    KDLAB_LESSONS/*.md                  a folder that the variable names; wins over both
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kdlab.errors import LessonError
from kdlab.hosting import in_use
from kdlab.lessons import own, reading
from kdlab.lessons.lesson import Lesson
from kdlab.lessons.places import Places, quoted
from kdlab.system import files, paths
from kdlab.translation import ENGLISH

BUNDLED = Path(__file__).parents[2] / "assets" / "lessons"
VARIABLE = "KDLAB_LESSONS"
MOST_LESSONS = 200
"""Files of a folder that are read."""
ORDER = ("soft-targets", "when-does-a-teacher-help", "temperature-and-alpha",
         "five-ways-to-do-it-wrong", "how-sure-is-a-gain", "small-enough-for-a-phone",
         "language-models")  # fmt: skip
"""The lab's own come in this order; all others after them, by title."""
_kept: OrderedDict[tuple[Path, str, int, int], Lesson | LessonError] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Shelf:
    """Lessons by name, and files with mistakes: path -> error."""

    lessons: dict[str, Lesson] = field(default_factory=dict)
    wrong: dict[Path, LessonError] = field(default_factory=dict)


def home() -> Path:
    """Where lessons that are brought are kept."""
    return paths.default_home() / "lessons"


def folder() -> Path | None:
    """The instructor's own folder, where the variable names one."""
    named = os.environ.get(VARIABLE, "").strip()
    return paths.expanded(named) if named else None


def shelf(places: Places, language: str = ENGLISH) -> Shelf:
    """All lessons. One that is there in ``language`` is shown in it, else in English."""
    lessons: dict[str, Lesson] = {}
    wrong: dict[Path, LessonError] = {}
    for path, spoken in _files(language):
        found = _read(path, places, spoken)
        if isinstance(found, Lesson):
            lessons[found.name] = found
        else:
            wrong[path] = found
    return Shelf(dict(sorted(lessons.items(), key=_place)), wrong)


def lesson(name: str, places: Places, language: str = ENGLISH) -> Lesson | None:
    """The lesson of that name; None where there is none, or where its file has mistakes. What
    somebody brought is opened by its name, and was used now."""
    if not own.is_own(name):
        return shelf(places, language).lessons.get(name)
    brought = own.path_of(name)
    found = _read(brought, places, "")
    in_use.renew(brought)
    return found if isinstance(found, Lesson) else None


def path(name: str, language: str = ENGLISH) -> Path | None:
    """The file of that lesson; None where there is none."""
    return next((p for p, _ in reversed([*_files(language)]) if p.stem == name), None)


def _place(named: tuple[str, Lesson]) -> tuple[int, str]:
    name, found = named
    known = ORDER.index(name) if name in ORDER else len(ORDER)
    return known, "" if name in ORDER else found.title.casefold()


def _files(language: str) -> Iterator[tuple[Path, str]]:
    """(file, its language), later ones win; of what is somebody's own its title tells."""
    for spoken in dict.fromkeys((ENGLISH, language)):
        yield from ((path, spoken) for path in _listed(BUNDLED / spoken))
    for place in (home(), folder()):
        if place is not None:
            yield from ((path, "") for path in _listed(place))


def _listed(folder: Path) -> list[Path]:
    found = [
        path
        for path in files.listed(folder)
        if path.suffix == ".md" and not path.name.startswith(".") and not own.is_own(path.stem)
    ]
    return found[:MOST_LESSONS]


def _read(path: Path, places: Places, language: str) -> Lesson | LessonError:
    """As it is on the disk now; read again only when the file is another."""
    try:
        told = path.stat()
        key = (path, language, told.st_mtime_ns, told.st_size)
        with _lock:
            if key in _kept:
                _kept.move_to_end(key)
                return _kept[key]
        with files.regular(path, reading.LARGEST) as file:
            text = file.read().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return _unread(path, error)
    try:
        found: Lesson | LessonError = reading.read(path.stem, text, places, language)
    except LessonError as error:
        found = error
    with _lock:
        _kept[key] = found
        while len(_kept) > 4 * MOST_LESSONS:
            _kept.popitem(last=False)
    return found


def _unread(path: Path, error: OSError | UnicodeDecodeError) -> LessonError:
    if isinstance(error, OSError):
        why = error.strerror or str(error)
    else:
        why = f"it is no UTF-8 from byte {error.start} on"
    sentence = f"The file cannot be read: {why}."
    return LessonError(
        f"the lesson {quoted(path.stem)} cannot be read ({why})",
        "a text file in UTF-8",
        "Correct the file, or remove it from its folder",
        [sentence],
    )
