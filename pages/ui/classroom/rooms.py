"""Into a room, from one to another, and for the server's owner a new one."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from kdlab.classroom import codes
from kdlab.classroom.room import Room
from kdlab.errors import KdlabError
from kdlab.hosting import visitor
from kdlab.translation import say
from pages.ui.classroom import following, membership
from pages.ui.shell import contents, instructing, prose, state

PROBLEM = "class.join.problem"
MOST_SHOWN = 50


def join() -> None:
    """The code is typed; a wrong one is told."""
    with st.form("class.join", border=False), _row_of_widgets():
        st.text_input(
            say("Code of the class"),
            key="class.join.code",
            max_chars=membership.MOST_LETTERS,
            help=prose.text("class_room", "help code"),
            width=260,
        )
        st.form_submit_button(say("Join"), icon=":material/login:", type="primary", on_click=_join)
    if problem := st.session_state.get(PROBLEM):
        st.error(prose.plain(problem), icon=":material/error:")


def _join() -> None:
    typed = str(st.session_state.get("class.join.code", ""))
    st.session_state[PROBLEM] = problem = wrong(typed)
    if not problem:
        membership.ROOM.put(codes.typed(typed) or "")


def wrong(typed: str) -> str:
    """Why one cannot be in the room of this code, a sentence; empty where one can."""
    try:
        found = membership.store().room(typed)
    except KdlabError as error:
        return str(error)
    if found is None:
        return say(
            "There is no class with the code “{code}” on this server. A code has {length} letters "
            "and digits: look at the wall again.",
            code=typed.strip()[:20], length=codes.LENGTH,
        )  # fmt: skip
    if found.ended and not membership.instructs(found.code):
        return say("The class “{title}” has ended.", title=found.title or found.code)
    return ""


def known() -> list[Room]:
    """Those that this visitor may steer: all for the server's owner."""
    return [room for room in membership.store().rooms() if membership.instructs(room.code)]


def listed(here: str) -> None:
    """The rooms of this server with a switch, and another one; nothing for who only visits.
    ``here``: the code of the room that is on the page."""
    found = known()
    if not found and not visitor.current().owner:
        return
    with st.expander(say("Rooms of this server"), icon=":material/meeting_room:"):
        for room in found[:MOST_SHOWN]:
            _row(room, here)
        if visitor.current().owner:
            _another()


def _row(room: Room, here: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = f"{room.title} · {room.code}" if room.title else room.code
        end = f" · {say('ended')}" if room.ended else ""
        st.markdown(prose.plain(name + end), width="stretch")
        pressed = st.button(
            say("Open"),
            key=f"class.room.{room.code}",
            disabled=room.code == here and membership.instructs(room.code),
            icon=":material/arrow_forward:",
        )
    if pressed:
        enter(room.code)


def enter(code: str) -> None:
    """Go to the room as its instructor, with its secret, which gives this browser its pass; the
    server's owner needs none. The run of this page ends here."""
    membership.ROOM.put(code)
    query = {membership.ROOM.parameter: code}
    if not instructing.leads_all():
        query[instructing.PARAMETER] = membership.store().secret(code)
    st.switch_page(str(state.ROOT / contents.script_of(following.HOME)), query_params=query)


def _another() -> None:
    with st.form("class.another", border=False, clear_on_submit=True), _row_of_widgets():
        title = st.text_input(
            say("Title of another room"),
            key="class.another.title",
            max_chars=80,
            width=320,
            help=say("What the class reads at the top of its page."),
        )
        pressed = st.form_submit_button(say("Open another room"), icon=":material/add:")
    if not pressed:
        return
    try:
        code = membership.store().open_room(title).code
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")
        return
    enter(code)


def _row_of_widgets() -> DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small")
