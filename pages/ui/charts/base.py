"""The charts of a run: pure functions from a history to a Plotly figure.

Figures are written as plain dicts of ``data`` and ``layout``: building and checking ``go.Figure``
objects costs more than drawing them when a chart is redrawn five times a second. Accuracies are
fractions in the tables and per cent here; bands are 95 % intervals over seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from kdlab.events import Measured, RunFinished
from kdlab.experiments.run.history import History
from kdlab.measure.curve import NOTHING, Curve
from kdlab.measure.intervals import interval
from kdlab.methods import METHODS
from pages.ui.charts.text import Own
from pages.ui.shell.theme import LOOKS, TEACHER, Look

Dict = dict[str, Any]

GROUPS = [name for name in LOOKS if name != TEACHER]


def noun(history: History) -> str:
    """What is classified: "images" or "points"."""
    return "points" if history.started and len(history.started.input_shape) == 1 else "images"


def base_layout(x: str, y: str, title: str = "", **more: Any) -> Dict:
    """A layout with room for what matters; text, colours and grid come from the theme."""
    return {
        "title": {"text": title, "font": {"size": 15}, "x": 0, "xanchor": "left", "y": 0.985},
        "margin": {"l": 8, "r": 12, "t": 56 if title else 28, "b": 8},
        "xaxis": {"title": {"text": x}, "zeroline": False},
        "yaxis": {"title": {"text": y}, "zeroline": False},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.0,
            "yanchor": "bottom",
            "traceorder": "normal",
        },
        "hovermode": "x unified",
        "uirevision": "kept",
    } | more


def log_axis(*, counts: bool = False, at: Sequence[float] = (), words: Sequence[str] = ()) -> Dict:
    """A logarithmic axis on which every label is a whole number that can be read by itself: Plotly
    writes a bare 2 and 5 between powers of ten. ``counts`` are written 5k, 20M; ``at`` names the
    places of the ticks, ``words`` what they say. Elsewhere few are asked for: then Plotly takes 1,
    2 and 5 or the powers alone, and never all nine, which would lie on each other.

    >>> log_axis(at=[0.25, 4000])["ticktext"]
    ['0.25', '4,000']
    """
    axis: Dict = {"type": "log", "tickformat": "~s" if counts else ",.6~g"}
    if at:
        words = words or [f"{value:,.6g}" for value in at]
        return axis | {"tickmode": "array", "tickvals": list(at), "ticktext": list(words)}
    return axis | {"nticks": 3, "minor": {"ticks": "outside", "ticklen": 3}}


def share(value: float) -> float:
    """A bound of an interval of accuracies as a share, 0 to 1: Student's t, with few seeds, can
    reach beyond what there is. NaN stays.

    >>> share(1.07), share(-0.2), share(0.5)
    (1.0, 0.0, 0.5)
    """
    return value if math.isnan(value) else min(max(value, 0.0), 1.0)


def outline(spread: Sequence[tuple[float, float, float]], look: Look) -> Dict:
    """An interval as a filled outline, from (x, low, high)."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [s[0] for s in spread] + [s[0] for s in reversed(spread)],
        "y": [s[2] for s in spread] + [s[1] for s in reversed(spread)],
        "fill": "toself",
        "fillcolor": look.faded(0.2),
        "line": {"width": 0},
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _band(curve: Curve, group: str, scale: float) -> list[Dict]:
    """A mean line and its interval as a filled outline; those with scale 100 are shares, whose
    outline ends at 0 and 100 %."""
    ends: Callable[[float], float] = share if scale == 100 else float
    look = LOOKS[group]
    x = curve.epochs.tolist()
    mean = [scale * v if math.isfinite(v) else None for v in curve.mean.tolist()]
    spread = [
        (e, scale * ends(low), scale * ends(high))
        for e, (_, low, high) in zip(x, curve.spreads, strict=True)
        if math.isfinite(low)
    ]
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": mean,
        "name": look.short,
        "line": {"color": look.colour, "dash": look.dash, "width": 2.5},
        "hovertemplate": Own("%{y:.2f}"),
    }
    return [outline(spread, look), line]


def _epoch_axis(history: History) -> Dict:
    """From the first epoch to the last planned one, so that curves grow into a standing frame."""
    last = history.started.epochs if history.started else 1
    return {"title": {"text": "Epoch"}, "zeroline": False, "range": [0, last]}


def accuracy(history: History) -> Dict:
    """Accuracy on the validation images over epochs; the teacher while it is trained, then a line.

    Without students the x axis counts the teacher's epochs.
    """
    look = LOOKS[TEACHER]
    layout = base_layout(
        "Epoch", "Correct answers, %", f"Accuracy on validation {noun(history)}, 95 % bands"
    )
    layout["yaxis"] |= {"range": [0, 101]}
    layout["xaxis"] |= {"range": [0, 1], "showticklabels": False}
    data: list[Dict] = []
    if history.epochs or (history.teacher_ready and history.started):
        layout["xaxis"] = _epoch_axis(history)
        if history.teacher_ready and history.started:
            value = 100 * history.teacher_ready.validation_accuracy
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": [0, history.started.epochs],
                    "y": [value, value],
                    "name": look.label,
                    "line": {"color": look.colour, "dash": look.dash, "width": 2.5},
                    "hovertemplate": Own("%{y:.2f}"),
                }
            )
        curves = history.curve("accuracy")
        for group in GROUPS:
            data += _band(curves.get(group, NOTHING), group, 100)
    elif history.teacher_epochs:
        layout["xaxis"] = {
            "title": {"text": "Teacher's epoch"},
            "range": [0, history.teacher_epochs[0].epochs],
        }
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [e.epoch for e in history.teacher_epochs],
                "y": [100 * e.accuracy for e in history.teacher_epochs],
                "name": "Teacher, in training",
                "line": {"color": look.colour, "dash": look.dash, "width": 2.5},
                "hovertemplate": Own("%{y:.2f}"),
            }
        )
    return {"data": data, "layout": layout}


