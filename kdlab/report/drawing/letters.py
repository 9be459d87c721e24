"""Texts that stand in a drawing: short, in one line, of letters that the font has."""

from __future__ import annotations

import functools

from kdlab.data.naming import visible
from kdlab.report.words import brief

SMALL, NORMAL = 8.0, 9.0
"""Points."""
MISSING = "\u25a1"
"""Stands for a letter that the font lacks; the tables beside a figure have the names as they are.
"""
LONGEST = 46


def shown(text: str, most: int = LONGEST) -> str:
    """``text`` as Matplotlib draws it: a dollar begins no formula."""
    known = _known()
    letters = "".join(c if ord(c) in known else MISSING for c in brief(visible(text), most))
    letters = letters.replace("$", r"\$")
    return f" {letters}" if letters.startswith("_") else letters  # else a legend leaves it out


def wrapped(text: str, width: int = 26) -> str:
    """The same in at most two lines."""
    whole = shown(text, 2 * width)
    if len(whole) <= width:
        return whole
    at = whole.rfind(" ", 0, width + 1)
    at = at if at > 0 else width
    return f"{whole[:at]}\n{whole[at:].strip()}"


@functools.cache
def _known() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return frozenset(get_font(findfont(FontProperties())).get_charmap())
