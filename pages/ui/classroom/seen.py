"""What the hub tells of a room, and the small functions that browsers are told by: their values
change without a run of any page."""

from __future__ import annotations

from typing import Any

from kdlab.classroom.room import Asked
from kdlab.classroom.source import Now
from kdlab.translation import say
from pages.ui.charts import tally as charts
from pages.ui.charts.traces import Dict
from pages.ui.classroom import words
from pages.ui.shell import prose
from pages.ui.stream import watching

CLASS, TURN = "class", "class_turn"
"""Under which name pages watch their room, and what they run for."""


def hush() -> None:
    """What this visitor is about to do in the room is no news to his page."""
    watching.hush(CLASS, TURN)


def turn(now: Now) -> list[Any]:
    """What a page draws differently, for :func:`watching.run_on`: no answer changes it, so forty
    answers run no page."""
    room = now.room
    if room is None:
        return []
    question = [room.asked.number, room.asked.phase] if room.asked is not None else []
    return [*question, room.sending, room.ended, room.title, sorted(room.allowed)]


def counted(now: Now) -> str:
    """How many have answered."""
    return "" if _asked(now) is None else prose.plain(words.counted(now.tally))


def waited(now: Now) -> str:
    """The same for the instructor, with how many have not."""
    asked = _asked(now)
    if asked is None:
        return ""
    told = words.counted(now.tally)
    if asked.phase == "open" and now.tally.there:
        told += say(" ") + words.missing(now.tally)
    return prose.plain(told)


def there(now: Now) -> str:
    """How many are in the room."""
    return prose.plain(words.present(now.tally))


def histogram(now: Now, mine: str = "") -> Dict:
    """The answers of the class."""
    return charts.histogram(_answers(now), mine)


def described(now: Now, mine: str = "") -> str:
    """The same in words."""
    return charts.describe(_answers(now), mine)


def _asked(now: Now) -> Asked | None:
    return None if now.room is None else now.room.asked


def _answers(now: Now) -> charts.Answers:
    asked = _asked(now)
    if asked is None:  # cleared while somebody watches
        return charts.Answers({"": ""}, {})
    return words.answers(asked, now.tally.counts)
