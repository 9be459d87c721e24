"""What to try on a page, above its picture: names to press, the question, its answer on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

import streamlit as st

from pages.ui.components import inline

_mount = inline.declare("tries", "tries.js", css_class="kd-tries")


class Told(TypedDict):
    """One thing to try: its name, what that is called on screen, as it is, and question and answer
    as HTML that the lab made."""

    name: str
    label: str
    task: str
    answer: str


def tries(
    key: str, offered: Sequence[Told], chosen: str, picture: str, on_pick: Callable[[str], None]
) -> None:
    """Draw the names, and of the ``chosen`` one ("" for none) its question and its hidden answer.

    ``picture`` is a CSS selector: what it finds first is brought into view after a press.
    ``on_pick`` is called with the name that was pressed, "" where the question was put away, before
    the page is drawn.
    """
    names = {"", *(one["name"] for one in offered)}

    def heard() -> None:
        held: Any = st.session_state.get(key)
        name = held.get("pick") if isinstance(held, Mapping) else None
        if name in names:
            on_pick(name)

    data = {"tries": list(offered), "chosen": chosen, "picture": picture}
    _mount(key=key, data=data, on_pick_change=heard)
