"""Who instructs a class in front of the browser, and the one store of classes of this server.

The instructor opens the address ``/class?room=CODE&instructor=SECRET``. As with the owner's key
(:mod:`pages.ui.shell.visiting`) the secret is taken from the address before any page is drawn, and
the browser is given a pass in a cookie, one a room. This server's owner instructs every room, but
not where everybody is the owner (``KDLAB_TRUST=everybody``): then nobody would be left to answer.
"""

from __future__ import annotations

import streamlit as st

from kdlab import classroom
from kdlab.classroom import Classroom, Instructor, codes
from kdlab.errors import KdlabError
from kdlab.hosting import class_rights, key, visitor
from kdlab.hosting.visitor import Visitor
from pages.ui.shell import prose, visiting

ROOM, PARAMETER = "room", "instructor"
"""Names in the address."""
WRONG = "instructing.wrong"
"""The page at which a wrong secret was shown: said there until another page is opened."""


@st.cache_resource(show_spinner=False)
def rooms() -> Classroom:
    """The classes of this server's home. StoreError where they can be neither read nor made."""
    return classroom.open_store()


def arrive(page: str = "") -> bool:
    """What is done in each run before any ``page``, when :func:`visiting.arrive` has let it go on:
    whether the run ends with that. A room's secret is taken from the address."""
    class_rights.ask(allows)
    if PARAMETER not in st.query_params:
        _tell_if_wrong(page)
        return False
    shown = st.query_params[PARAMETER]
    code = codes.typed(st.query_params.get(ROOM, ""))
    try:
        if code is not None and rooms().instructs(code, shown):
            cookie = f"{cookie_of(code)}={rooms().browser_pass(code)}"
            visiting.send_on(cookie, visiting.PASS_SECONDS, PARAMETER, "instructing")
            return True
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")
    del st.query_params[PARAMETER]
    st.session_state[WRONG] = page
    _tell_if_wrong(page)
    return False


def leads_all() -> bool:
    """Whether whoever is in front of the browser instructs every room: this server's one owner."""
    try:
        return visitor.current().owner and key.trust() != key.EVERYBODY
    except KdlabError:  # told on every page
        return False


def instructs(code: str) -> bool:
    """Whether this browser is the room's instructor's, or this server's owner's."""
    try:
        return leads_all() or bool(_shown(code))
    except KdlabError:
        return False


def instructs_any() -> bool:
    """Whether this browser instructs a room of this server that has not ended, or is its
    owner's."""
    try:
        return leads_all() or any(
            instructs(room.code) for room in rooms().rooms() if not room.ended
        )
    except KdlabError:
        return False


def instructor(code: str) -> Instructor | None:
    """The instructor's actions in the room, where this browser :func:`instructs` it. StoreError
    where the classes cannot be read."""
    if leads_all():
        return rooms().as_instructor(code, rooms().secret(code)) if rooms().room(code) else None
    shown = _shown(code)
    return rooms().as_instructor(code, shown) if shown else None


def member() -> Visitor:
    """Who is in front of the browser, as somebody in a room: the owner's browsers, too, are told
    one from the other there, as all are where everybody is the owner."""
    who = visitor.current()
    return Visitor(f"owner {visiting.browser()}", owner=True) if who.owner else who


def allows(who: Visitor, what: class_rights.Right) -> bool:
    """Whether ``who`` instructs a room that has not ended, or is in one that allows ``what`` to the
    class; registered in :mod:`kdlab.hosting.class_rights`."""
    try:
        going_on = [room.code for room in rooms().rooms() if not room.ended]
        own = who == visitor.current() and any(map(instructs, going_on))
        return own or rooms().allows(who, what)
    except KdlabError:
        return False


def cookie_of(code: str) -> str:
    """The name under which a browser keeps the pass of a room."""
    return "kdlab_class_" + key.derived("cookie", code)[:12]


def _shown(code: str) -> str:
    """The pass of the room that this browser keeps, where it is one of today's; else empty."""
    typed = codes.typed(code)
    if typed is None:
        return ""
    shown = str(visiting.cookies().get(cookie_of(typed), ""))
    return shown if shown and rooms().instructs(typed, shown) else ""


def _tell_if_wrong(page: str) -> None:
    """As :mod:`pages.ui.shell.visiting` does it for a wrong key."""
    if st.session_state.get(WRONG) != page:
        st.session_state.pop(WRONG, None)
    else:
        st.warning(prose.text("server", "wrong secret"), icon=":material/key_off:")
