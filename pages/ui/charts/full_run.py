"""The charts of a full run: pure functions from its history to a Plotly figure, as plain dicts.

Accuracies are per cent; bands are 95 % intervals over the seeds that have come so far.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from kdlab.events import DISTILLED, LABELS_ONLY, FullEpoch
from kdlab.full_run.run.history import STAGES, FullHistory
from kdlab.measure.curve import Curve
from kdlab.measure.intervals import interval
from pages.ui.charts.base import banded, base_layout, list_layout, log_axis
from pages.ui.charts.text import Own, own
from pages.ui.charts.traces import Dict, bars, course, dots, level, means
from pages.ui.shell.theme import LOOKS, TEACHER, Look

SHARES = {
    "data": ("Data", "#E69F00"),
    "teacher": ("Teacher's answers", "#0072B2"),
    "student": ("Forward, backward, update", "#D55E00"),
    "evaluation": ("Evaluation", "#7A7A7A"),
}
"""Part of an epoch's seconds -> words and colour."""
REFERENCES = {"teacher": TEACHER, "student": LABELS_ONLY, "method": DISTILLED}
"""Figure of the papers -> the stage that it is set beside."""
IN_ORDER = "Epochs, all stages in order"


def judged(history: FullHistory) -> str:
    """What the curves are measured on: "test" or "validation" images."""
    return history.started.judged_on if history.started else "test"


def last_epoch(history: FullHistory) -> int:
    """The end of the axis of epochs: the longest stage that is known."""
    planned = [history.started.epochs] if history.started else [1]
    return max(planned + [stage.epochs for stage in history.stages])


def accuracy(history: FullHistory, reference: Dict | None = None) -> Dict:
    """Accuracy over epochs, a line a kind of network; what papers report as dotted lines."""
    words = f"Correct answers on {judged(history)} images, %"
    top = 88 if reference else 56  # so many lines of legend
    seeds = len({stage.seed for stage in history.stages if stage.stage != TEACHER})
    title = banded("Accuracy", seeds)
    figure = _over_epochs(history, "accuracy", words, title, top, shares=True)
    last = last_epoch(history)
    for name, stage in REFERENCES.items():
        if reference and name in reference:
            words = str(reference["column"]) if name == "method" else name
            figure["data"].append(_reference(float(reference[name]), words, LOOKS[stage], last))
    return figure


def _reference(value: float, words: str, look: Look, last: int) -> Dict:
    name = f"paper {words} {value:.2f}"
    return level((0, last), value, replace(look, dash="1px,4px"), name, width=1.5)


def _layout(x: str, y: str, title: str, top: int = 76, **more: Any) -> Dict:
    """The layout of a chart with a legend, also of a single line. Above it so many pixels: as a
    rule for a legend of two lines, as in one of three charts in a row."""
    return base_layout(x, y, title, top=top, **more) | {"showlegend": True}


def _over_epochs(
    history: FullHistory,
    name: str,
    y: str,
    title: str,
    top: int = 76,
    *,
    stages: Sequence[str] = STAGES,
    shares: bool = False,
    yaxis: Dict | None = None,
) -> Dict:
    """A line and its band a stage: what is called ``name`` in the history."""
    epochs = {"range": [0, last_epoch(history)]}
    curves = {stage: history.curve(stage, name) for stage in stages}
    if yaxis is not None and yaxis.get("type") == "log":
        curves = {stage: curve.on_log_axis() for stage, curve in curves.items()}
    data = [t for stage, curve in curves.items() for t in _course(curve, stage, shares=shares)]
    layout = _layout("Epoch", y, title, top, xaxis=epochs, yaxis=yaxis)
    return {"data": data, "layout": layout}


def loss(history: FullHistory, part: str) -> Dict:
    """``loss``, ``hard`` or ``soft`` over epochs, in nats, on a log scale."""
    titles = {
        "loss": "Whole loss",
        "hard": "Hard part: CE(labels, network)",
        "soft": "Soft part, with its method's weight",
    }
    stages = (DISTILLED,) if part == "soft" else STAGES
    return _over_epochs(history, part, "nats", titles[part], stages=stages, yaxis=log_axis())


def speed(history: FullHistory) -> Dict:
    """Training images a second, evaluation not counted."""
    words, zero = "Training images a second", {"rangemode": "tozero"}
    return _over_epochs(history, "images_per_second", words, "Speed", yaxis=zero)


