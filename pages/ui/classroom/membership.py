"""The room that this visitor is in: its code in the address, who he is there, what he may do, and
what of it is told to his browser."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import streamlit as st

from kdlab.classroom import Classroom, Instructor, codes
from kdlab.classroom.room import Room
from kdlab.classroom.source import Now, RoomSource
from kdlab.errors import ClassError, KdlabError
from kdlab.hosting.visitor import Visitor
from pages.ui.shell import instructing, prose
from pages.ui.shell.carried import Carried

MOST_LETTERS = 40
ROOM = Carried(instructing.ROOM, lambda code: 0 < len(code) <= MOST_LETTERS)
"""The code of the room; whether there is such a room, the store says."""
NICKNAME = "class.nickname"
"""In the session; with each answer it is kept beside that."""


def store() -> Classroom:
    """The classes of this server."""
    return instructing.rooms()


def me() -> Visitor:
    """Who answers."""
    return instructing.member()


def code() -> str:
    """The code in the address as rooms are called by; empty where there is none or it is none."""
    return codes.typed(ROOM.value) or ""


def room() -> Room | None:
    """The room this visitor is in, as it is now; None where he is in none, or it has ended."""
    asked = found()
    return None if asked is None or asked.ended else asked


def found() -> Room | None:
    """The same, also where it has ended."""
    asked = code()
    return store().room(asked) if asked else None


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """What the classes of this server refuse within is told in the place of what is missing."""
    try:
        yield
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")


def instructs(code: str) -> bool:
    """Whether this visitor is the instructor of the room."""
    return instructing.instructs(code)


def instructor(code: str) -> Instructor:
    """What this visitor may do as the instructor of the room; ClassError where he is not."""
    found = instructing.instructor(code)
    if found is None:
        raise ClassError(
            "You do not lead this class",
            "its instructor, who has opened the secret address",
            "Open that address in this browser once more",
        )
    return found


def now(room: Room) -> Now:
    """The room and its answers, for views: what the hub tells of it."""
    return Now(*store().state(room.code))


def leave() -> None:
    """For a button's callback."""
    ROOM.put("")


def source(code: str) -> RoomSource:
    """What the hub looks at for this visitor: he is there as long as his browser reads it."""
    return RoomSource(store(), code, None if instructs(code) else me())
