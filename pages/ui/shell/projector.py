"""The projector: larger type and lines and fewer things, for a room that looks at one screen.

Only a wide window is drawn so (``projector.css`` and the charts look for the same width): a phone
to which the address is sent, and a page at 200 %, look as they always do. The controls are folded
away and can be opened. What a room does not need stands in a container of :func:`aside`.

Whether it is on stands in the address (:mod:`pages.ui.shell.carried`), ``?projector=on``.
"""

from __future__ import annotations

from typing import Any, Literal

import streamlit as st

from kdlab.translation import say
from pages.ui.shell import prose
from pages.ui.shell.carried import Carried

ON = "on"
STANDS = Carried("projector", lambda value: value == ON)
STYLE = prose.style(__file__)


def on() -> bool:
    """Whether this visitor's pages are drawn for a projector."""
    return bool(STANDS.value)


def side_bar() -> Literal["collapsed", "auto"]:
    """How the side bar is when the page arrives or the projector is switched; whoever has opened or
    closed it himself finds it as he left it."""
    return "collapsed" if on() else "auto"


def aside(key: str) -> Any:
    """A container for a sentence that somebody reads at his desk and that a room can do without. No
    warning, no refusal, and nothing without which the picture cannot be read. ``key`` is the page's
    alone."""
    return st.container(key=f"aside_{key}")


def switch() -> None:
    """The button in the head of every page, and the look that it asks for."""
    label = say("Projector off") if on() else say("Projector")
    words = say(
        "Larger type and lines, and less on the page. The address keeps it, for a bookmark."
    )
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


def _turn() -> None:
    STANDS.put("" if on() else ON)
