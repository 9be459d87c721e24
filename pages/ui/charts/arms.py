"""The pictures that every study has: pure functions from a history to a Plotly figure.

Accuracies are fractions in the history and per cent here; bands and whiskers are 95 % intervals
over seeds.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.studies import StudyHistory
from pages.ui.charts.base import base_layout, log_axis, share
from pages.ui.charts.text import Own, brief, lines, own
from pages.ui.shell.theme import LOOKS, TEACHER, Look

Dict = dict[str, Any]

MEASURES = {
    "test": "Test accuracy, %",
    "validation": "Validation accuracy, %",
    "fidelity": "Fidelity: same answer as the teacher, %",
    "hard": "Hard part: CE(labels, student), nats",
    "soft": "Soft part, with its method's weight",
}
"""Measure -> words on the axis. Those that end with % are shares."""

COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D00", "#5D3A9B")
DASHES = ("solid", "dash", "dashdot", "longdash", "longdashdot", "solid", "dash", "dashdot")
SYMBOLS = (
    "circle", "diamond", "triangle-up", "cross", "star", "hexagon", "pentagon", "triangle-down",
)  # fmt: skip
GREYS, OPEN = ("#A8A8A8", "#5F6B73", "#8C8C8C", "#B5ADA3"), (
    "square-open", "diamond-open", "circle-open", "x",
)  # fmt: skip
"""Of further students on labels only: other widths, other views of the images."""
WIDE = 28
"""Letters of a label that fit beside a chart."""
LONGEST = 80
"""Letters of a label in a legend: it may hold a class's name, which may be of any length."""


def looks(history: StudyHistory) -> dict[str, Look]:
    """A look for every arm: grey for those on labels only that others are judged against, orange
    for the first of the others. Students that start from a teacher, or go on where others ended,
    may have no teacher in their loss and still be what a page is about."""
    found: dict[str, Look] = {}
    references = {arm["against"] for arm in history.arms}
    taught = alone = 0
    for arm in history.arms:
        name, label = str(arm["name"]), brief(str(arm["label"]), LONGEST)
        if not arm["teacher"] and name in references:
            own = {"label": label, "short": label}
            if alone:  # one of several: told apart by shade, dash and symbol
                n = (alone - 1) % len(GREYS)
                own |= {"colour": GREYS[n], "dash": DASHES[n + 1], "symbol": OPEN[n]}
            found[name] = replace(LOOKS[LABELS_ONLY], **own)
            alone += 1
            continue
        n, again = taught % len(COLOURS), taught // len(COLOURS)
        colour = LOOKS[DISTILLED].colour if taught == 0 else COLOURS[n]
        dash, symbol = DASHES[(n + again) % len(DASHES)], SYMBOLS[(n + again) % len(SYMBOLS)]
        found[name] = Look(colour, dash, symbol, label, label, colour)
        taught += 1
    return found


def curves(
    history: StudyHistory,
    measure: str = "test",
    only: tuple[str, ...] = (),
    *,
    legend: bool = True,
    beside: bool = False,
) -> Dict:
    """``measure`` over epochs, a line and a band an arm; ``only``: the arms that are shown. No
    ``legend`` is needed next to :func:`results`, which names the same colours; ``beside`` puts it
    to the right, where there is room for many arms."""
    words = MEASURES[measure]
    percent = words.endswith("%")
    layout = base_layout("Epoch", words.removesuffix(", %") + (", %" if percent else ""))
    layout["title"]["text"] = f"{words.split(',')[0]}, 95 % bands"
    layout["margin"]["t"] = 34
    layout["legend"] = {"orientation": "h", "x": 0, "y": -0.18, "yanchor": "top"}
    if beside:
        layout["legend"] = {"x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top"}
    layout["showlegend"] = legend
    if percent:
        layout["yaxis"] |= {"range": [0, 104]}
    else:
        layout["yaxis"] |= log_axis()
    layout["xaxis"] |= {"range": [0, last_epoch(history)]}
    data: list[Dict] = []
    for name, look in looks(history).items():
        if only and name not in only:
            continue
        rows = history.curve(name, measure)
        scale = 100.0 if percent else 1.0
        if not percent:
            rows = rows[rows["mean"] > 0]
        points = [
            (e, m, lo, hi) for e, m, lo, hi in rows.itertuples(index=False) if math.isfinite(m)
        ]
        band = [(e, lo, hi) for e, _, lo, hi in points if math.isfinite(lo)]
        if percent:
            band = [(e, share(lo), share(hi)) for e, lo, hi in band]
        else:
            band = [(e, max(lo, m / 100), hi) for e, m, lo, hi in points if math.isfinite(lo)]
        data += _line(look, points, band, scale)
    if percent and history.started is not None and measure != "fidelity":
        data.append(_teacher(history))
    return {"data": data, "layout": layout}


