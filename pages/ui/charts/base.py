"""The charts of a run: pure functions from a history to a Plotly figure.

Figures are written as plain dicts of ``data`` and ``layout``: building and checking ``go.Figure``
objects costs more than drawing them when a chart is redrawn with every event. Accuracies are
fractions in the tables and per cent here; bands are 95 % intervals over seeds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from kdlab.events import Measured, RunFinished
from kdlab.experiments.run.history import History
from kdlab.measure.curve import NOTHING, Curve
from kdlab.measure.intervals import interval
from kdlab.measure.measures import ACCURACY, BITS
from kdlab.methods import METHODS
from kdlab.translation import say
from pages.ui.charts.text import Own, lines
from pages.ui.charts.traces import (
    Dict,
    Spread,
    bars,
    course,
    dots,
    level,
    line,
    note,
    percent,
    upright,
    whiskers,
)
from pages.ui.shell.theme import LOOKS, TEACHER

GROUPS = [name for name in LOOKS if name != TEACHER]


def base_layout(
    x: str,
    y: str,
    title: str = "",
    *,
    top: int | None = None,
    under: float | None = None,
    closest: bool = False,
    xaxis: Dict | None = None,
    yaxis: Dict | None = None,
) -> Dict:
    """A layout with room for what matters; text, colours and grid come from the theme.

    ``top``: pixels above the chart. ``under``: how far below it its legend is, in heights of the
    chart (negative), if it is not above. ``closest``: one points at one thing, not at all that is
    at one x. ``xaxis`` and ``yaxis``: what these have besides their titles.
    """
    if under is None:
        above = 56 if title else 28
        legend: Dict = {"y": 1.0, "yanchor": "bottom", "traceorder": "normal"}
    else:
        above, legend = 34, {"y": under, "yanchor": "top"}
    return {
        "title": {"text": title, "font": {"size": 15}, "x": 0, "xanchor": "left", "y": 0.985},
        "margin": {"l": 8, "r": 12, "t": above if top is None else top, "b": 8},
        "xaxis": {"title": {"text": x}, "zeroline": False} | (xaxis or {}),
        "yaxis": {"title": {"text": y}, "zeroline": False} | (yaxis or {}),
        "legend": {"orientation": "h", "x": 0} | legend,
        "hovermode": "closest" if closest else "x unified",
        "uirevision": "kept",
    }


def banded(title: str, seeds: int) -> str:
    """``title`` of curves over so many seeds: of one there is no band."""
    return title + (say(", 95 % bands") if seeds > 1 else say(", one seed"))


def _seeds(history: History) -> int:
    """Over how many the curves of a run are; 2 before that is known."""
    return len({seed for _, seed in history.started.students}) if history.started else 2


def list_layout(x: str, title: str, top: int = 56, xaxis: Dict | None = None) -> Dict:
    """The layout of a list: a name a row, the first on top, and no legend. ``top``: pixels above
    the chart."""
    layout = base_layout(x, "", title, top=top, closest=True, xaxis=xaxis)
    names = {"automargin": True, "autorange": "reversed", "type": "category"}
    return layout | {"showlegend": False, "yaxis": names}


def fitted(words: str, ends: Sequence[Spread]) -> Dict:
    """A y axis of shares in per cent, called ``words``, on which one sees how curves differ where
    they end: ``ends`` are the last mean and interval of each, as fractions. From 0 to 100 lines at
    96 and 97 % lie on each other; so the axis begins near the lowest, and says where, but only
    where all end close together and well above nothing.

    >>> fitted("Accuracy, %", [(0.90, 0.88, 0.92), (0.96, 0.95, 0.97)])["range"][0]
    80
    """
    known = [100 * v for spread in ends for v in spread if math.isfinite(v)]
    low, high = (min(known), max(known)) if known else (0.0, 100.0)
    room = max(high - low, 4.0)
    first = STEP * math.floor((low - 0.6 * room) / STEP)
    if first < LEAST_CUT:
        return {"title": {"text": words}, "range": [0, 104]}
    top = min(100.0, high + 0.3 * room)
    over = 0.04 * (top - first)
    title = cut_words(words, first)
    return {"title": {"text": title}, "range": [first, round(top + over, 3)]}


def cut_words(words: str, first: float) -> str:
    """What an axis is called that begins at ``first``; two lines, for there are small charts."""
    return (
        words if first == 0 else lines(words, say("(axis starts at {first})", first=f"{first:g}"))
    )


def log_axis(*, counts: bool = False, at: Sequence[float] = (), words: Sequence[str] = ()) -> Dict:
    """A logarithmic axis on which every label is a whole number that can be read by itself: Plotly
    writes a bare 2 and 5 between powers of ten. ``counts`` are written 5k, 20M; ``at`` names the
    places of the ticks, ``words`` what they say. Elsewhere few are asked for: then Plotly takes 1,
    2 and 5 or the powers alone, and never all nine, which would lie on each other; faint lines
    stand where the others would.

    >>> log_axis(at=[0.25, 4000])["ticktext"]
    ['0.25', '4,000']
    """
    axis: Dict = {"type": "log", "tickformat": "~s" if counts else ",.6~g"}
    if at:
        words = words or [f"{value:,.6g}" for value in at]
        return axis | {"tickmode": "array", "tickvals": list(at), "ticktext": list(words)}
    return axis | {"nticks": 3, "minor": {"showgrid": True, "gridcolor": FAINT}}


FAINT = "rgba(128,128,128,0.16)"
STEP, LEAST_CUT = 5, 40
"""Per cent: an axis that does not begin at 0 begins at a multiple of the one, at least at the
other; below it the cut would save little."""
ZERO = {"zeroline": True, "zerolinewidth": 2, "zerolinecolor": "#808080"}
"""Of an axis of gains: zero stands out."""


def _groups(curves: Mapping[str, Curve], *, shares: bool = True) -> list[Dict]:
    """A line and its band for each group of students, of :meth:`History.curve`."""
    data: list[Dict] = []
    for group in GROUPS:
        curve, look = curves.get(group, NOTHING), LOOKS[group]
        if not shares:  # a log axis; labels-only students may have no soft part
            curve = curve.on_log_axis()
        data += course(curve.epochs.tolist(), curve.spreads, look, look.short, shares=shares)
    return data


def _epochs(history: History) -> Dict:
    """From the first epoch to the last planned one, so that curves grow into a standing frame."""
    return {"range": [0, history.started.epochs if history.started else 1]}


def accuracy(history: History) -> Dict:
    """Accuracy on the validation images over epochs; the teacher while it is trained, then a line.

    Without students the x axis counts the teacher's epochs.
    """
    look = LOOKS[TEACHER]
    axis, epochs = say("Epoch"), {"range": [0, 1], "showticklabels": False}
    data: list[Dict] = []
    if history.epochs or (history.teacher_ready and history.started):
        epochs = _epochs(history)
        if history.teacher_ready and history.started:
            value = 100 * history.teacher_ready.validation_accuracy
            ends = (0, history.started.epochs)
            data.append(level(ends, value, look, look.label, width=2.5))
        data += _groups(history.curve("accuracy"))
    elif history.teacher_epochs:
        axis, epochs = say("Teacher's epoch"), {"range": [0, history.teacher_epochs[0].epochs]}
        values = [100 * e.accuracy for e in history.teacher_epochs]
        told = [e.epoch for e in history.teacher_epochs]
        data.append(line(told, values, look, say("Teacher, in training")))
    title = banded(say("Accuracy on validation {what}", what=say(history.noun)), _seeds(history))
    whole = {"range": [0, 101]}
    layout = base_layout(axis, say("Correct answers, %"), title, xaxis=epochs, yaxis=whole)
    layout |= turns(history)
    return {"data": data, "layout": layout}


def turns(history: History) -> Dict:
    """Where T and alpha were turned: a line, and what they became."""
    turns = [history.turns[epoch] for epoch in sorted(history.turns)]
    if not turns:
        return {}
    words = [f"T {turn.temperature:g}, α {turn.alpha:g}" for turn in turns]
    return {
        "shapes": [upright(turn.epoch, colour=LOOKS[GROUPS[-1]].colour) for turn in turns],
        "annotations": [
            note(turn.epoch, 3, told, xanchor="left", yanchor="bottom", textangle=-90)
            for turn, told in zip(turns, words, strict=True)
        ],
    }


def fidelity(history: History) -> Dict:
    """How often the students give the teacher's answer, right or wrong, on validation images."""
    title = banded(say("Fidelity on validation {what}", what=say(history.noun)), _seeds(history))
    layout = base_layout(
        say("Epoch"), say("Same answer as the teacher, %"), title, xaxis=_epochs(history)
    )
    return {"data": _groups(history.curve("fidelity")), "layout": layout}


