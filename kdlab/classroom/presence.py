"""Who is in a room: written now and then, counted, and in the end making room for others.

A visitor is a cookie, and whoever wants can send a thousand of them: newcomers of a room are taken
at the pace of a large class, and a full one gives the places away of all who are not there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from kdlab.classroom import codes
from kdlab.classroom.database import Database
from kdlab.classroom.rates import Rate
from kdlab.errors import ClassError

MOST_VISITORS = 1_000
"""Of a room."""
MOST_NEW, NEW_SECONDS = 300, 60.0
"""So many come into a room within so long: a full lecture hall at the ring of its bell."""
WRITTEN_SECONDS, THERE_SECONDS, GONE_SECONDS = 20.0, 60.0, 3600.0
"""That somebody is there is written so often; for so long after that he counts as there; and after
so long he has left."""


class Presence:
    """Those in all rooms of ``file``, each by the mark that stands for him in a room: rooms are
    called by their codes as they are kept."""

    def __init__(
        self, file: Database, clock: Callable[[], float], ticks: Callable[[], float]
    ) -> None:
        self._file, self._clock = file, clock
        self._written = Rate(1, WRITTEN_SECONDS, ticks)
        self._new = Rate(MOST_NEW, NEW_SECONDS, ticks)

    def since(self) -> float:
        """Whoever was seen later is there."""
        return self._clock() - THERE_SECONDS

    def here(self, room: str, who: str) -> None:
        """He has a page of the room open. Written at most every WRITTEN_SECONDS. ClassError where
        there is no such room, or none for him."""
        if not self._written.takes((room, who)):
            return
        try:
            self.admit(room, who)
            with self._file.changing() as file:
                if file.execute("SELECT 1 FROM room WHERE code = ?", (room,)).fetchone() is None:
                    raise codes.no_room()
                self.enter(file, room, who)
        except BaseException:
            self._written.forget((room, who))
            raise

    def admit(self, room: str, who: str) -> None:
        """ClassError where he is new, and too many have come just now. Before the file is changed:
        a crowd holds nobody up who is in the room."""
        if self._seen(room, who) is None and not self._new.takes(room):
            raise ClassError(
                f"more than {MOST_NEW} people joined within a minute",
                f"{MOST_NEW} in {NEW_SECONDS:.0f} seconds",
                "Try again in a minute",
            )

    def enter(self, file: sqlite3.Connection, room: str, who: str) -> None:
        """He is there. ClassError where the room is full."""
        now = self._clock()
        if file.execute("UPDATE present SET seen = ? WHERE code = ? AND who = ?",
                        (now, room, who)).rowcount:  # fmt: skip
            return
        count = "SELECT COUNT(*) FROM present WHERE code = ?"
        if file.execute(count, (room,)).fetchone()[0] >= MOST_VISITORS:
            file.execute("DELETE FROM present WHERE code = ? AND seen <= ?", (room, self.since()))
            if file.execute(count, (room,)).fetchone()[0] >= MOST_VISITORS:
                raise ClassError(
                    f"{MOST_VISITORS:,} visitors are in this class",
                    f"{MOST_VISITORS:,} in a class",
                    "Try again later, or ask for another class",
                )
        file.execute("INSERT INTO present VALUES (?, ?, ?)", (room, who, now))

    def is_member(self, room: str, who: str) -> bool:
        """Whether he was in the room within GONE_SECONDS."""
        seen = self._seen(room, who)
        return seen is not None and seen > self._clock() - GONE_SECONDS

    def there(self, file: sqlite3.Connection, room: str) -> set[str]:
        """Who is there now."""
        found = file.execute(
            "SELECT who FROM present WHERE code = ? AND seen > ?", (room, self.since())
        )
        return {who for (who,) in found}

    def _seen(self, room: str, who: str) -> float | None:
        found = self._file.look("SELECT seen FROM present WHERE code = ? AND who = ?", (room, who))
        return None if found is None else float(str(found[0]))
