"""How far work is, and its player: progress, Pause, Back, Step, End, the speed, the slider over the
epochs, and Stop. What they do they do in the browser."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypedDict

import streamlit as st

from pages.ui.components import inline

State = Literal["none", "waits", "runs", "over"]

SERVER = uuid.uuid4().hex
"""Names this server, of which a page sees when it has become another."""

_mount = inline.declare("transport", "transport.js", css_class="kd-transport")


class Course(TypedDict):
    """How far work is."""

    state: State
    fraction: float
    """0 to 1."""
    text: str
    """A sentence beside it, as it is; empty where all is said."""
    head: int
    """The newest epoch, -1 where work has none."""
    last: int
    """The last epoch that there will be."""
    seconds: float
    """For how long it was trained until now."""


def course(
    state: State,
    fraction: float = 0.0,
    text: str = "",
    *,
    head: int = -1,
    last: int = 0,
    seconds: float = 0.0,
) -> Course:
    """So far it has come; numbers are rounded to what can be seen."""
    return {
        "state": state,
        "fraction": round(min(1.0, fraction), 4),
        "text": text,
        "head": head,
        "last": last,
        "seconds": round(seconds, 2),
    }


def transport(
    key: str,
    told: Course,
    *,
    mark: str,
    stream: Mapping[str, str],
    ends: bool = True,
    steps: bool = False,
    stops: str | None = None,
    play: bool = False,
    on_stop: Callable[[], None] = lambda: None,
    on_end: Callable[[], None] = lambda: None,
) -> None:
    """Draw how far work is, as ``told`` here and by the ``stream``, and its player.

    ``mark`` names the work: another one starts again in the player. ``ends``: the page runs when
    the stream has told all. ``steps``: its picture has epochs. ``stops`` is what Stop does, None
    without that button. ``play``: begin with its first epoch, once for each mark. ``on_stop`` and
    ``on_end`` are called before the page is drawn, when Stop was pressed, and when the stream has
    told all.
    """

    def heard() -> None:
        held = st.session_state.get(key)
        what: Any = held.get("told") if isinstance(held, Mapping) else None
        if isinstance(what, Mapping):
            if what.get("stop") == mark:
                on_stop()
            elif "ended" in what:
                on_end()

    data = {"value": told, "mark": mark, "server": SERVER, "steps": steps, "stops": stops}
    data |= {"play": play, "ends": ends, "library": inline.LIBRARY, **stream}
    _mount(key=key, data=data, on_told_change=heard)
