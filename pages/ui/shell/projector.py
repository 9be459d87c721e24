"""The projector: larger type and lines and fewer things, for a room that looks at one screen.

Only a wide window is drawn so (``projector.css`` and the charts look for the same width): a phone
to which the address is sent, and a page at 200 %, look as they always do. The controls are folded
away and can be opened. What a room does not need stands in a container of :func:`aside`.

Whether it is on stands in the address, ``?projector=on``, so that it can be kept as a bookmark; it
goes along from page to page. What hands out settings does not carry it: who follows such a link has
a screen of his own.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from pages.ui.shell import prose

PARAMETER, ON = "projector", "on"
MEMORY, CHANGED = "link.projector", "link.projector.changed"
ECHO_SECONDS = 1.5
"""For so long after a press the browser may still send the address of before."""
STYLE = prose.style(__file__)


def on() -> bool:
    """Whether this visitor's pages are drawn for a projector."""
    return bool(st.session_state.get(MEMORY))


def read() -> None:
    """Take it from the address; before the page that is asked for draws anything."""
    asked = st.query_params.get(PARAMETER)
    if asked is None or time.monotonic() - st.session_state.get(CHANGED, -ECHO_SECONDS) < (
        ECHO_SECONDS
    ):
        return
    st.session_state[MEMORY] = asked == ON


def side_bar() -> Literal["collapsed", "auto"]:
    """How the side bar is when the page arrives or the projector is switched; whoever has opened or
    closed it himself finds it as he left it."""
    return "collapsed" if on() else "auto"


def aside(key: str) -> Any:
    """A container for a sentence that somebody reads at his desk and that a room can do without. No
    warning, no refusal, and nothing without which the picture cannot be read. ``key`` is the page's
    alone."""
    return st.container(key=f"aside_{key}")


def without(address: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an address but for the projector's: what it says of a page."""
    return {name: value for name, value in address.items() if name != PARAMETER}


def told(address: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an address, those of the projector as they are now."""
    return without(address) | ({PARAMETER: ON} if on() else {})


def switch() -> None:
    """The button in the head of every page, and the look that it asks for; after the page, which
    may have written its address."""
    label = "Projector off" if on() else "Projector"
    words = "Larger type and lines, and fewer things. The address keeps it: it can be bookmarked."
    with st.container(key="projector"):
        st.button(
            label,
            key="projector.turn",
            icon=":material/co_present:",
            type="tertiary",
            help=words,
            on_click=_turn,
        )
    if on():
        st.html(STYLE)
    now = dict(st.query_params)
    if (wanted := told(now)) != now:
        st.query_params.from_dict(wanted)


def _turn() -> None:
    st.session_state[MEMORY] = not on()
    st.session_state[CHANGED] = time.monotonic()
