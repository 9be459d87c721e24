"""Rows of the file as records, and records as what a row keeps."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

import pydantic

from kdlab.classroom.room import (
    Asked,
    Estimate,
    Interval,
    Permission,
    Phase,
    Result,
    Room,
    estimate,
)
from kdlab.errors import StoreError
from kdlab.hosting.class_rights import RIGHTS
from kdlab.lessons.lesson import Link, Prediction, Question

_KINDS: Mapping[str, pydantic.TypeAdapter[Any]] = {
    "prediction": pydantic.TypeAdapter(Prediction),
    "question": pydantic.TypeAdapter(Question),
}
_LINK = pydantic.TypeAdapter(Link)
_PHASE: pydantic.TypeAdapter[Phase] = pydantic.TypeAdapter(Phase)
_RESULT = pydantic.TypeAdapter(dict[str, Estimate | Interval])
_ASKED = """
SELECT number, kind, what, phase, result, at,
    (SELECT COUNT(*) FROM answer WHERE answer.code = question.code
        AND answer.number = question.number)
FROM question WHERE code = ?"""
_ROOM = "SELECT code, title, revision, asked, sent, sending, allowed, ended FROM room"


def rooms(connection: sqlite3.Connection) -> tuple[list[Room], list[str]]:
    """All, the one that was opened last first, and the codes of those that cannot be read."""
    found, unreadable = [], []
    for row in connection.execute(f"{_ROOM} ORDER BY opened DESC, rowid DESC").fetchall():
        try:
            found.append(_room(connection, *row))
        except StoreError:
            unreadable.append(str(row[0]))
    return found, unreadable


def room(connection: sqlite3.Connection, code: str) -> Room | None:
    """The one with this code."""
    row = connection.execute(f"{_ROOM} WHERE code = ?", (code,)).fetchone()
    return None if row is None else _room(connection, *row)


def questions(connection: sqlite3.Connection, code: str) -> list[tuple[Asked, float]]:
    """All that were asked in a room, and when, in seconds since 1970."""
    return [_asked(*row) for row in connection.execute(f"{_ASKED} ORDER BY number", (code,))]


def asked(connection: sqlite3.Connection, code: str, number: int) -> Asked | None:
    """One of them."""
    row = connection.execute(f"{_ASKED} AND number = ?", (code, number)).fetchone()
    return None if row is None else _asked(*row)[0]


def kept(what: Prediction | Question) -> tuple[str, str]:
    """(kind, JSON) of a question."""
    kind = "question" if isinstance(what, Question) else "prediction"
    return kind, _KINDS[kind].dump_json(what).decode()


def kept_sending(link: Link, at: float) -> str:
    """As JSON, with when all were sent there, in seconds since 1970."""
    return json.dumps(_LINK.dump_python(link, mode="json") | {"at": at})


def kept_result(result: Result) -> str:
    """As JSON."""
    return _RESULT.dump_json(dict(result)).decode()


def kept_allowed(allowed: Iterable[Permission]) -> str:
    """As JSON."""
    return json.dumps(sorted(allowed))


def allowed(kept: str) -> frozenset[Permission]:
    """What :func:`kept_allowed` wrote; nothing where it is something else."""
    try:
        told = json.loads(kept)
        return frozenset(each for each in RIGHTS if each in told)
    except (ValueError, TypeError):
        return frozenset()


def _room(
    connection: sqlite3.Connection, code: str, title: str, revision: int, number: int | None,
    sent: str | None, sending: int, may: str, ended: int,
) -> Room:  # fmt: skip
    try:
        return Room(
            code=code,
            title=title,
            revision=revision,
            asked=None if number is None else asked(connection, code, number),
            sent=None if sent is None else _LINK.validate_json(sent),
            sending=sending,
            allowed=allowed(may),
            ended=bool(ended),
            sent_at=0.0 if sent is None else _sent_at(sent),
        )
    except ValueError:
        raise _unreadable(f"the room {code}") from None


def _sent_at(kept: str) -> float:
    """Long ago, where an earlier version did not write it."""
    at = json.loads(kept).get("at", 0.0)
    return float(at) if isinstance(at, int | float) else 0.0


def _asked(
    number: int, kind: str, what: str, phase: str, result: str, at: float, answers: int
) -> tuple[Asked, float]:
    try:
        kept = _RESULT.validate_json(result)
        found = Asked(
            number=number,
            what=_KINDS[kind].validate_json(what),
            phase=_PHASE.validate_python(phase),
            answers=answers,
            result={name: estimate(each) for name, each in kept.items()},
        )
    except (ValueError, LookupError):
        raise _unreadable(f"question {number}") from None
    return found, at


def _unreadable(what: str) -> StoreError:
    return StoreError(
        f"{what} of the class was not written by this version of the lab",
        "what this version writes",
        "Open another class; python -m kdlab class --forget CODE deletes this one",
    )
