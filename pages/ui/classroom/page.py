"""The page of a class: what is asked, large; for the instructor all that he steers."""

from __future__ import annotations

import streamlit as st

from kdlab.classroom.room import Room
from kdlab.errors import KdlabError
from kdlab.translation import say
from pages.ui.classroom import (
    answering,
    asking,
    dock,
    following,
    leading,
    managing,
    membership,
    rooms,
)
from pages.ui.components.guide import guide
from pages.ui.shell import prose

STYLE = prose.style(__file__)
HEIGHT = 300
"""Of the chart, in pixels."""
ASKS = "class.asks"
"""In the session: whether something was before the class when the page was drawn; what can be asked
next is then folded away."""


def title() -> str:
    """The title of the room, also once it has ended; of the page where there is none."""
    try:
        found = membership.found()
    except KdlabError:
        return ""
    return "" if found is None else prose.plain(found.title)


def show() -> None:
    """All of it but the head."""
    with membership.telling():
        managing.renewed()
        _shown(membership.found())


def _shown(room: Room | None) -> None:
    if room is not None and membership.instructs(room.code):
        _instructor(room)
    elif room is not None and not room.ended:
        _visitor(room)
    else:
        if membership.ROOM.value:
            st.error(prose.plain(rooms.wrong(membership.ROOM.value)), icon=":material/error:")
        rooms.join()
        if room is not None:
            st.fragment(_ended)(room.code)
    rooms.listed(room.code if room is not None else "")


def _visitor(room: Room) -> None:
    answering.nickname(room)
    with st.container(key="class_question", border=True):
        st.fragment(_asked)(room.code)
    dock.leave()


def _ended(code: str) -> None:
    """Draws nothing; comes back when the class goes on."""
    with membership.telling():
        room = membership.found()
        if room is None or room.code != code or not room.ended:
            st.rerun()
        dock.ended(room)


def _asked(code: str) -> None:
    """What the visitor is asked; runs by itself when that is something else."""
    with membership.telling():
        _asked_in(code)


def _asked_in(code: str) -> None:
    room = membership.room()
    if room is None or room.code != code or membership.instructs(code):
        st.rerun()
    with dock.watched(room, "page"):
        now = membership.now(room)
        dock.listen(room, now.tally, following.HOME)
        answering.show(room, now.tally, following.HOME, height=HEIGHT)
    dock.leaves()


def _instructor(room: Room) -> None:
    """Question and address, what to ask next, and what is needed now and then."""
    st.caption(say("You lead this class."))
    if room.ended:
        st.info(prose.text("class_room", "ended"), icon=":material/stop_circle:")
    st.session_state[ASKS] = _asks(room)
    _brings(room)
    with st.container(key="class_question"):
        st.fragment(_steered)(room.code)
    if not room.ended:
        if _asks(room):
            with st.expander(say("Ask something else"), icon=":material/campaign:"):
                asking.show(room)
        else:
            with st.container(border=True, key="class_asking"):
                st.markdown(f"**{say('Ask the class')}**")
                asking.show(room)
        managing.more(room)
    managing.keep(room)
    dock.leave()


def _brings(room: Room) -> None:
    """What was just asked into view: the form with which it was asked is further down."""
    question = [".st-key-class_question"] if _asks(room) else []
    step = f"{room.code}.{room.asked.number}" if room.asked is not None else room.code
    guide("class.asked", step, question, ".st-key-class_dock")


def _asks(room: Room) -> bool:
    """Whether the class is busy with what was asked last."""
    return room.asked is not None and room.asked.phase != "revealed"


def _steered(code: str) -> None:
    with membership.telling():
        _steered_in(code)


def _steered_in(code: str) -> None:
    room = membership.store().room(code)
    if room is None or not membership.instructs(code):
        st.rerun()
    if not room.ended and st.session_state.get(ASKS) != _asks(room):
        st.rerun()
    with dock.watched(room, "page"):
        tally = membership.store().tally(code)
        dock.listen(room, tally, following.HOME)
        leading.told(code)
        if room.asked is None:
            if not room.ended:
                managing.address(room, tally)
            return
        question, beside = st.columns([4, 1], gap="medium")
        with question, st.container(border=True):
            leading.question(room, tally, height=HEIGHT)
            leading.buttons(room, following.HOME, None)
        with beside:
            managing.address_beside(room, tally)
