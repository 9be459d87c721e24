"""What a class has predicted, as a chart: how many gave which answer, and once it is revealed, what
was right.

One's own answer and the right one are marked by a sign and a word, not by colour alone.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kdlab.translation import say
from pages.ui.charts.base import base_layout, list_layout
from pages.ui.charts.text import brief, own
from pages.ui.charts.traces import Dict, Spread, bars, dots, upright
from pages.ui.shell.theme import CLASS_COLOURS

SAID, RIGHT = CLASS_COLOURS[0], CLASS_COLOURS[2]
MOST_BARS = 24
"""Of a histogram of numbers."""
LINE_LETTERS, MOST_LINES = 34, 3
"""Of an answer, beside its bar."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Of one question: ``labels`` are value -> words of each answer there is, in order, empty where
    numbers were asked for, from ``low`` to ``high`` in steps of ``step``, in ``unit``; ``counts``
    are value -> how many gave it. ``right`` is the value that was right, and ``measured`` the mean
    and interval of a number, NaN where it has none, which ``told`` says in words; all of them once
    they are revealed."""

    labels: Mapping[str, str]
    counts: Mapping[str, int]
    low: float = 0.0
    high: float = 100.0
    step: float = 1.0
    unit: str = ""
    right: str = ""
    measured: Spread | None = None
    told: str = ""


def histogram(told: Answers, mine: str = "") -> Dict:
    """How many gave which answer; ``mine`` is the reader's own, "" for none."""
    return _choices(told, mine) if told.labels else _numbers(told, mine)


def describe(told: Answers, mine: str = "") -> str:
    """The same in words, for whoever does not see it."""
    said = say(", ").join(
        f"{told.labels.get(value, _with_unit(value, told.unit))}{say(': ')}{count}"
        for value, count in told.counts.items()
        if count or told.labels
    )
    found = say("Answers of the class: {said}.", said=said or say("none yet"))
    if mine:
        words = told.labels.get(mine, _with_unit(mine, told.unit))
        found += say(" ") + say("Yours: {answer}.", answer=words)
    if told.right in told.labels:
        found += say(" ") + say("Right: {answer}.", answer=told.labels[told.right])
    if told.told:
        found += say(" ") + say("Measured: {told}.", told=told.told)
    return found


def _choices(told: Answers, mine: str) -> Dict:
    """A bar an answer, beside which stands how many, and what there is to say of it."""
    values = list(told.labels)
    counts = [told.counts.get(value, 0) for value in values]
    names = [_lines(told.labels[value]) for value in values]
    marks = []
    for value, count in zip(values, counts, strict=True):
        parts = [str(count)]
        if value == mine:
            parts.append(f"◆ {say('yours')}")
        if told.right and value == told.right:
            parts.append(f"✓ {say('measured') if told.measured is not None else say('right')}")
        marks.append("  ".join(parts))
    colours = [RIGHT if told.right and value == told.right else SAID for value in values]
    trace = bars(counts, names, SAID, own("%{{y}}: %{{x}}<extra></extra>"))
    trace |= {
        "marker": {"color": colours},
        "text": marks,
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"size": 14},
    }
    most = max([*counts, 4])
    axis = {"range": [0, 1.35 * most], "tickformat": "d", "nticks": 6, "zeroline": False}
    layout = list_layout(say("Answers"), "", top=8, xaxis=axis)
    return {"data": [trace], "layout": layout}


def _lines(words: str) -> str:
    """``words`` in a few lines, for Plotly.

    >>> _lines("That this 0 looks more like a 6 than like a 3.")
    'That this 0 looks more like a 6<br>than like a 3.'
    """
    lines = textwrap.wrap(words, LINE_LETTERS) or [words]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], brief(" ".join(lines[MOST_LINES - 1 :]), LINE_LETTERS)]
    return "<br>".join(lines)


def _numbers(told: Answers, mine: str) -> Dict:
    """A bar for each small stretch of numbers; the measured one as a line on its interval."""
    low, high, width = _bins(told.low, told.high, told.step)
    places = math.ceil((high - low) / width - 1e-9)
    counts = [0] * places
    for value, count in told.counts.items():
        at = int((float(value) - low) / width + 1e-9)
        counts[min(max(at, 0), places - 1)] += count
    middles = [low + (n + 0.5) * width for n in range(places)]
    between = [
        f"{middle:g}" if width == told.step else f"{middle - width / 2:g} – {middle + width / 2:g}"
        for middle in middles
    ]
    trace: Dict = {
        "type": "bar",
        "x": middles,
        "y": counts,
        "width": [0.94 * width] * places,
        "customdata": between,
        "marker": {"color": SAID},
        "hovertemplate": own("%{{customdata}}: %{{y}}<extra></extra>"),
        "name": say("Answers"),
        "showlegend": False,
    }
    most = max([*counts, 4])
    data = [trace]
    look: Dict = {"symbol": "diamond", "line": {"width": 1.5, "color": "#000000"}}
    at_mine = [float(mine)] if mine else []
    name = say("Yours")
    data.append(
        dots(at_mine, [1.12 * most] * len(at_mine), "#E69F00", 13, marker=look, name=name,
             hover=own("{}: %{{x}}<extra></extra>", name), showlegend=bool(mine))
    )  # fmt: skip
    layout = base_layout(
        told.unit, say("Answers"), top=28, closest=True,
        xaxis={"range": _axis(told, low, high)},
        yaxis={"range": [0, 1.25 * most], "tickformat": "d", "nticks": 5},
    )  # fmt: skip
    if told.measured is not None:
        mean, first, last = told.measured
        look = {"symbol": "x-thin-open", "line": {"width": 3, "color": RIGHT}}
        words = say("Measured")
        data.append(dots([mean], [1.12 * most], RIGHT, 12, marker=look, name=words,
                         hover=own("{}: %{{x}}<extra></extra>", words)))  # fmt: skip
        shapes = [upright(mean, colour=RIGHT, width=3, dash="solid")]
        if math.isfinite(first):
            shapes.append(_interval(first, last))
        layout["shapes"] = shapes
    return {"data": data, "layout": layout}


def _interval(low: float, high: float) -> Dict:
    return {
        "type": "rect", "x0": low, "x1": high, "y0": 0, "y1": 1, "yref": "paper",
        "fillcolor": RIGHT, "opacity": 0.18, "line": {"width": 0},
    }  # fmt: skip


def _bins(low: float, high: float, step: float) -> tuple[float, float, float]:
    """(First, last, width): as many steps together as give at most MOST_BARS bars. A bar of one
    step stands on its number.

    >>> _bins(0, 100, 1)
    (0, 100, 5)
    >>> _bins(0, 10, 1)
    (-0.5, 10.5, 1)
    """
    steps = max(1.0, (high - low) / step)
    together = next(
        (n for n in _round_numbers() if steps / n <= MOST_BARS), math.ceil(steps / MOST_BARS)
    )
    if together == 1:
        return low - step / 2, high + step / 2, step
    return low, high, together * step


def _round_numbers() -> Sequence[int]:
    return [n * 10**power for power in range(6) for n in (1, 2, 5)]


def _axis(told: Answers, low: float, high: float) -> list[float]:
    """All that may be answered, and what was measured."""
    known = [v for v in told.measured or () if math.isfinite(v)]
    room = 0.02 * (high - low)
    return [min([low, *known]) - room, max([high, *known]) + room]


def _with_unit(value: str, unit: str) -> str:
    return f"{value} {unit}".rstrip()
