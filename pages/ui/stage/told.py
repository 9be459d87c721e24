"""Where a page says what the work on screen was made with.

A chart that is saved carries this with it (``live_chart/saved.js`` reads the container), as it
stands at that moment: a run that is turned tells in the browser alone what was turned.
"""

from __future__ import annotations

from typing import Any

import streamlit as st


def run() -> Any:
    """The container of the caption; one a page."""
    return st.container(key="told_run", gap=None)
