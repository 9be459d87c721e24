"""The dock folds to a line; what the class does next opens it again."""

from __future__ import annotations

import streamlit as st

from kdlab.classroom.room import Room

FOLDED = "class.folded"
"""In the session: what was before the class when the dock was folded. On a page where it folds by
itself that is told apart."""
BY_ITSELF = ("compose",)
"""Pages where an instructor prepares something: the dock is folded when he comes there."""
AT = "class.at"
"""In the session: the page on which the dock was drawn last."""


def folded(room: Room, path: str) -> bool:
    """Whether it is on the page ``path``."""
    return st.session_state.get(_key(path)) == _before(room)


def fold(room: Room, path: str, whether: bool = True) -> None:
    """Fold it on the page ``path``, or open it."""
    st.session_state[_key(path)] = _before(room) if whether else ()


def comes(room: Room, path: str, *, instructs: bool) -> None:
    """The page ``path`` was drawn: perhaps another one than before."""
    if st.session_state.get(AT) != path and path in BY_ITSELF and instructs:
        fold(room, path)
    st.session_state[AT] = path


def _key(path: str) -> str:
    return f"{FOLDED}.{path}" if path in BY_ITSELF else FOLDED


def _before(room: Room) -> tuple[object, ...]:
    asked = room.asked
    return (room.code, *(() if asked is None else (asked.number, asked.phase)))