def loss_part(history: History, part: str, method: str = "soft-targets") -> Dict:
    """One part of the loss over epochs, ``hard`` or ``soft``, on a log scale: nats, but for squared
    logits where ``method``, a name of METHODS, compares logits themselves."""
    title = {
        "hard": say("Hard part: CE(labels, student)"),
        "soft": say("Soft part: {formula}", formula=METHODS[method].formula),
    }[part]
    squares = part == "soft" and method == "logit-regression"
    unit, epochs = say("squared logits") if squares else say("nats"), _epochs(history)
    layout = base_layout(say("Epoch"), unit, title, xaxis=epochs, yaxis=log_axis())
    return {"data": _groups(history.curve(part), shares=False), "layout": layout}


def results(history: History) -> Dict:
    """Accuracy on the test images, of text bits per character: one dot a seed, and the teacher."""
    found, finished, measure = history.results(), history.finished, history.judged
    text = measure is BITS
    what, title = (
        (say(BITS.label), say("Test characters"))
        if text
        else (say("Correct answers, %"), say("Test accuracy"))
    )
    layout = list_layout(what, say("{title}, one dot per seed", title=title))
    column, unit = ("test_bits", measure.unit) if text else ("test_accuracy", "%")
    data = []
    for group in GROUPS:
        part, look = found[found["group"] == group], LOOKS[group]
        data.append(
            dots(
                [measure.scale * v for v in part[column]],
                [look.label] * len(part),
                look.colour,
                10,
                marker={"symbol": look.symbol, "opacity": 0.75},
                customdata=part["seed"].tolist(),
                hover=Own(f"{say('seed')} %{{customdata}}: %{{x:.2f}} {say(unit)}<extra></extra>"),
            )
        )
    if finished:
        own = finished.teacher_accuracy if finished.teacher_bits is None else finished.teacher_bits
        value, look = measure.scale * own, LOOKS[TEACHER]
        hover, symbol = Own(f"%{{x:.2f}} {unit}<extra></extra>"), {"symbol": look.symbol}
        data.append(dots([value], [look.label], look.colour, 12, marker=symbol, hover=hover))
    return {"data": data, "layout": layout}


