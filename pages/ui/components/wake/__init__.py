"""Runs the page once when something that it depends on has changed; it draws nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.ui.components import inline

_mount = inline.declare("wake", "wake.js", html="<div></div>")


def wake(key: str, value: Any, stream: Mapping[str, str]) -> None:
    """Run the page when the ``stream`` tells another ``value``, or is over."""
    with st.container(key=f"wake-{key}", height="content"):
        _mount(key=key, data={"value": value, **stream}, on_changed_change=lambda: None)
