"""A button that saves a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from kdlab.translation import say

KINDS = {
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".csv": "text/csv",
    ".py": "text/x-python",
    ".html": "text/html",
    ".md": "text/markdown",
    ".zip": "application/zip",
    ".onnx": "application/octet-stream",
    ".safetensors": "application/octet-stream",
}
"""Ending of a file that is saved -> what the browser is told it is."""


Content = str | bytes | Path | Callable[[], bytes]


def offer(label: str, content: Content, name: str, page: str = "live") -> None:
    """A button that saves ``content``, or a file that is read, or made, only when it is pressed,
    under a ``name`` whose ending is one of KINDS; no run of the page follows."""
    st.download_button(
        say(label),
        content.read_bytes if isinstance(content, Path) else content,
        name,
        KINDS[Path(name).suffix],
        key=f"{page}.file.{label}",
        icon=":material/download:",
        on_click="ignore",
    )
