"""The handful of Plotly traces and shapes that all charts are made of, as plain dicts.

Whoever draws decides what is drawn and how it looks; how Plotly is told stands here alone. Values
are as they are drawn (per cent, points, nats); only :func:`percent` and :func:`course` scale.

Charts are told as what changes in them: so a trace keeps its place among the others, also while it
is empty, and its lists grow at their end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from kdlab.translation import say
from pages.ui.charts.text import Own
from pages.ui.shell.theme import Look

Dict = dict[str, Any]
Spread = tuple[float, float, float]
"""A mean and the ends of its interval; NaN ends where there is none."""

TWO_DIGITS = Own("%{y:.2f}")
DIGITS = 7
"""Of a number that is drawn: no screen can show more, and the others are half of what is sent."""


def share(value: float) -> float:
    """A bound of an interval of accuracies as a share, 0 to 1: Student's t, with few seeds, can
    reach beyond what there is. NaN stays.

    >>> share(1.07), share(-0.2), share(0.5)
    (1.0, 0.0, 0.5)
    """
    return value if math.isnan(value) else min(max(value, 0.0), 1.0)


def percent(mean: float, low: float, high: float) -> Spread:
    """A share with its interval in per cent, whose ends stay within 0 and 100 %.

    >>> percent(0.9, 0.75, 1.07)
    (90.0, 75.0, 100.0)
    """
    return 100 * mean, 100 * share(low), 100 * share(high)


def rounded(values: Iterable[Any]) -> list[Any]:
    """A list of its own of ``values``: numbers to DIGITS, what is not finite as None, all else as
    it is.

    >>> rounded([100 / 3, math.nan, None, 7, "a"])
    [33.33333, None, None, 7, 'a']
    """
    return [
        (float(f"{v:.{DIGITS}g}") if math.isfinite(v) else None) if isinstance(v, float) else v
        for v in values
    ]


def ends(low: float, high: float, digits: int = 1) -> str:
    """An interval in brackets, to stand behind its mean; nothing where there is none.

    >>> ends(70.26, 71.14), ends(math.nan, math.nan)
    (' (70.3 to 71.1)', '')
    """
    return (
        say(" ({low} to {high})", low=f"{low:.{digits}f}", high=f"{high:.{digits}f}")
        if math.isfinite(low)
        else ""
    )


def line(
    x: Iterable[Any],
    y: Iterable[float | None],
    look: Look,
    name: str,
    *,
    width: float = 2.5,
    size: int = 0,
    hover: str | None = TWO_DIGITS,
    **more: Any,
) -> Dict:
    """A line in the colour and dash of ``look``; NaN is a gap. With a ``size`` in pixels each of
    its points carries the look's symbol. Without a ``hover`` it says nothing when one points at
    it."""
    trace = {
        "type": "scatter",
        "mode": "lines+markers" if size else "lines",
        "x": list(x),
        "y": rounded(y),
        "name": name,
        "line": {"color": look.colour, "dash": look.dash, "width": width},
        **_said(hover),
    }
    if size:
        trace["marker"] = {"color": look.colour, "symbol": look.symbol, "size": size}
    return trace | more


def level(
    ends: Sequence[float],
    value: float,
    look: Look,
    name: str,
    *,
    width: float = 2,
    hover: str = TWO_DIGITS,
    **more: Any,
) -> Dict:
    """A horizontal line at ``value`` between two x: a teacher, a reference."""
    return line(ends, [value, value], look, name, width=width, hover=hover, **more)


def band(spread: Sequence[Spread], look: Look, *, opacity: float = 0.2, **more: Any) -> Dict:
    """Intervals over x as one filled outline, from (x, low, high). The browser draws the outline:
    what is told of it grows at its end only."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [s[0] for s in spread],
        "low": rounded(s[1] for s in spread),
        "high": rounded(s[2] for s in spread),
        "fill": "toself",
        "fillcolor": look.faded(opacity),
        "line": {"width": 0},
        "showlegend": False,
        "hoverinfo": "skip",
    } | more


def course(
    x: Iterable[Any],
    spreads: Iterable[Sequence[float]],
    look: Look,
    name: str,
    *,
    shares: bool = True,
    opacity: float = 0.2,
    axis: Dict | None = None,
    **more: Any,
) -> list[Dict]:
    """A mean over ``x`` as a line on the band of its intervals, from (mean, low, high); the band is
    empty where there is no interval. ``shares`` are drawn in per cent, other values as they are.

    ``axis`` goes into both traces (another y axis), ``more`` to :func:`line`. Both grow with x: a
    player that is held shows them up to its epoch.
    """
    drawn = [(at, *(percent(*s) if shares else s)) for at, s in zip(x, spreads, strict=True)]
    found = [(at, low, high) for at, _, low, high in drawn if math.isfinite(low)]
    axis = (axis or {}) | {"grows": True}
    middle = line([d[0] for d in drawn], [d[1] for d in drawn], look, name, **axis, **more)
    return [band(found, look, opacity=opacity, **axis), middle]


def whiskers(axis: str, spreads: Sequence[Spread], colour: str, **more: Any) -> Dict:
    """The intervals of points along ``axis``, "x" or "y", to be put into their trace; nothing
    where no point has one."""
    if not any(math.isfinite(low) for _, low, _ in spreads):
        return {}
    known = [(m, lo, hi) if math.isfinite(lo) else (m, m, m) for m, lo, hi in spreads]
    return {
        f"error_{axis}": {
            "type": "data",
            "array": rounded(high - mean for mean, _, high in known),
            "arrayminus": rounded(mean - low for mean, low, _ in known),
            "color": colour,
            **more,
        }
    }


def dots(
    x: Iterable[Any],
    y: Iterable[Any],
    colour: str,
    size: int,
    *,
    marker: Dict | None = None,
    hover: str | None = None,
    **more: Any,
) -> Dict:
    """Points without a line; ``marker`` adds symbol and opacity. Without a ``hover`` they say
    nothing when one points at them."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(x),
        "y": rounded(y),
        "marker": {"color": colour, "size": size, **(marker or {})},
        **_said(hover),
        **more,
    }


def _said(hover: str | None) -> Dict:
    return {"hoverinfo": "skip"} if hover is None else {"hovertemplate": hover}


def means(
    spreads: Sequence[Spread],
    names: Sequence[str],
    look: Look,
    size: int,
    hover: str,
    *,
    marker: Dict | None = None,
    **more: Any,
) -> Dict:
    """Means along x with their intervals, one a name in ``names``, in the symbol of ``look``."""
    middle = [mean for mean, _, _ in spreads]
    marker = {"symbol": look.symbol, **(marker or {})}
    whisker = whiskers("x", spreads, look.colour)
    return dots(middle, names, look.colour, size, marker=marker, hover=hover, **whisker, **more)


def bars(x: Sequence[float], y: Sequence[str], colour: str, hover: str, **more: Any) -> Dict:
    """Horizontal bars of length ``x``, one a name in ``y``."""
    return {
        "type": "bar",
        "orientation": "h",
        "x": list(x),
        "y": list(y),
        "marker": {"color": colour},
        "hovertemplate": hover,
        **more,
    }


def upright(x: float, *, colour: str = "#888888", width: float = 1, dash: str = "dot") -> Dict:
    """A shape: a vertical line at ``x`` from the bottom of the chart to its top."""
    line = {"color": colour, "width": width, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def note(x: float, y: float, text: str, **more: Any) -> Dict:
    """An annotation: words at a place, without an arrow."""
    return {"x": x, "y": y, "text": text, "showarrow": False, **more}
