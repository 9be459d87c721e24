"""The instructor's room: its address for the wall, who is there, where pages are sent, what is
allowed, and what is taken away."""

from __future__ import annotations

import functools
from urllib.parse import urlsplit

import streamlit as st

from kdlab import classroom
from kdlab.classroom import Instructor
from kdlab.classroom.room import Room, Tally
from kdlab.classroom.source import Now
from kdlab.errors import KdlabError
from kdlab.hosting import class_rights
from kdlab.hosting.loopback import is_loopback
from kdlab.translation import say
from pages.ui.classroom import going, leading, membership, rooms, seen
from pages.ui.shell import projector, prose, reach, speech
from pages.ui.stage import device
from pages.ui.stream import watching
from pages.ui.widgets.buttons import button

RENEWED = "class.renewed"
MAY = {
    "searches": "Searches",
    "uploads": "Uploads",
    "full runs": "Full runs",
}


def address(room: Room, tally: Tally) -> None:
    """For the projector: where to go, the code, and how many have come."""
    _large(room.code, Now(room, tally))


def address_beside(room: Room, tally: Tally) -> None:
    """The same beside what is asked, which comes first: small, and large for latecomers."""
    there = _there(room.code)
    with st.container(key="class_beside", gap="xsmall"):
        st.image(device.code(there), width=150)
        st.markdown(f"**{prose.plain(_grouped(room.code))}**")
        st.caption(prose.plain(there.removeprefix("http://")))
        watching.markdown("class_there_large", Now(room, tally), seen.there)
        if st.button(
            say("Enlarge"),
            key="class.enlarge",
            icon=":material/zoom_in:",
            help=say("Code and address over the whole page, for latecomers."),
        ):
            st.dialog(say("Come to this class"), width="large")(_large)(room.code)


def _large(code: str, now: Now | None = None) -> None:
    there = _there(code)
    picture, words = st.columns([1, 2], gap="medium", vertical_alignment="center")
    with picture, st.container(key="class_code"):
        st.image(device.code(there), width="stretch")
    with words, st.container(key="class_address"):
        st.markdown(f"## {prose.plain(_grouped(code))}")
        st.markdown(f"**{prose.plain(there.removeprefix('http://'))}**")
        if now is not None:
            watching.markdown("class_there_large", now, seen.there)
        if is_loopback(urlsplit(there).hostname or ""):
            st.caption(prose.text("class_room", "only here"))


def _there(code: str) -> str:
    """The address for everybody."""
    return f"{reach.root()}/{classroom.address(code)}"


def _grouped(code: str) -> str:
    """ "ABCD EFGH": for reading aloud."""
    half = len(code) // 2
    return f"{code[:half]} {code[half:]}"


def more(room: Room) -> None:
    """What is needed now and then, while the class goes on."""
    with st.expander(say("Send everyone to a page"), icon=":material/send:"):
        _send(room)
    with st.expander(say("What the class may do"), icon=":material/shield_person:"):
        st.caption(prose.text("class_room", "allowed"))
        key = speech.key(f"class.allowed.{sorted(room.allowed)}")
        st.pills(
            say("Allowed"),
            list(class_rights.RIGHTS),
            selection_mode="multi",
            default=sorted(room.allowed),
            format_func=lambda name: say(MAY[name]),
            key=key,
            on_change=_allow,
            args=(room, key),
            label_visibility="collapsed",
        )


def keep(room: Room) -> None:
    """What can be done with it at any time, and all that is left to do once it has ended."""
    if room.ended:
        _end(room)
    else:
        with st.expander(say("Answers, address, end"), icon=":material/settings:"):
            _end(room)


def _send(room: Room) -> None:
    text = st.text_input(
        say("Link of a page of the lab"),
        key="class.send.link",
        max_chars=going.MOST_LETTERS,
        placeholder="http://…/live?labels=100",
        help=prose.text("class_room", "help send"),
    )
    link = None
    if text.strip():
        try:
            link = going.read(text, sends=True)
        except KdlabError as error:
            st.warning(prose.plain(error), icon=":material/warning:")
    page = going.title(link) if link is not None else ""
    button(
        say("Send all to {page}", page=page) if page else say("Send all"),
        "class.send", "send", leading.act, room.code,
        lambda instructor: instructor.send(link), say("All pages were sent to {page}.", page=page),
        help_text=say("Each page goes there once, and is free again then."), off=link is None,
    )  # fmt: skip


def _allow(room: Room, key: str) -> None:
    chosen = st.session_state.get(key, [])
    leading.act(room.code, lambda instructor: instructor.allow(chosen))


def _end(room: Room) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button(
            say("Answers as CSV"),
            functools.partial(_table, membership.instructor(room.code)),  # built when asked for
            f"class-{room.code}.csv",
            "text/csv",
            key="class.csv",
            icon=":material/download:",
            on_click="ignore",
            help=prose.text("class_room", "help csv"),
        )
        button(
            say("Renew the secret address"), "class.renew", "key", _renew, room.code,
            help_text=prose.text("class_room", "help renew"),
        )  # fmt: skip
        if room.ended:
            button(say("Open it again"), "class.reopen", "undo", leading.act, room.code,
                   lambda instructor: instructor.reopen(),
                   help_text=say("The class goes on where it ended."))  # fmt: skip
        else:
            button(say("End the class"), "class.end", "stop_circle", leading.act, room.code,
                   lambda instructor: instructor.end(),
                   help_text=prose.text("class_room", "help end"))  # fmt: skip
        asked = st.button(
            say("Secret address"),
            key="class.secret",
            icon=":material/visibility_lock:",
            disabled=projector.on(),
            help=prose.text("class_room", "secret"),
        )
    if asked and not projector.on():
        _secret(room.code)


def _secret(code: str) -> None:
    """Sent to the browser for this one run of the page, since it was asked for: what is drawn on a
    projector is read by the class."""
    told = f"{reach.root()}/{classroom.address(code, membership.store().secret(code))}"
    st.code(told, language=None, wrap_lines=True)


def _table(instructor: Instructor) -> bytes:
    """With the mark by which spreadsheets know that it is UTF-8."""
    return instructor.as_csv().encode("utf-8-sig")


def _renew(code: str) -> None:
    """This browser instructs with the new secret: :func:`rooms.enter` gives it its pass."""

    def renew(instructor: Instructor) -> None:
        instructor.renew()
        st.session_state[RENEWED] = code

    leading.act(code, renew)


def renewed() -> None:
    """Where the secret was just renewed here, come in with the new one: the run ends then."""
    code = st.session_state.pop(RENEWED, "")
    if code:
        rooms.enter(code)
