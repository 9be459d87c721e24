"""What the instructor of a room does; each action asks first whether that is who asks.

There is no other way to any of this: all of it goes through ``_changing`` and ``_reading``, which
ask. One that was made with a secret which was renewed since does nothing any more.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping

from kdlab.classroom import questions, rows, table
from kdlab.classroom.database import Database
from kdlab.classroom.room import Answer, Asked, Estimate, Interval, Permission, Phase
from kdlab.errors import ClassError
from kdlab.hosting.class_rights import RIGHTS
from kdlab.lessons.lesson import Link, Prediction, Question

MOST_QUESTIONS = 500
"""Of a room."""


class Instructor:
    """The actions in the room ``code``, for as long as ``proven`` says that who asks may do them.
    ClassError where he may not, in the constructor and in every action."""

    def __init__(
        self, file: Database, code: str, clock: Callable[[], float], proven: Callable[[], bool]
    ) -> None:
        self.code = code
        self._file, self._clock, self._proven = file, clock, proven
        self._prove()

    # -- a question -------------------------------------------------------------------------

    def ask(self, what: Prediction | Question) -> int:
        """Open ``what`` to the class, in place of what was asked before; its number."""
        with self._changing() as file:
            questions.check(what)
            if file.execute("SELECT ended FROM room WHERE code = ?", (self.code,)).fetchone()[0]:
                raise ClassError("the class has ended", "a class that is open", "Reopen it first")
            asked = file.execute(
                "SELECT COUNT(*), COALESCE(MAX(number), 0) FROM question WHERE code = ?",
                (self.code,),
            ).fetchone()
            if asked[0] >= MOST_QUESTIONS:
                raise ClassError(
                    f"{asked[0]} questions have been asked in this class",
                    f"{MOST_QUESTIONS} in a class",
                    "Open another class",
                )
            self._close_what_goes_on(file)
            number = int(asked[1]) + 1
            file.execute(
                "INSERT INTO question (code, number, kind, what, phase, at) "
                "VALUES (?, ?, ?, ?, 'open', ?)",
                (self.code, number, *rows.kept(what), self._clock()),
            )
            file.execute(
                "UPDATE room SET asked = ?, sent = NULL WHERE code = ?", (number, self.code)
            )
        return number

    # Each of these takes the number of the question that it is meant for, and does nothing where
    # another was asked meanwhile, as in another window; None: whichever is asked.

    def close(self, number: int | None = None) -> None:
        """No more answers are taken."""
        self._to("closed", {"open"}, number)

    def run(self, number: int | None = None) -> None:
        """The one run for all begins; no more answers are taken."""
        self._to("running", {"open", "closed"}, number)

    def stop(self, number: int) -> None:
        """The run for all of question ``number`` ends without a result, and can begin again: the
        question is closed. Nothing where it is not on; ClassError where another one is asked."""
        with self._changing() as file:
            self._is_asked(file, number)
            file.execute(
                "UPDATE question SET phase = 'closed' "
                "WHERE code = ? AND number = ? AND phase = 'running'",
                (self.code, number),
            )

    def reveal(
        self, result: Mapping[str, Estimate | Interval] | None = None, number: int | None = None
    ) -> None:
        """Show what was measured, which a prediction has once its run has begun, or which answer is
        right, to everybody."""
        self._to("revealed", {"running", "revealed"}, number, result or {})

    def clear(self, number: int | None = None) -> None:
        """Nothing is asked any more; what was answered stays."""
        with self._changing() as file:
            self._is_asked(file, number)
            self._ask_nothing(file)

    # -- the class --------------------------------------------------------------------------

    def send(self, link: Link) -> None:
        """All pages go there, once; who comes later too, for a few minutes, until something else is
        asked or cleared."""
        with self._changing() as file:
            questions.check_link(link)
            file.execute(
                "UPDATE room SET sent = ?, sending = sending + 1 WHERE code = ?",
                (rows.kept_sending(link, self._clock()), self.code),
            )

    def allow(self, permissions: Iterable[Permission]) -> None:
        """From now on these, and no others, are allowed to the class."""
        with self._changing() as file:
            allowed = set(permissions)
            if wrong := allowed - set(RIGHTS):
                raise ClassError(
                    f"{sorted(map(str, wrong))} is to be allowed",
                    ", ".join(RIGHTS),
                    "Choose among these",
                )
            kept = rows.kept_allowed(allowed)
            file.execute("UPDATE room SET allowed = ? WHERE code = ?", (kept, self.code))

    def end(self) -> None:
        """The class is over: no question is open any more, and nothing is allowed by it."""
        with self._changing() as file:
            self._ask_nothing(file)
            file.execute("UPDATE room SET ended = 1 WHERE code = ?", (self.code,))

    def reopen(self) -> None:
        """The class goes on."""
        with self._changing() as file:
            file.execute("UPDATE room SET ended = 0 WHERE code = ?", (self.code,))

    def renew(self) -> None:
        """Another secret: whoever has the old one, this very object too, instructs no more."""
        with self._changing() as file:
            file.execute("UPDATE room SET generation = generation + 1 WHERE code = ?", (self.code,))

    def forget(self) -> None:
        """Take everything of the room away, for good."""
        with self._changing() as file:
            for name in ("answer", "question", "present", "room"):
                file.execute(f"DELETE FROM {name} WHERE code = ?", (self.code,))  # of this list
        self._file.shorten()

    # -- what was answered ------------------------------------------------------------------

    def answers(self) -> list[Answer]:
        """All of the room, question by question, as they came."""
        with self._reading() as file:
            asked = {each.number: (each, at) for each, at in rows.questions(file, self.code)}
            found = file.execute(
                "SELECT number, value, nickname, at FROM answer WHERE code = ? "
                "ORDER BY number, at, who", (self.code,)
            ).fetchall()  # fmt: skip
        return [
            Answer(asked[number][0], value, nickname, max(0.0, at - asked[number][1]))
            for number, value, nickname, at in found
        ]

    def as_csv(self) -> str:
        """The same as a table for a spreadsheet: :mod:`kdlab.classroom.table`."""
        return table.as_csv(self.answers())

    # -- how --------------------------------------------------------------------------------

    def _prove(self) -> None:
        if not self._proven():
            raise ClassError(
                "the secret of this class is missing or out of date",
                "a browser that has opened the instructor's address",
                "Open that address again; python -m kdlab class prints it",
            )

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """The one way to change something, asked while nobody else can renew the secret."""
        with self._file.changing() as file:
            self._prove()
            yield file
            file.execute("UPDATE room SET revision = revision + 1 WHERE code = ?", (self.code,))

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The one way to read what is not for everybody."""
        with self._file.reading() as file:
            self._prove()
            yield file

    def _ask_nothing(self, file: sqlite3.Connection) -> None:
        self._close_what_goes_on(file)
        file.execute("UPDATE room SET asked = NULL, sent = NULL WHERE code = ?", (self.code,))

    def _close_what_goes_on(self, file: sqlite3.Connection) -> None:
        file.execute(
            "UPDATE question SET phase = 'closed' WHERE code = ? AND phase IN ('open', 'running')",
            (self.code,),
        )

    def _is_asked(self, file: sqlite3.Connection, number: int | None) -> None:
        """ClassError where ``number`` is not what is before the class."""
        found = file.execute("SELECT asked FROM room WHERE code = ?", (self.code,)).fetchone()
        if number is not None and (found is None or found[0] != number):
            raise ClassError(
                f"question {number} is not before the class any more",
                "the question that is asked now",
                "Reload the page: the question was changed in another window",
            )

    def _to(
        self, phase: Phase, before: set[Phase], number: int | None,
        result: Mapping[str, Estimate | Interval] | None = None,
    ) -> None:  # fmt: skip
        with self._changing() as file:
            self._is_asked(file, number)
            room = rows.room(file, self.code)
            asked = None if room is None else room.asked
            if asked is not None and isinstance(asked.what, Question):
                if phase == "running":
                    raise ClassError(
                        "the open question has a right answer",
                        "a prediction, which is answered by a run",
                        "Reveal the answer instead",
                    )
                if phase == "revealed":
                    before = before | {"open", "closed"}  # its answer needs no run
            if asked is None or asked.phase not in before | {phase}:
                raise _not_now(phase, asked)
            file.execute(
                "UPDATE question SET phase = ? WHERE code = ? AND number = ?",
                (phase, self.code, asked.number),
            )
            if result is not None:
                kept = rows.kept_result(questions.measured(asked.what, result))
                file.execute(
                    "UPDATE question SET result = ? WHERE code = ? AND number = ?",
                    (kept, self.code, asked.number),
                )


def _not_now(phase: Phase, asked: Asked | None) -> ClassError:
    if asked is None:
        return ClassError(
            "no question is open", f"a question that can be {phase} now", "Ask one first"
        )
    runs = phase == "revealed" and asked.phase in ("open", "closed")
    return ClassError(
        f"the question is {asked.phase}",
        f"a question that can be {phase} now",
        "Run it first" if runs else "Ask another one",
    )
