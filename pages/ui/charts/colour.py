"""Colours of cells, and ink that can be read on them.

A heat map's numbers stand on every colour of its scale, in both themes; so their ink is chosen cell
by cell, by the contrast of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
"""

from __future__ import annotations

from collections.abc import Sequence

from pages.ui.charts.text import Own, own

Rgb = tuple[float, float, float]
"""Red, green and blue, 0 to 255."""

DARK, LIGHT = "#000000", "#FFFFFF"
"""With these two there is no colour on which the better one has less than 4.58; with a softer black
there would be."""
CIVIDIS = (
    "#00224E", "#123570", "#3B496C", "#575D6D", "#707173",
    "#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#FEE838",
)  # fmt: skip
"""From dark to bright, evenly in brightness, for every kind of eye (Nuñez, Anderton and Renslow
2018, doi:10.1371/journal.pone.0199239)."""


def rgb(colour: str) -> Rgb:
    """ "#RRGGBB" as numbers.

    >>> rgb("#FF8000")
    (255, 128, 0)
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def scale(colours: Sequence[str]) -> list[list[float | str]]:
    """Colours at even distances, as Plotly's ``colorscale``."""
    return [[n / (len(colours) - 1), colour] for n, colour in enumerate(colours)]


def at(colours: Sequence[str], share: float) -> Rgb:
    """The colour at ``share``, 0 to 1, of a scale of colours at even distances, between which red,
    green and blue change in a straight line, as Plotly draws it."""
    place = min(max(share, 0.0), 1.0) * (len(colours) - 1)
    below = min(int(place), len(colours) - 2)
    low, high = rgb(colours[below]), rgb(colours[below + 1])
    red, green, blue = (a + (b - a) * (place - below) for a, b in zip(low, high, strict=True))
    return red, green, blue


def luminance(colour: Rgb) -> float:
    """WCAG's relative luminance, 0 (black) to 1 (white)."""
    parts = (c / 255 for c in colour)
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG's contrast ratio, 1 to 21; small text needs 4.5."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ink(colour: Rgb) -> str:
    """DARK or LIGHT, whichever can be read better on ``colour``."""
    return max((DARK, LIGHT), key=lambda written: contrast(rgb(written), colour))


def on(colour: Rgb, text: str) -> Own:
    """``text`` of a cell of this colour, in a trace whose text is DARK: light where that is read
    better."""
    if ink(colour) == DARK or not text:
        return own("{}", text)
    return own('<span style="color:{}">{}</span>', Own(LIGHT), text)
