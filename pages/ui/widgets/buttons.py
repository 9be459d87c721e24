"""A button with a sign, a key and a sentence on what it does: most of those that the pages have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st


def button(
    label: str,
    key: str,
    icon: str,
    call: Callable[..., None],
    *args: Any,
    help_text: str | None,
    shortcut: str | None = None,
    off: bool = False,
    kind: Literal["primary", "secondary"] = "secondary",
    width: Literal["stretch", "content"] = "content",
) -> None:
    """Pressed, it has ``call`` called with ``args`` before the page is drawn. ``icon``: the name of
    a Material icon; ``shortcut``: the key that does the same; ``off``: nobody can press it;
    ``help_text``: what it does, None where a sentence would stand in the way."""
    st.button(
        label,
        key=key,
        icon=f":material/{icon}:",
        on_click=call,
        args=args,
        help=help_text,
        shortcut=shortcut,
        disabled=off,
        type=kind,
        width=width,
    )