def fidelity(history: History) -> Dict:
    """How often the students give the teacher's answer, right or wrong, on validation images."""
    curves = history.curve("fidelity")
    layout = base_layout(
        "Epoch",
        "Same answer as the teacher, %",
        f"Fidelity on validation {noun(history)}, 95 % bands",
    )
    layout["xaxis"] = _epoch_axis(history)
    data: list[Dict] = []
    for group in GROUPS:
        data += _band(curves.get(group, NOTHING), group, 100)
    return {"data": data, "layout": layout}


def loss_part(history: History, part: str, method: str = "soft-targets") -> Dict:
    """One part of the loss over epochs, ``hard`` or ``soft``, on a log scale: nats, but for squared
    logits where ``method``, a name of METHODS, compares logits themselves."""
    title = {
        "hard": "Hard part: CE(labels, student)",
        "soft": f"Soft part: {METHODS[method].formula}",
    }[part]
    curves = history.curve(part)
    squares = part == "soft" and method == "logit-regression"
    layout = base_layout("Epoch", "squared logits" if squares else "nats", title)
    layout["xaxis"] = _epoch_axis(history)
    layout["yaxis"] |= log_axis()
    data: list[Dict] = []
    for group in GROUPS:
        # labels-only students may have no soft part
        data += _band(curves.get(group, NOTHING).on_log_axis(), group, 1)
    return {"data": data, "layout": layout}


def results(history: History) -> Dict:
    """Accuracy on the test images: one dot a seed, the teacher as a line."""
    rows = history.results
    finished = history.finished
    layout = base_layout("Correct answers, %", "", "Test accuracy, one dot a seed")
    layout["hovermode"] = "closest"
    layout["showlegend"] = False
    layout["yaxis"] = {"automargin": True, "autorange": "reversed", "type": "category"}
    data = []
    for group in GROUPS:
        part = rows[rows["group"] == group]
        look = LOOKS[group]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [100 * v for v in part["accuracy"]],
                "y": [look.label] * len(part),
                "customdata": part["seed"].tolist(),
                "marker": {
                    "color": look.colour,
                    "symbol": look.symbol,
                    "size": 10,
                    "opacity": 0.75,
                },
                "hovertemplate": Own("seed %{customdata}: %{x:.2f} %<extra></extra>"),
            }
        )
    if finished:
        value = 100 * finished.teacher_accuracy
        look = LOOKS[TEACHER]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [value],
                "y": [look.label],
                "marker": {"color": look.colour, "symbol": look.symbol, "size": 12},
                "hovertemplate": Own("%{x:.2f} %<extra></extra>"),
            }
        )
    return {"data": data, "layout": layout}


def accuracy_by_size(measured: Measured, finished: RunFinished) -> Dict:
    """Test accuracy against parameters (log): teacher and both students with 95 % intervals."""
    layout = base_layout("Parameters", "Test accuracy, %", "Accuracy against size")
    layout["xaxis"] |= log_axis(counts=True)
    layout["hovermode"] = "closest"
    points = [(TEACHER, measured.models["teacher"], [finished.teacher_accuracy])]
    points += [(g["name"], measured.models["student"], g["accuracy"]) for g in finished.groups]
    data = []
    for name, cost, values in points:
        mean, low, high = _interval(values)
        look = LOOKS[name]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": look.label,
                "x": [cost["parameters"]],
                "y": [100 * mean],
                "error_y": {
                    "type": "data",
                    "array": [100 * (high - mean)],
                    "arrayminus": [100 * (mean - low)],
                    "color": look.colour,
                },
                "marker": {"color": look.colour, "symbol": look.symbol, "size": 13},
                "hovertemplate": Own("%{x:,} parameters: %{y:.2f} %"),
            }
        )
    return {"data": data, "layout": layout}


def _interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean, low, high; a point where there is one value."""
    mean, low, high = interval(list(values))
    return (mean, share(low), share(high)) if math.isfinite(low) else (mean, mean, mean)


def latency(measured: Measured) -> Dict:
    """CPU milliseconds for a batch: bar = median, whisker = 10th to 90th percentile, log scale."""
    layout = base_layout("Milliseconds", "", "CPU latency of one batch")
    layout["xaxis"] |= log_axis()
    layout["yaxis"] = {"automargin": True, "autorange": "reversed", "type": "category"}
    layout["hovermode"] = "closest"
    layout["showlegend"] = False
    data = []
    for model, look in (("teacher", LOOKS[TEACHER]), ("student", LOOKS[GROUPS[-1]])):
        spread = measured.models[model]["latency_ms"]
        middle = [v["median"] for v in spread.values()]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": middle,
                "y": [f"{model}, batch of {size}" for size in spread],
                "error_x": {
                    "type": "data",
                    "array": [v["high"] - v["median"] for v in spread.values()],
                    "arrayminus": [v["median"] - v["low"] for v in spread.values()],
                },
                "marker": {"color": look.colour},
                "hovertemplate": Own("%{y}: %{x:.3f} ms<extra></extra>"),
            }
        )
    return {"data": data, "layout": layout}
