"""A pad to draw a digit on, by mouse, finger or keyboard; Python gets it small, as networks see it.

The browser averages the drawing down to ``size`` x ``size`` areas and sends it about five times a
second while a stroke is drawn, and when it ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.ui.components import inline

_mount = inline.declare("pad", "pad.js", css_class="kd-pad")


def pad(*, key: str, size: int = 28, clear: int = 0) -> npt.NDArray[np.uint8] | None:
    """Show the pad; return the drawing, (size, size) uint8, 255 = ink, or None while it is empty.

    Another number in ``clear`` than in the last run empties the pad.
    """
    held = st.session_state.get(key)
    _mount(key=key, data={"size": size, "clear": clear}, on_value_change=lambda: None)
    value: Any = held.get("value") if isinstance(held, dict) else None
    if not isinstance(value, dict) or value.get("clear") != clear:
        return None
    pixels = inline.numbers(value.get("pixels"), size * size, 255)
    if pixels is None or not any(pixels):
        return None
    return np.asarray(pixels).clip(0, 255).astype(np.uint8).reshape(size, size)