def learning_rate(history: FullHistory) -> Dict:
    """Of SGD, by epoch."""
    words = "Learning rate"
    figure = _over_epochs(history, "learning_rate", words, words, yaxis=log_axis())
    lines = [trace for trace in figure["data"] if "fill" not in trace]
    return figure | {"data": [t | {"line": t["line"] | {"shape": "hv"}} for t in lines]}


def times(history: FullHistory) -> Dict:
    """Where the seconds of an epoch go, by stage: means over its epochs, stacked to 100 %."""
    whole = {"range": [0, 100]}
    layout = list_layout("Share of an epoch, %", "Where the time goes", top=116, xaxis=whole)
    layout |= {"barmode": "stack", "showlegend": True}
    data: list[Dict] = []
    groups = {s: [e for e in history.epochs if e.stage == s] for s in STAGES}
    groups = {s: epochs for s, epochs in groups.items() if epochs}
    for part, (words, colour) in SHARES.items():
        values = [100 * _weighted(epochs, part) for epochs in groups.values()]
        hover = own("{}: %{{x:.1f}} %<extra></extra>", words)
        data.append(bars(values, [LOOKS[s].short for s in groups], colour, hover, name=words))
    return {"data": data, "layout": layout}


def _weighted(epochs: Sequence[FullEpoch], part: str) -> float:
    whole = math.fsum(e.seconds for e in epochs)
    spent = math.fsum(e.seconds * float(e.shares.get(part, 0.0)) for e in epochs)
    return spent / whole if whole else 0.0


def answered(history: FullHistory) -> Dict:
    """The share of the teacher's answers that had to be computed, in the order of training."""
    words = ("Epochs of distilled students", "%", "Teacher's answers computed")
    whole = {"range": [0, 101]}
    return _by_epoch(history, words, whole, lambda e: 100 * e.answered, DISTILLED)


def memory(history: FullHistory) -> Dict:
    """The peak of the device's memory, in the order of training."""
    words = (IN_ORDER, "GiB", "Peak memory")
    return _by_epoch(history, words, {"rangemode": "tozero"}, lambda e: e.memory_bytes / 2**30)


def utilisation(history: FullHistory) -> Dict:
    """The GPU's utilisation, where it is known."""
    words, whole = (IN_ORDER, "%", "GPU utilisation"), {"range": [0, 101]}
    return _by_epoch(history, words, whole, lambda e: e.utilisation if e.utilisation >= 0 else None)


def _by_epoch(
    history: FullHistory,
    words: tuple[str, str, str],
    yaxis: Dict,
    value: Callable[[FullEpoch], float | None],
    only: str = "",
) -> Dict:
    """A number of each epoch, coloured by stage; ``words``: both axes' and the title."""
    layout = _layout(*words, closest=True, yaxis=yaxis)
    epochs = [e for e in history.epochs if not only or e.stage == only]
    data = []
    for stage in STAGES:
        points = [(n, value(e)) for n, e in enumerate(epochs, 1) if e.stage == stage]
        if points:
            look = LOOKS[stage]
            data.append(
                dots(
                    [n for n, _ in points],
                    [y for _, y in points],
                    look.colour,
                    5,
                    name=look.short,
                    marker={"symbol": look.symbol},
                    hover=Own("%{y:.1f}<extra></extra>"),
                )
            )
    return {"data": data, "layout": layout}


def compare(runs: Sequence[Dict]) -> Dict:
    """Finished runs beside each other: their three accuracies with intervals over seeds."""
    title = "Finished runs, 95 % intervals"
    layout = list_layout("Correct answers on test images, %", title, top=64)
    del layout["showlegend"]
    data = []
    for stage in STAGES:
        known = [run for run in runs if run[stage]]
        spreads = [_spread(run[stage]) for run in known]
        names = [run["label"] for run in known]
        look, hover = LOOKS[stage], Own("%{y}: %{x:.2f} %<extra></extra>")
        data.append(means(spreads, names, look, 10, hover, name=look.short))
    return {"data": data, "layout": layout}


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and interval of per cents; its ends stay within 0 and 100."""
    mean, low, high = interval(list(values))
    return (mean, low, high) if math.isnan(low) else (mean, max(0.0, low), min(100.0, high))


def _course(curve: Curve, stage: str, *, shares: bool = True) -> list[Dict]:
    """A mean line and, where several seeds are there, its band; one epoch alone is a point."""
    if not len(curve):
        return []
    look = LOOKS[stage]
    more: Dict = {"mode": "lines" if len(curve) > 1 else "markers"}
    more["marker"] = {"color": look.colour, "symbol": look.symbol}
    return course(curve.epochs.tolist(), curve.spreads, look, look.short, shares=shares, **more)


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
