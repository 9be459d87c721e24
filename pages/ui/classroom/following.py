"""Every page of a class goes where the instructor has sent it, once; then it is free again.

Which sendings a page has followed stands in its session. A session that is new on a page of the lab
is one whose server was started anew, or whose browser was closed: it stays where it is, and only
goes on with the run that its page shows; its visitor has a button that takes him to the run. One
that is new on the page of the class has just come, and goes where the others are: where they were
sent some minutes ago at most, and nothing was asked since.

A page begins its part in a run for all as soon as it may: whose own limits refuse the run waits
until somebody else has begun it, and then watches that.
"""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from kdlab.classroom.room import Room
from kdlab.lessons.lesson import Link, Prediction
from pages.ui.classroom import folding, going

HOME = "class"
"""The address of the page of the class."""
MEMORY = "class.followed"
BEGINS = "class.begins"
"""In the session: the number of the question whose run this page begins once it is drawn."""
AGAIN_SECONDS = 4.0
"""How often a page that could not begin the run looks whether it may, or somebody else has."""


def follow(room: Room, path: str, *, instructs: bool) -> None:
    """Go where all pages are to go, where this one, ``path``, has not been yet: then this run of
    the page ends here."""
    known = _known(room, path, comes=path == HOME and not instructs)
    _let_go(room, known)
    running = _running(room)
    if running is not None and known["run"] < running:
        known["sending"] = room.sending
        fetch(room, path)
    if room.sending > known["sending"]:
        known["sending"] = room.sending
        goal = room.goal(time.time())
        if goal is not None and going.known(goal) and not instructs:
            if room.asked is not None and room.asked.phase == "revealed":
                folding.fold(room, goal.path)  # what came of it was seen; now it is the page's turn
            going.go(goal)


def fetch(room: Room, path: str) -> None:
    """Go from the page ``path`` to the run for all, and begin this page's part in it there: then
    this run of the page ends here."""
    running, link = _running(room), _link(room)
    if running is None:
        return
    _known(room, path, comes=False)["run"] = running
    if link is not None:
        st.session_state[BEGINS] = (room.code, running)
        going.go(link)


def begin(room: Room, path: str, *, instructs: bool) -> None:
    """After the page was drawn: its part in the run for all, where it has come here for that, or
    where its server was started anew meanwhile. Where it can be neither begun nor watched, it
    stays :func:`due`."""
    known = _known(room, path, comes=path == HOME and not instructs)
    link = _link(room)
    if link is None or st.session_state.get(BEGINS) != (room.code, _running(room)):
        st.session_state.pop(BEGINS, None)
        return
    if link.path != path:
        return
    drawn_anew = going.begin(link)
    if going.takes_part(link):
        del st.session_state[BEGINS]
        known["began"] = _running(room)
        if drawn_anew:
            st.rerun()


def due(room: Room, path: str) -> bool:
    """Whether the page ``path`` still waits for its part in the run for all."""
    link = _link(room)
    waits = st.session_state.get(BEGINS) == (room.code, _running(room))
    return waits and link is not None and link.path == path


def try_again(room: Room) -> None:
    """Draws nothing; has the page drawn anew, and :func:`begin` called, as soon as that may do
    something."""
    link = _link(room)
    if link is not None:
        st.fragment(_tried, run_every=AGAIN_SECONDS)(link)


def is_there(room: Room, path: str) -> bool:
    """Whether the page ``path`` is that of the run for all, and shows it or waits for it."""
    link = _link(room)
    here = link is not None and link.path == path and going.takes_part(link)
    return here or due(room, path)


def _tried(link: Link) -> None:
    if going.may_take_part(link):
        st.rerun()


def _let_go(room: Room, known: dict[str, Any]) -> None:
    """Where the instructor has stopped the run for all, this page leaves it; it may be called to it
    again."""
    asked = room.asked
    if asked is None or asked.phase != "closed" or known["run"] < asked.number:
        return
    known["run"] = asked.number - 1
    link = _link(room)
    if known.pop("began", None) == asked.number and link is not None and going.let_go(link):
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