def accuracy_by_size(measured: Measured, finished: RunFinished) -> Dict:
    """Test accuracy, of text bits per character, against parameters (log): teacher and both
    students with 95 % intervals."""
    measure = ACCURACY if finished.teacher_bits is None else BITS
    own = finished.teacher_accuracy if finished.teacher_bits is None else finished.teacher_bits
    sizes, title = log_axis(counts=True), say("{measure} against size", measure=say(measure.label))
    y = say("Test accuracy, %") if measure is ACCURACY else say(measure.label)
    layout = base_layout(say("Parameters"), y, title, closest=True, xaxis=sizes)
    points = [(TEACHER, measured.models["teacher"], [own])]
    points += [(g["name"], measured.models["student"], g[measure.name]) for g in finished.groups]
    data = []
    for name, cost, values in points:
        found = interval(values)
        spread, look = (percent(*found) if measure is ACCURACY else found), LOOKS[name]
        data.append(
            dots(
                [cost["parameters"]],
                [spread[0]],
                look.colour,
                13,
                name=look.label,
                marker={"symbol": look.symbol},
                hover=Own(f"%{{x:,}} {say('parameters')}: %{{y:.2f}} {say(measure.unit)}"),
                **whiskers("y", [spread], look.colour),
            )
        )
    return {"data": data, "layout": layout}


def latency(measured: Measured) -> Dict:
    """CPU milliseconds for a batch: bar = median, whisker = 10th to 90th percentile, log scale."""
    layout = list_layout(say("Milliseconds"), say("CPU latency of one batch"), xaxis=log_axis())
    data = []
    for model, look in (("teacher", LOOKS[TEACHER]), ("student", LOOKS[GROUPS[-1]])):
        spread = measured.models[model]["latency_ms"]
        middle = [v["median"] for v in spread.values()]
        data.append(
            bars(
                middle,
                [say("{model}, batch of {size}", model=say(model), size=size) for size in spread],
                look.colour,
                Own("%{y}: %{x:.3f} ms<extra></extra>"),
                error_x={
                    "type": "data",
                    "array": [v["high"] - v["median"] for v in spread.values()],
                    "arrayminus": [v["median"] - v["low"] for v in spread.values()],
                },
            )
        )
    return {"data": data, "layout": layout}
