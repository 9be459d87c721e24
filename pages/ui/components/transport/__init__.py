"""How far work is, and its player: progress, Pause, Back, Step, End, the speed, the slider over the
epochs, and Stop. What they do they do in the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypedDict

import streamlit as st

from pages.ui.components import inline

State = Literal["none", "waits", "runs", "over"]

_mount = inline.declare("transport", "transport.js", css_class="kd-transport", watches=True)


class Course(TypedDict):
    """How far work is."""

    mark: str
    """Names it: another one begins anew in the player."""
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


def transport(
    key: str,
    course: Course,
    *,
    steps: bool = False,
    stops: str | None = None,
    play: bool = False,
    stream: Mapping[str, str],
    on_stop: Callable[[], None],
    on_end: Callable[[], None],
) -> None:
    """Draw the player of work that has come so far as ``course``, and what the ``stream`` tells.

    ``steps``: its picture has epochs. ``stops`` is what Stop does, None without that button.
    ``play``: begin with its first epoch, once for each mark. ``on_stop`` and ``on_end`` are called
    before the page is drawn, when Stop was pressed, and when the stream has told all.
    """

    def told() -> None:
        held = st.session_state.get(key)
        what: Any = held.get("told") if isinstance(held, Mapping) else None
        if isinstance(what, Mapping):
            if what.get("stop") == course["mark"]:
                on_stop()
            elif "ended" in what:
                on_end()

    data = {"value": course, "steps": steps, "stops": stops, "play": play, **stream}
    _mount(key=key, data=data, on_told_change=told)
