"""The charts of a full run: pure functions from its history to a Plotly figure, as plain dicts.

Accuracies are per cent; bands are 95 % intervals over the seeds that have come so far.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from kdlab.events import DISTILLED, LABELS_ONLY, FullEpoch
from kdlab.full_run.run.history import STAGES, FullHistory
from kdlab.measure.curve import Curve
from kdlab.measure.intervals import interval
from pages.ui.charts.base import base_layout, log_axis, outline, share
from pages.ui.charts.text import Own, own
from pages.ui.shell.theme import LOOKS, TEACHER

Dict = dict[str, Any]

SHARES = {
    "data": ("Data", "#E69F00"),
    "teacher": ("Teacher's answers", "#0072B2"),
    "student": ("Forward, backward, update", "#D55E00"),
    "evaluation": ("Evaluation", "#7A7A7A"),
}
"""Part of an epoch's seconds -> words and colour."""
REFERENCES = {"teacher": TEACHER, "student": LABELS_ONLY, "method": DISTILLED}
"""Figure of the papers -> the stage that it is set beside."""


def judged(history: FullHistory) -> str:
    """What the curves are measured on: "test" or "validation" images."""
    return history.started.judged_on if history.started else "test"


def last_epoch(history: FullHistory) -> int:
    """The end of the axis of epochs: the longest stage that is known."""
    planned = [history.started.epochs] if history.started else [1]
    return max(planned + [stage.epochs for stage in history.stages])


def accuracy(history: FullHistory, reference: Dict | None = None) -> Dict:
    """Accuracy over epochs, a line a kind of network; what papers report as dotted lines."""
    layout = base_layout(
        "Epoch", f"Correct answers on {judged(history)} images, %", "Accuracy, 95 % bands"
    )
    layout["margin"]["t"] = 88 if reference else 56  # so many lines of legend
    layout["showlegend"] = True  # also of a single line
    last = last_epoch(history)
    layout["xaxis"] |= {"range": [0, last]}
    data = [
        trace
        for stage in STAGES
        for trace in band(history.curve(stage, "accuracy"), stage, 100)
    ]  # fmt: skip
    for name, stage in REFERENCES.items():
        if reference and name in reference:
            words = str(reference["column"]) if name == "method" else name
            data.append(_reference(float(reference[name]), words, LOOKS[stage].colour, last))
    return {"data": data, "layout": layout}


def _reference(value: float, words: str, colour: str, last: int) -> Dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0, last],
        "y": [value, value],
        "name": f"paper {words} {value:.2f}",
        "line": {"color": colour, "dash": "1px,4px", "width": 1.5},
        "hovertemplate": Own("%{y:.2f}"),
    }


def _small(x: str, y: str, title: str, legend: int = 2) -> Dict:
    """The layout of one of three charts in a row, whose legend takes so many lines."""
    layout = base_layout(x, y, title)
    layout["margin"]["t"] = 36 + 20 * legend
    layout["showlegend"] = True
    return layout


def loss(history: FullHistory, part: str) -> Dict:
    """``loss``, ``hard`` or ``soft`` over epochs, in nats, on a log scale."""
    titles = {
        "loss": "Whole loss",
        "hard": "Hard part: CE(labels, network)",
        "soft": "Soft part, with its method's weight",
    }
    layout = _small("Epoch", "nats", titles[part])
    layout["xaxis"] |= {"range": [0, last_epoch(history)]}
    layout["yaxis"] |= log_axis()
    stages = (DISTILLED,) if part == "soft" else STAGES
    data = []
    for stage in stages:
        data += band(history.curve(stage, part).on_log_axis(), stage, 1)
    return {"data": data, "layout": layout}


def speed(history: FullHistory) -> Dict:
    """Training images a second, evaluation not counted."""
    layout = _small("Epoch", "Training images a second", "Speed")
    layout["xaxis"] |= {"range": [0, last_epoch(history)]}
    layout["yaxis"] |= {"rangemode": "tozero"}
    data = [t for s in STAGES for t in band(history.curve(s, "images_per_second"), s, 1)]
    return {"data": data, "layout": layout}


def learning_rate(history: FullHistory) -> Dict:
    """Of SGD, by epoch."""
    layout = _small("Epoch", "Learning rate", "Learning rate")
    layout["xaxis"] |= {"range": [0, last_epoch(history)]}
    layout["yaxis"] |= log_axis()
    data = []
    for stage in STAGES:
        curve = history.curve(stage, "learning_rate").on_log_axis()
        data += [
            trace | {"line": trace["line"] | {"shape": "hv"}}
            for trace in band(curve, stage, 1)
            if trace.get("showlegend", True)
        ]
    return {"data": data, "layout": layout}


def times(history: FullHistory) -> Dict:
    """Where the seconds of an epoch go, by stage: means over its epochs, stacked to 100 %."""
    layout = _small("Share of an epoch, %", "", "Where the time goes", legend=4)
    layout |= {"barmode": "stack", "hovermode": "closest"}
    layout["xaxis"] |= {"range": [0, 100]}
    layout["yaxis"] = {"automargin": True, "autorange": "reversed", "type": "category"}
    data: list[Dict] = []
    groups = {s: [e for e in history.epochs if e.stage == s] for s in STAGES}
    groups = {s: epochs for s, epochs in groups.items() if epochs}
    for part, (words, colour) in SHARES.items():
        values = [100 * _weighted(epochs, part) for epochs in groups.values()]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": values,
                "y": [LOOKS[s].short for s in groups],
                "name": words,
                "marker": {"color": colour},
                "hovertemplate": own("{}: %{{x:.1f}} %<extra></extra>", words),
            }
        )
    return {"data": data, "layout": layout}


