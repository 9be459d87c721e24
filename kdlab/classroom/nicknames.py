"""What a visitor wants to be called in a room: kept with each of his answers, whichever came
first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from kdlab.classroom import codes, texts
from kdlab.classroom.database import Database
from kdlab.classroom.rates import Rate
from kdlab.errors import ClassError
from kdlab.hosting.visitor import Visitor

MOST_CHANGES, CHANGES_SECONDS = 5, 5.0


class Nicknames:
    """Those in ``file``; ``ticks`` gives seconds of this process."""

    def __init__(self, file: Database, ticks: Callable[[], float]) -> None:
        self._file = file
        self._changes = Rate(MOST_CHANGES, CHANGES_SECONDS, ticks)

    def of(self, code: str, visitor: Visitor) -> str:
        """What this visitor is called in the room; empty where he has no name, or no answer."""
        if (room := codes.typed(code)) is None:
            return ""
        with self._file.reading() as file:
            return known(file, room, codes.mark(room, visitor))

    def put(self, code: str, visitor: Visitor, nickname: str) -> str:
        """From now on his answers there have this name, those that he has given too; as it is kept,
        empty for none. ClassError where it cannot be one, or where he changes it all the time."""
        nickname = texts.nickname(nickname)
        if (room := codes.typed(code)) is None:
            return nickname
        who = codes.mark(room, visitor)
        if not self._changes.takes((room, who)):
            raise ClassError(
                "the nickname was changed several times within a second",
                f"{MOST_CHANGES} in {CHANGES_SECONDS:g} seconds",
                "Wait a moment, then type it again",
            )
        with self._file.changing() as file:
            file.execute(
                "UPDATE answer SET nickname = ? WHERE code = ? AND who = ?", (nickname, room, who)
            )
        return nickname


def known(file: sqlite3.Connection, room: str, who: str) -> str:
    """What whoever has this mark is called by his last answer; empty where he has no name."""
    found = file.execute(
        "SELECT nickname FROM answer WHERE code = ? AND who = ? ORDER BY number DESC LIMIT 1",
        (room, who),
    ).fetchone()
    return "" if found is None else str(found[0])
