"""All classes of a home: what everybody may do in a room, and the way to its instructor's actions.

Who instructs shows the room's secret, which stands in the address that was printed for him. It
follows from the home's key (:mod:`kdlab.hosting.key`), the room's code and a generation that a
renewal raises, so that whoever reads the file knows no secret. A browser keeps a pass that follows
from the same, instead of the secret.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from pathlib import Path

from kdlab.classroom import answers, codes, nicknames, rows, texts
from kdlab.classroom.database import NAME, Database
from kdlab.classroom.instructor import Instructor
from kdlab.classroom.presence import Presence
from kdlab.classroom.rates import Rate
from kdlab.classroom.room import Permission, Room, Tally
from kdlab.errors import ClassError
from kdlab.hosting import key
from kdlab.hosting.visitor import Visitor
from kdlab.system.paths import default_home

MOST_ROOMS = 50
"""Of a home."""
MOST_ANSWERS, ANSWERS_SECONDS = 2, 1.0


class Classroom:
    """All rooms of the file at ``path``; from any thread, beside any number of processes. ``clock``
    gives seconds since 1970, ``ticks`` those of this process."""

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = Database(path)
        self._clock = clock
        self._answers = Rate(MOST_ANSWERS, ANSWERS_SECONDS, ticks)
        self._presence = Presence(self._file, clock, ticks)
        self.nicknames = nicknames.Nicknames(self._file, ticks)

    @property
    def aside(self) -> Path | None:
        """Where a damaged file was moved to when this one was opened; None where there was none."""
        return self._file.aside

    # -- rooms ------------------------------------------------------------------------------

    def open_room(self, title: str = "") -> Room:
        """A new room, with a code that nobody guesses."""
        title = texts.title(title)
        with self._file.changing() as file:
            count = file.execute("SELECT COUNT(*) FROM room").fetchone()[0]
            if count >= MOST_ROOMS:
                raise ClassError(
                    f"there are {count} rooms", f"{MOST_ROOMS} in a home",
                    "Forget one: python -m kdlab class --forget CODE",
                )  # fmt: skip
            code = codes.made()
            row = (code, title, self._clock())
            file.execute("INSERT INTO room (code, title, opened) VALUES (?, ?, ?)", row)
            return _there(rows.room(file, code))

    def rooms(self) -> list[Room]:
        """All that can be read, the one that was opened last first."""
        with self._file.reading() as file:
            return rows.rooms(file)[0]

    def unreadable(self) -> list[str]:
        """The codes of rooms that another version of the lab wrote, or nobody: they can be renewed,
        ended and forgotten, and no more."""
        with self._file.reading() as file:
            return rows.rooms(file)[1]

    def room(self, code: str) -> Room | None:
        """The room with this code, in capitals or not; None where there is none."""
        if (typed := codes.typed(code)) is None:
            return None
        with self._file.reading() as file:
            return rows.room(file, typed)

    def revision(self, code: str) -> tuple[int, int, int] | None:
        """(The room's revision, how many are there, how many of them have not answered), at the
        price of one look into the file; None where there is no such room. What anybody can see has
        changed where this has: as one comes another may go, so that the first count stays."""
        statement = """
            SELECT revision,
                (SELECT COUNT(*) FROM present WHERE present.code = room.code AND seen > :since),
                (SELECT COUNT(*) FROM present WHERE present.code = room.code AND seen > :since
                    AND NOT EXISTS (SELECT 1 FROM answer WHERE answer.code = room.code
                        AND answer.number = room.asked AND answer.who = present.who))
            FROM room WHERE code = :code"""
        values = {"since": self._presence.since(), "code": codes.typed(code)}
        found = self._file.look(statement, values)
        if found is None:
            return None
        revision, there, waiting = (int(str(each)) for each in found)
        return revision, there, waiting

    # -- visitors ---------------------------------------------------------------------------

    def here(self, code: str, visitor: Visitor) -> None:
        """This visitor has a page of the room open. Written now and then."""
        room = _known(code)
        self._presence.here(room, codes.mark(room, visitor))

    def is_member(self, code: str, visitor: Visitor) -> bool:
        """Whether this visitor was in the room within the last hour."""
        room = codes.typed(code)
        return room is not None and self._presence.is_member(room, codes.mark(room, visitor))

    def answer(
        self, code: str, number: int, visitor: Visitor, value: str, nickname: str = ""
    ) -> None:
        """This visitor's answer to question ``number``, in place of an earlier one; he keeps his
        name where none is given. ClassError where it is none that the question allows, the question
        takes none, or they come too fast."""
        room = _known(code)
        who = codes.mark(room, visitor)
        if not self._answers.takes((room, who)):
            raise ClassError(
                "several answers were sent within a second",
                f"{MOST_ANSWERS} per second for one visitor",
                "Wait a moment, then answer again",
            )
        nickname = texts.nickname(nickname)
        self._presence.admit(room, who)
        with self._file.changing() as file:
            now = _there(rows.room(file, room))
            asked = now.asked
            if now.ended or asked is None or asked.number != number or asked.phase != "open":
                raise ClassError(
                    "the question is closed",
                    "an answer while its question is open",
                    "Wait for the next question",
                )
            value = answers.checked(asked.what, value)
            self._presence.enter(file, room, who)
            name = nickname or nicknames.known(file, room, who)
            file.execute(
                "INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "value = excluded.value, nickname = excluded.nickname, at = excluded.at",
                (room, number, who, value, name, self._clock()),
            )
            file.execute("UPDATE room SET revision = revision + 1 WHERE code = ?", (room,))

    def answered(self, code: str, number: int, visitor: Visitor) -> str | None:
        """What this visitor has answered; None where he has not."""
        room = _known(code)
        found = self._file.look(
            "SELECT value FROM answer WHERE code = ? AND number = ? AND who = ?",
            (room, number, codes.mark(room, visitor)),
        )
        return None if found is None else str(found[0])

    def tally(self, code: str, number: int | None = None) -> Tally:
        """The answers to question ``number`` (None: the one that is asked now), without names."""
        return self.state(code, number)[1]

    def state(self, code: str, number: int | None = None) -> tuple[Room, Tally]:
        """A room and the tally of a question, of the same moment."""
        room = _known(code)
        with self._file.reading() as file:
            now = _there(rows.room(file, room))
            there = self._presence.there(file, room)
            asked = now.asked if number is None else rows.asked(file, room, number)
            if asked is None:
                return now, Tally(there=len(there))
            told = dict(
                file.execute(
                    "SELECT who, value FROM answer WHERE code = ? AND number = ?",
                    (room, asked.number),
                ).fetchall()
            )
        counts = answers.counted(asked.what, told.values())
        return now, Tally(counts, len(told), len(there - told.keys()), len(there))

    def allows(self, visitor: Visitor, what: Permission) -> bool:
        """Whether a room allows ``what`` that has not ended, and that this visitor was in within
        the last hour."""
        with self._file.reading() as file:
            every = "SELECT code, allowed FROM room WHERE NOT ended AND allowed != '[]'"
            found = file.execute(every).fetchall()
        return any(
            what in rows.allowed(told) and self.is_member(code, visitor) for code, told in found
        )

    # -- who instructs ----------------------------------------------------------------------

    def secret(self, code: str) -> str:
        """What makes whoever shows it the room's instructor."""
        return self._derived("class", code)

    def browser_pass(self, code: str) -> str:
        """What the instructor's browser keeps and shows from then on, instead of the secret."""
        return self._derived("class pass", code)

    def instructs(self, code: str, shown: str) -> bool:
        """Whether ``shown`` is the room's secret of today, or a pass that follows from it."""
        room = codes.typed(code)
        if room is None or not shown or len(shown) > 200:
            return False
        try:
            secret, kept = self.secret(room), self.browser_pass(room)
        except ClassError:  # there is no such room
            return False
        said = shown.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(said, secret.encode()) | hmac.compare_digest(said, kept.encode())

    def as_instructor(self, code: str, shown: str) -> Instructor:
        """The instructor's actions in the room, for who shows its secret or a pass. ClassError for
        everybody else; and each action asks again, since a secret may be renewed meanwhile."""
        return Instructor(self._file, codes.typed(code) or "", self._clock,
                          lambda: self.instructs(code, shown))  # fmt: skip

    def _derived(self, use: str, code: str) -> str:
        room = _known(code)
        found = self._file.look("SELECT generation FROM room WHERE code = ?", (room,))
        if found is None:
            raise codes.no_room()
        return key.derived(use, f"{room} {found[0]}")[:40]

    # -- the server -------------------------------------------------------------------------

    def served_at(self, address: str | None = None) -> str:
        """The address, with a slash at its end, at which others reach the server of this home;
        ``address`` is kept as that. Empty where no server has told."""
        if address is not None:
            with self._file.changing() as file:
                file.execute(
                    "INSERT INTO server VALUES ('address', ?) "
                    "ON CONFLICT DO UPDATE SET value = excluded.value", (address,)
                )  # fmt: skip
        found = self._file.look("SELECT value FROM server WHERE what = 'address'", ())
        return "" if found is None else str(found[0])

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        self._file.close()


def open_store(path: Path | None = None) -> Classroom:
    """The classes of this home, or of the file at ``path``. StoreError where that can be neither
    read nor made; a damaged one was moved aside: :attr:`Classroom.aside`."""
    return Classroom(path or default_home() / NAME)


def address(code: str, secret: str = "") -> str:
    """What follows the address of a server: of the room for everybody, or with its secret for who
    instructs."""
    return f"class?room={code}" + (f"&instructor={secret}" if secret else "")


def _known(code: str) -> str:
    """The code as it is kept; ClassError where it can be none."""
    found = codes.typed(code)
    if found is None:
        raise codes.no_room()
    return found


def _there(room: Room | None) -> Room:
    if room is None:
        raise codes.no_room()
    return room