def _weighted(epochs: Sequence[FullEpoch], part: str) -> float:
    whole = math.fsum(e.seconds for e in epochs)
    spent = math.fsum(e.seconds * float(e.shares.get(part, 0.0)) for e in epochs)
    return spent / whole if whole else 0.0


def answered(history: FullHistory) -> Dict:
    """The share of the teacher's answers that had to be computed, in the order of training."""
    layout = _small("Epochs of distilled students", "%",
                         "Teacher's answers computed")  # fmt: skip
    layout["yaxis"] |= {"range": [0, 101]}
    return _course(history, layout, lambda e: 100 * e.answered, DISTILLED)


def memory(history: FullHistory) -> Dict:
    """The peak of the device's memory, in the order of training."""
    layout = _small("Epochs, all stages in order", "GiB", "Peak memory")
    layout["yaxis"] |= {"rangemode": "tozero"}
    return _course(history, layout, lambda e: e.memory_bytes / 2**30)


def utilisation(history: FullHistory) -> Dict:
    """The GPU's utilisation, where it is known."""
    layout = _small("Epochs, all stages in order", "%", "GPU utilisation")
    layout["yaxis"] |= {"range": [0, 101]}
    return _course(history, layout, lambda e: e.utilisation if e.utilisation >= 0 else None)


def _course(
    history: FullHistory,
    layout: Dict,
    value: Callable[[FullEpoch], float | None],
    only: str = "",
) -> Dict:
    """A number of each epoch, coloured by stage."""
    layout |= {"hovermode": "closest"}
    epochs = [e for e in history.epochs if not only or e.stage == only]
    data = []
    for stage in STAGES:
        points = [(n, value(e)) for n, e in enumerate(epochs, 1) if e.stage == stage]
        if points:
            look = LOOKS[stage]
            data.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": [n for n, _ in points],
                    "y": [y for _, y in points],
                    "name": look.short,
                    "marker": {"color": look.colour, "symbol": look.symbol, "size": 5},
                    "hovertemplate": Own("%{y:.1f}<extra></extra>"),
                }
            )
    return {"data": data, "layout": layout}


def compare(rows: Sequence[Dict]) -> Dict:
    """Finished runs beside each other: their three accuracies with intervals over seeds."""
    layout = base_layout("Correct answers on test images, %", "", "Finished runs, 95 % intervals")
    layout |= {"hovermode": "closest"}
    layout["margin"]["t"] = 64
    layout["yaxis"] = {"automargin": True, "autorange": "reversed", "type": "category"}
    data = []
    for stage in STAGES:
        own = [(row["label"], *_ends(row[stage])) for row in rows if row[stage]]
        look = LOOKS[stage]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [mean for _, mean, _, _ in own],
                "y": [label for label, _, _, _ in own],
                "error_x": {
                    "type": "data",
                    "array": [high - mean for _, mean, _, high in own],
                    "arrayminus": [mean - low for _, mean, low, _ in own],
                    "color": look.colour,
                },
                "name": look.short,
                "marker": {"color": look.colour, "symbol": look.symbol, "size": 10},
                "hovertemplate": Own("%{y}: %{x:.2f} %<extra></extra>"),
            }
        )
    return {"data": data, "layout": layout}


def _ends(values: Sequence[float]) -> tuple[float, float, float]:
    mean, low, high = interval(list(values))
    return (mean, mean, mean) if math.isnan(low) else (mean, max(0.0, low), min(100.0, high))


def band(curve: Curve, stage: str, scale: float) -> list[Dict]:
    """A mean line and, where several seeds are there, its interval as a filled outline."""
    if not len(curve):
        return []
    ends: Callable[[float], float] = share if scale == 100 else float
    look = LOOKS[stage]
    epochs = curve.epochs.tolist()
    spread = [
        (epoch, scale * ends(low), scale * ends(high))
        for epoch, (_, low, high) in zip(epochs, curve.spreads, strict=True)
        if math.isfinite(low)
    ]
    line = {
        "type": "scatter",
        "mode": "lines" if len(curve) > 1 else "markers",
        "x": epochs,
        "y": [scale * v if math.isfinite(v) else None for v in curve.mean.tolist()],
        "name": look.short,
        "line": {"color": look.colour, "dash": look.dash, "width": 2.5},
        "marker": {"color": look.colour, "symbol": look.symbol},
        "hovertemplate": Own("%{y:.2f}"),
    }
    if not spread:
        return [line]
    return [outline(spread, look), line]


def describe(history: FullHistory) -> str:
    """The main picture in a sentence, for people who do not see it."""
    last = {
        LOOKS[stage].label.lower(): (curve.epochs[-1], curve.mean[-1])
        for stage in STAGES
        if len(curve := history.curve(stage, "accuracy"))
    }
    if not last:
        return "Accuracy over epochs: nothing yet."
    told = ", ".join(
        f"{name} {100 * mean:.1f} % after epoch {epoch}" for name, (epoch, mean) in last.items()
    )
    return f"Accuracy on {judged(history)} images over epochs: {told}."
