"""Labels and sentences in the language that is spoken now.

English words in code are their own keys: ``say("Train")``; with numbers in them ``say("{count}
seeds", count=5)``. ``assets/text/<language>/labels.json`` has the same in another language; what it
lacks stays English, and a test names it. Longer texts are files of their own in that folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "zh": "中文"}
"""Language, as in the names of folders and in links, -> what it calls itself."""
FOLDER = Path(__file__).parents[2] / "assets" / "text"

_spoken: ContextVar[str | None] = ContextVar("language", default=None)
_asked: list[Callable[[], str]] = []


def language() -> str:
    """The language that this thread speaks now: as :func:`speaking` says, else what the pages know
    of whoever is in front of them, else English."""
    told = _spoken.get()
    if told is not None:
        return told
    return _asked[-1]() if _asked else ENGLISH


def ask(who: Callable[[], str]) -> None:
    """From now on ``who`` knows which language is spoken where nothing else is said: a part of a
    page that is drawn by itself, and what is done when a button is pressed, run in no block of
    :func:`speaking`."""
    _asked[:] = [who]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """What is said inside is said in ``language``, one of :data:`LANGUAGES`."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def say(english: str, /, *, about: str = "", **values: Any) -> str:
    """These words in the language that is spoken now, with ``values`` in place of their names in
    braces. One English word may be several elsewhere: ``say("points", about="measure")`` is looked
    up as "measure: points"."""
    known = catalogue(language())
    found = known.get(f"{about}: {english}" if about else english, english)
    return found.format(**values) if values else found


@cache
def catalogue(language: str) -> dict[str, str]:
    """English words -> those of ``language``; empty of English."""
    path = FOLDER / language / "labels.json"
    if language == ENGLISH or not path.is_file():
        return {}
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found
