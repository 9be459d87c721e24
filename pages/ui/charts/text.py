"""Texts on their way into a chart: what the lab wrote stays markup, everything else is shown as is.

Plotly reads a small HTML in every text (links, font sizes, line breaks) and ``%{...}`` in hover
texts. Class names, the names of runs and of networks, and whatever else a user can name must not be
read like that. So a text is a name unless it says that it is the lab's own::

    builder ── str ──────────────> safe() ── escaped ──> Plotly shows the very letters
       └────── Own("%{y:.2f}") ──> safe() ── as it is ─> Plotly reads it

:func:`safe` is the one door: :func:`pages.ui.components.live_chart.live_chart`, through which every
chart goes, calls it. A builder that forgets to mark its markup shows ``<br>`` on the screen; none
can forget to escape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kdlab.measure.wording import signed
from pages.ui.shell.prose import visible

SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "%{": "%&#123;"}
"""What Plotly would read, and how it is written so that Plotly shows it."""


LEGEND_LETTERS = 24
"""Of a class's name in a legend or on an axis."""

NAMED = "{}: %{{y:.2f}} %<extra></extra>"
"""A hover template for :func:`own`: a name, and the per cent that one points at."""


class Own(str):
    """A text that Plotly shall read: markup, a hover template. Written in the lab's code only."""

    __slots__ = ()


def plain(text: str) -> Own:
    """``text`` so that Plotly shows these letters; what is :class:`Own` already stays.

    >>> plain("<b>cats & dogs</b> %{x}")
    '&lt;b&gt;cats &amp; dogs&lt;/b&gt; %&#123;x}'
    """
    if isinstance(text, Own):
        return text
    text = visible(text)
    for sign, written in SIGNS.items():
        text = text.replace(sign, written)
    return Own(text)


def own(form: str, *values: object) -> Own:
    """``form``, the lab's own markup, with ``values`` put in as in :meth:`str.format`; texts among
    them are escaped. A template's braces are doubled.

    >>> own("<b>{}</b>: %{{y:.{}f}} %", "a < b", 2)
    '<b>a &lt; b</b>: %{y:.2f} %'
    """
    return Own(form.format(*(plain(v) if isinstance(v, str) else v for v in values)))


def lines(*parts: str) -> Own:
    """``parts`` below each other, each escaped unless it is :class:`Own`.

    >>> lines("a<br>b", own("%{{x}}"))
    'a&lt;br&gt;b<br>%{x}'
    """
    return Own("<br>".join(plain(part) for part in parts))


def brief(name: str, letters: int = LEGEND_LETTERS) -> str:
    """A name cut to so many letters, for a place that a long one would fill.

    >>> brief("a name that is far too long for an axis")
    'a name that is far too …'
    """
    return name if len(name) <= letters else f"{name[: letters - 1]}…"


def number(value: float, digits: int = 2) -> str:
    """``value`` where it may be negative: Plotly's own formats write a hyphen, and a zero's sign.

    >>> number(0.314), number(-0.25, 1), number(-0.001)
    ('0.31', '−0.2', '0.00')
    """
    return signed(value, digits).removeprefix("+")


def safe(value: Any) -> Any:
    """A figure, or any part of one, in which every text that is not :class:`Own` is escaped."""
    match value:
        case str():
            return plain(value)
        case Mapping():
            return {key: safe(part) for key, part in value.items()}
        case list() | tuple():
            if any(isinstance(part, str | Mapping | list | tuple) for part in value):
                return [safe(part) for part in value]
            return value  # numbers: most of a chart, at each redraw
        case _:
            return value
