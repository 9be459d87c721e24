"""What the browser tab remembers of the lessons: given back once to a session that knows nothing.
Nothing of it is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from pages.ui.components import inline

LONGEST = 100_000
"""Characters that are taken from a browser."""

_mount = inline.declare("kept", "kept.js", css_class="kd-kept")


def kept(key: str, keep: str, *, fresh: bool, on_has: Callable[[str], None]) -> None:
    """Have the tab remember ``keep``; of a ``fresh`` session ``on_has`` is called, before the page
    is drawn anew, with what the tab has from before."""

    def heard() -> None:
        held: Any = st.session_state.get(key)
        has = held.get("has") if isinstance(held, Mapping) else None
        if isinstance(has, str) and len(has) <= LONGEST:
            on_has(has)

    _mount(key=key, data={"keep": keep, "fresh": fresh}, on_has_change=heard)
