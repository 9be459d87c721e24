"""Every page of a class goes where the instructor has sent it, once; then it is free again.

Which sendings a page has followed stands in its session. A session that is new on a page of the lab
is one whose server was started anew, or whose browser was closed: it stays where it is, and only
goes on with the run that its page shows. One that is new on the page of the class has just come,
and goes where the others are: where they were sent some minutes ago at most, and nothing was asked
since.
"""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from kdlab.classroom.room import Room
from kdlab.lessons.lesson import Link, Prediction
from pages.ui.classroom import going

HOME = "class"
"""The address of the page of the class."""
MEMORY = "class.followed"
BEGINS = "class.begins"
"""In the session: the number of the question whose run this page begins once it is drawn."""


def follow(room: Room, path: str, *, instructs: bool) -> None:
    """Go where all pages are to go, where this one, ``path``, has not been yet: then this run of
    the page ends here."""
    known = _known(room, path, comes=path == HOME and not instructs)
    running = _running(room)
    if running is not None and known["run"] < running:
        known["run"], known["sending"] = running, room.sending
        link = _link(room)
        if link is not None:
            st.session_state[BEGINS] = (room.code, running)
            going.go(link)
    if room.sending > known["sending"]:
        known["sending"] = room.sending
        goal = room.goal(time.time())
        if goal is not None and going.known(goal) and not instructs:
            going.go(goal)


def begin(room: Room, path: str, *, instructs: bool) -> None:
    """After the page was drawn: its part in the run for all, where it has come here for that, or
    where its server was started anew meanwhile."""
    _known(room, path, comes=path == HOME and not instructs)
    due = st.session_state.get(BEGINS)
    link = _link(room)
    if due is None or link is None or due != (room.code, _running(room)):
        st.session_state.pop(BEGINS, None)
        return
    if link.path != path:
        return
    del st.session_state[BEGINS]
    if going.begin(link):
        st.rerun()


def _known(room: Room, path: str, *, comes: bool) -> dict[str, Any]:
    """What of this room the session has followed; one that just ``comes`` nothing."""
    every: dict[str, dict[str, Any]] = st.session_state.setdefault(MEMORY, {})
    if room.code not in every:
        sending = 0 if comes else room.sending
        run = _running(room) or 0
        every[room.code] = {"sending": sending, "run": 0 if comes else run}
        link = _link(room)
        if not comes and run and link is not None and link.path == path:
            asked, here = going.settings(link), going.settings(Link(path, dict(st.query_params)))
            if asked is not None and asked == here:
                st.session_state[BEGINS] = (room.code, run)
    return every[room.code]


def _running(room: Room) -> int | None:
    """The number of the question whose run is on."""
    asked = room.asked
    return asked.number if asked is not None and asked.phase == "running" else None


def _link(room: Room) -> Link | None:
    """The run of what is asked; None where there is none, or no such page."""
    what = room.asked.what if room.asked is not None else None
    if not isinstance(what, Prediction) or not going.known(what.link):
        return None
    return what.link