def _line(
    look: Look,
    points: list[tuple[float, float, float, float]],
    band: list[tuple[float, float, float]],
    scale: float,
) -> list[Dict]:
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [b[0] for b in band] + [b[0] for b in reversed(band)],
            "y": [scale * b[2] for b in band] + [scale * b[1] for b in reversed(band)],
            "fill": "toself",
            "fillcolor": look.faded(0.14),
            "line": {"width": 0},
            "showlegend": False,
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "x": [p[0] for p in points],
            "y": [scale * p[1] for p in points],
            "name": look.label,
            "line": {"color": look.colour, "dash": look.dash, "width": 2.5},
            "hovertemplate": Own("%{y:.2f}"),
        },
    ]


def last_epoch(history: StudyHistory) -> int:
    """Of the longest arm that has begun."""
    begun = [known for a in history.arms if (known := history.epochs(str(a["name"])))]
    return max((known[-1].epochs for known in begun), default=1)


def _teacher(history: StudyHistory) -> Dict:
    look, started = LOOKS[TEACHER], history.started
    assert started is not None
    last = last_epoch(history)
    value = 100 * started.teacher_accuracy
    return {
        "type": "scatter",
        "x": [0, last],
        "y": [value, value],
        "name": "Teacher (test)",
        "text": ["", "teacher"],
        "mode": "lines+text",
        "textposition": "top left",
        "textfont": {"color": look.text, "size": 11},
        "line": {"color": look.colour, "dash": "dot", "width": 1.5},
        "hovertemplate": Own("%{y:.2f}"),
    }


def results(history: StudyHistory) -> Dict:
    """Test accuracy of every arm: mean with its interval, a faint dot a seed. Arms that are not
    done show where they stand."""
    layout = base_layout("Correct answers, %", "", "Test accuracy, 95 % intervals")
    layout["margin"]["t"] = 34
    layout["hovermode"] = "closest"
    layout["showlegend"] = False
    layout["yaxis"] = {"automargin": True, "autorange": "reversed", "type": "category"}
    data: list[Dict] = []
    for name, look in looks(history).items():
        values = history.values(name)
        known = history.epochs(name)
        if not values and known:
            values = known[-1].test
        values = tuple(v for v in values if math.isfinite(v))
        if not values:
            continue
        done = name in history.done
        mean, low, high = (
            history.mean(name) if done else (sum(values) / len(values), math.nan, math.nan)
        )
        row = short(look.label)
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [100 * v for v in values],
                "y": [row] * len(values),
                "marker": {"color": look.colour, "size": 5, "opacity": 0.4},
                "hoverinfo": "skip",
            }
        )
        whisker = {}
        if math.isfinite(low):
            whisker = {
                "error_x": {
                    "type": "data",
                    "array": [100 * (share(high) - mean)],
                    "arrayminus": [100 * (mean - share(low))],
                    "color": look.colour,
                    "thickness": 2,
                }
            }
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [100 * mean],
                "y": [row],
                "marker": {
                    "color": look.colour,
                    "symbol": look.symbol,
                    "size": 12,
                    "opacity": 1 if done else 0.5,
                },
                "hovertemplate": _told(history, name, done),
                **whisker,
            }
        )
    return {"data": data, "layout": layout}


def _told(history: StudyHistory, name: str, done: bool) -> str:
    told = [history.label(name), Own("%{x:.2f} %" + ("" if done else " so far"))]
    gain = history.gain(name) if done else None
    if gain is not None and history.against(name) != name:
        told.append(f"against labels only {gain.points(2)} points")
        if gain.ci95:
            told.append(f"95 % {gain.between(2)}")
    return own("{}<extra></extra>", lines(*told))


def short(label: str) -> str:
    """A label in at most two lines."""
    words, rows = label.split(), [""]
    for word in words:
        if len(rows[-1]) + len(word) > WIDE and rows[-1]:
            rows.append("")
        rows[-1] = f"{rows[-1]} {brief(word, WIDE)}".strip()
    return lines(*rows)


def describe(history: StudyHistory) -> str:
    """The results in a sentence, for people who do not see them."""
    parts = []
    for arm in history.arms:
        name = str(arm["name"])
        if name in history.done:
            parts.append(f"{arm['label']} {100 * history.mean(name)[0]:.1f} %")
    return f"Test accuracy: {', '.join(parts)}" if parts else "Test accuracy; nothing is done yet"
