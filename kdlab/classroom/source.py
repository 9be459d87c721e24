"""A room as something to watch: whatever anybody changes in it, all its pages are told."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kdlab.classroom import codes
from kdlab.classroom.room import Room, Tally
from kdlab.classroom.store import Classroom
from kdlab.errors import KdlabError
from kdlab.hosting.visitor import Visitor
from kdlab.streams.source import Told

LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Now:
    """A room as it is now, and the tally of what is asked; no room where it was forgotten."""

    room: Room | None = None
    tally: Tally = field(default_factory=Tally)


class RoomSource:
    """The room ``code``. As long as ``visitor`` watches it he counts as there (None: somebody who
    does not count, as the instructor). All who watch one room share one look into the file."""

    seconds = LOOK_SECONDS

    def __init__(self, rooms: Classroom, code: str, visitor: Visitor | None = None) -> None:
        self._rooms, self._visitor = rooms, visitor
        self._code = codes.typed(code) or ""
        self._mark: tuple[int, int, int] | None = None
        self._now = Now()
        self.look()

    @property
    def key(self) -> tuple[str, str]:
        """The room's code."""
        return "class", self._code

    @property
    def told(self) -> Told:
        """A :class:`Now`, as the history of views."""
        return Told(self._now, 0)

    @property
    def over(self) -> bool:
        """Whether the room was forgotten."""
        return self._now.room is None

    def listen(self, call: Callable[[], None]) -> None:
        """Other processes change it, too: it is looked at."""

    def look(self) -> bool:
        """Read it where its revision, or how many are there or have not answered, is another
        one. A file that cannot be read now is read later."""
        try:
            mark = self._rooms.revision(self._code)
            if mark == self._mark:
                return False
            found = Now() if mark is None else Now(*self._rooms.state(self._code))
        except KdlabError:
            return False
        self._mark = mark
        before, self._now = self._now, found
        return before != found

    def joined(self, other: Any) -> None:
        """Another page watches the room."""

    def left(self, other: Any) -> None:
        """A page watches it no more."""

    def unlisten(self) -> None:
        """Nobody was called."""

    def renew(self) -> None:
        """The visitor is there."""
        if self._visitor is not None:
            with contextlib.suppress(KdlabError):
                self._rooms.here(self._code, self._visitor)
