"""The class at the bottom of every page: what is asked, for as long as its visitor is in a room.

It runs by itself, without the page above it, and only when there is something else to do in the
room: how many have answered is told to the browser alone.
"""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager

import streamlit as st

from kdlab.classroom.room import Room, Tally
from kdlab.classroom.source import Now
from kdlab.errors import KdlabError
from kdlab.lessons.lesson import Link
from kdlab.translation import say, speaking
from pages.ui.classroom import (
    answering,
    covering,
    folding,
    following,
    going,
    leading,
    membership,
    rooms,
    seen,
)
from pages.ui.components.guide import guide
from pages.ui.guide import going as lesson_links
from pages.ui.guide import pointing
from pages.ui.shell import carried, prose, speech
from pages.ui.stream import watching

STYLE = prose.style(__file__)
HEIGHT = 190
"""Of the chart, in pixels."""
COVERED = "class.covered"
"""In the session: what of the page was covered when it was drawn last."""


def show(path: str) -> None:
    """After the page ``path`` was drawn: its part in a run for all begins, and the dock is drawn.
    On the page of the class itself that draws what is asked."""
    if not membership.ROOM.value:
        return
    try:
        room = membership.room()
    except KdlabError:  # told on the page of the class
        return
    if room is not None:
        instructs = membership.instructs(room.code)
        following.begin(room, path, instructs=instructs)
        st.session_state[COVERED] = covering.covers(room, path)
        folding.comes(room, path, instructs=instructs)
    if path != following.HOME:
        st.html(STYLE)
        with st.container(key="class_dock"):
            st.fragment(_dock)(path)


def _dock(path: str) -> None:
    # in the reader's language also where the page above it is in English only
    with speaking(speech.reads()), membership.telling():
        _drawn(path)


def _drawn(path: str) -> None:
    if not membership.ROOM.value:  # just left: the address is still to be told
        st.rerun()
    room = membership.found()
    if room is None or room.ended:
        _gone(room)
        return
    covered = covering.covers(room, path)
    if st.session_state.get(COVERED) != covered:  # the page's buttons change with it
        st.rerun()
    with watched(room, "dock"):
        covering.cover(room, path)
        tally = membership.store().tally(room.code)
        listen(room, tally, path)
        instructs = membership.instructs(room.code)
        folded = folding.folded(room, path)
        _head(room, tally, path, folded)
        if instructs:
            leading.told(room.code)
        if not folded:
            _asked(room, tally, path, instructs)
        _brings(room, path)
        if following.due(room, path):
            following.try_again(room)
    leaves()


def _asked(room: Room, tally: Tally, path: str, instructs: bool) -> None:
    """What is before the class, and for the instructor what can be done with it."""
    asked = room.asked
    # a result may be longer than the dock is high: what the instructor does next stands above it
    first = instructs and asked is not None and asked.phase == "revealed"
    if first:
        leading.buttons(room, path, _here(path))
    if asked is not None:
        with st.container(key="class_asked"):
            if instructs:
                leading.line(room, tally, height=HEIGHT)
            else:
                answering.show(room, tally, path, height=HEIGHT)
    if instructs and not first:
        leading.buttons(room, path, _here(path))


def _brings(room: Room, path: str) -> None:
    """Bring the picture of the run for all into view, above the dock, when it has begun, and when
    the dock says what came of it."""
    asked = room.asked
    begun = asked is not None and asked.phase in ("running", "revealed")
    there = begun and following.is_there(room, path)
    step = room.code if asked is None else f"{room.code}.{asked.number}.{asked.phase}.{there}"
    brought = [pointing.PICTURE] if there else []
    guide("class.beside", step, brought, ".st-key-class_dock")


def watched(room: Room, part: str) -> AbstractContextManager[None]:
    """What is drawn within is told of the room."""
    source = functools.partial(membership.source, room.code)
    return watching.source(seen.CLASS, source, part, about=room.code)


def listen(room: Room, tally: Tally, path: str) -> None:
    """Run again when there is something else to do; go where all are to go."""
    watching.run_on(seen.TURN, Now(room, tally), seen.turn)
    following.follow(room, path, instructs=membership.instructs(room.code))


def leaves() -> None:
    """Where a button of this part leads to another page, that is for the whole page to do."""
    if lesson_links.PENDING in st.session_state:
        st.rerun()


def _head(room: Room, tally: Tally, path: str, folded: bool) -> None:
    """Which class it is, and the ways out of it."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="class_head"):
        name = room.title or room.code
        role = say("you lead it") if membership.instructs(room.code) else ""
        words = say("Class: {name}", name=name) + (f" · {role}" if role else "")
        st.caption(prose.plain(words), width="content")
        watching.markdown("class_there", Now(room, tally), seen.there)
        st.button(
            say("Unfold") if folded else say("Fold"),
            key="class.fold",
            type="tertiary",
            icon=":material/expand_less:" if folded else ":material/expand_more:",
            on_click=folding.fold,
            args=(room, path, not folded),
            help=say("What the class does next opens it again."),
        )
        if st.button(
            say("Class page"), key="class.open", type="tertiary", icon=":material/groups:"
        ):
            going.go(Link(following.HOME))
        leave()


def leave() -> None:
    """The button that ends being in the room, for this browser tab."""
    st.button(
        say("Leave"),
        key="class.leave",
        type="tertiary",
        icon=":material/logout:",
        on_click=membership.leave,
        help=say("The class goes on without you. Its address brings you back."),
    )


def ended(room: Room) -> None:
    """Have the page run again when the class, which has ended, goes on."""
    with watched(room, "ended"):
        watching.run_on(seen.TURN, Now(room), seen.turn)


def _gone(room: Room | None) -> None:
    """The room has ended, or there is none of this code."""
    said = say("This class has ended.") if room is not None else rooms.wrong(membership.ROOM.value)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(prose.plain(said), width="content")
        leave()
    if room is not None:
        ended(room)


def _here(path: str) -> Link:
    """This page as it stands in its address."""
    return Link(path, carried.without(dict(st.query_params)))
