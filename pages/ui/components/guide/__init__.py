"""What a lesson does to the page beside it: the control that it speaks of is brought into view
once, what is done is told to who cannot see it, its links keep the session. Nothing of it is
seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from pages.ui.components import inline

LONGEST = 2000

_mount = inline.declare("guide", "guide.js", css_class="kd-guide")


def guide(
    key: str,
    step: str,
    targets: Sequence[str],
    panel: str,
    *,
    inside: str = "",
    along: str = "",
    told: str = "",
    work: str = "",
    news: Sequence[str] = (),
    on_follow: Callable[[str], None] | None = None,
) -> None:
    """``step`` names what is shown: of another one the first of ``targets`` (CSS selectors) that is
    there is brought into view, above ``panel``, the selector of what stands at the bottom.
    ``inside``: what is outlined within it, where it is a component, which has a document of its
    own. ``along`` is what is brought into view with it, where there is room. ``told`` is said where
    it is news. When it is news within a step, or ``work`` is another, what is there of ``news`` is
    brought into view, the last of it at any rate. ``on_follow`` is called with the address of a
    link in the panel, before the page is drawn."""

    def heard() -> None:
        held: Any = st.session_state.get(key)
        asked = held.get("follow") if isinstance(held, Mapping) else None
        if on_follow is not None and isinstance(asked, str) and len(asked) <= LONGEST:
            on_follow(asked)

    data = {"step": step, "targets": list(targets), "inside": inside, "along": along, "told": told,
            "work": work, "panel": panel, "news": list(news)}  # fmt: skip
    _mount(key=key, data=data, on_follow_change=heard)
