"""The pictures that every study has: pure functions from a history to a Plotly figure.

Accuracies are fractions in the history and per cent here; bands and whiskers are 95 % intervals
over seeds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.study.history import OVER_EPOCHS
from kdlab.measure.gain import Gain
from kdlab.measure.measures import ACCURACY, BITS, Measure
from kdlab.report.looks import COLOURS as COLOURS
from kdlab.report.looks import GREYS
from kdlab.studies import StudyHistory
from pages.ui.charts import traces
from pages.ui.charts.base import banded, base_layout, fitted, list_layout, log_axis
from pages.ui.charts.text import NAMED, Own, brief, lines, own
from pages.ui.charts.traces import Dict, Spread, course, dots, line, means, percent, whiskers
from pages.ui.shell.theme import LOOKS, TEACHER, Look

MEASURES = {
    "test": "Test accuracy, %",
    "validation": "Validation accuracy, %",
    "fidelity": "Fidelity: same answer as the teacher, %",
    "hard": "Hard part: CE(labels, student), nats",
    "soft": "Soft part, with its method's weight",
    "test_bits": "Bits per test character",
    "validation_bits": "Bits per validation character",
}
"""Measure -> words on the axis. Those that end with % are shares."""
CURVES = {ACCURACY.name: "test", BITS.name: "test_bits"}
"""By what a study is judged -> what is drawn of it over epochs."""

DASHES = ("solid", "dash", "dashdot", "longdash", "longdashdot", "solid", "dash", "dashdot")
SYMBOLS = (
    "circle", "diamond", "triangle-up", "cross", "star", "hexagon", "pentagon", "triangle-down",
)  # fmt: skip
OPEN = ("square-open", "diamond-open", "circle-open", "x")
"""Of further students on labels only: other widths, other views of the images."""
Legend = Literal["below", "beside"]
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


def curves(history: StudyHistory, measure: str = "", legend: Legend = "below") -> Dict:
    """``measure`` over epochs, a line and a band an arm; empty: that by which the study is judged,
    on the test part. A ``legend`` beside the chart has room for more arms than one below it."""
    measure = measure or CURVES[history.judged.name]
    words = MEASURES[measure]
    shares, bits = words.endswith("%"), measure.endswith("_bits")
    layout = base_layout(
        "Epoch",
        words,
        banded(words.split(",")[0], len(history.started.seeds) if history.started else 2),
        under=-0.18,
        xaxis={"range": [0, last_epoch(history)]},
        yaxis=fitted(words, last_of_each(history, measure))
        if shares
        else _bits_axis(history, measure)
        if bits
        else log_axis(),
    )
    layout["showlegend"] = True
    if legend == "beside":
        layout["legend"] = {"x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top"}
    data: list[Dict] = []
    for name, look in looks(history).items():
        curve = history.curve(name, measure)
        scale = curve if shares or bits else curve.on_log_axis()
        known = [
            (epoch, spread)
            for epoch, spread in zip(scale.epochs.tolist(), scale.spreads, strict=True)
            if math.isfinite(spread[0])
        ]
        if known and not history.epochs(name)[0].epochs:  # never trained: it stays as it is
            known.append((last_epoch(history), known[0][1]))
        epochs, spreads = [e for e, _ in known], [spread for _, spread in known]
        data += course(epochs, spreads, look, look.label, shares=shares, opacity=0.14)
    if history.started is not None and (shares and measure != "fidelity"):
        data.append(_dotted_teacher(history, ACCURACY, history.started.teacher_accuracy))
    elif bits and (value := history.teacher_value) is not None and history.judged is BITS:
        data.append(_dotted_teacher(history, BITS, value))
    return {"data": data, "layout": layout}


def _bits_axis(history: StudyHistory, measure: str) -> Dict:
    """From below the teacher to a letter that is guessed: before the first step students are worse
    than that, and would press all that matters into a stripe. Where all have ended it holds the
    end of each; before that it would move."""
    guessed = math.log2(len(history.started.classes)) if history.started else 5.0
    known = [] if history.teacher_value is None else [history.teacher_value]
    if history.arms and len(history.done) == len(history.arms):
        all_arms = (history.curve(str(arm["name"]), measure) for arm in history.arms)
        known += [float(curve.mean[-1]) for curve in all_arms if len(curve)]
    known = [value for value in known if math.isfinite(value)]
    least = math.floor(4 * min(known, default=2.0) - 0.5) / 4
    return {"range": [max(0.0, least), max([guessed, *known])]}


def last_of_each(history: StudyHistory, measure: str) -> list[Spread]:
    """How all arms ended, and the teacher; nothing before all have: an axis that fits them would
    move while they learn."""
    if history.started is None or len(history.done) < len(history.arms):
        return []
    curves = [history.curve(str(arm["name"]), measure) for arm in history.arms]
    ends = [curve.spreads[-1] for curve in curves if len(curve)]
    value = history.started.teacher_accuracy
    return ends if measure == "fidelity" else [*ends, (value, value, value)]


def last_epoch(history: StudyHistory) -> int:
    """Of the longest arm that has begun; before that of one that is trained as the others."""
    begun = [known for a in history.arms if (known := history.epochs(str(a["name"])))]
    return max((known[-1].epochs for known in begun), default=history.config.epochs)


def _dotted_teacher(history: StudyHistory, measure: Measure, known: float) -> Dict:
    look = LOOKS[TEACHER]
    ends, value = (0, last_epoch(history)), measure.scale * known
    return traces.level(ends, value, replace(look, dash="dot"), "Teacher (test)", width=1.5) | {
        "mode": "lines+text",
        "text": ["", "teacher"],
        "textposition": "top left",
        "textfont": {"color": look.text, "size": 11},
    }


def results(history: StudyHistory) -> Dict:
    """What every arm comes to on the test part, by the measure of the study: mean with its
    interval, a faint dot a seed. Arms that are not done show where they stand; those that have not
    begun have no row yet."""
    judged = history.judged
    layout = list_layout("Correct answers, %", "Test accuracy, 95 % intervals", top=34)
    if judged is BITS:
        layout = list_layout(MEASURES["test_bits"], f"{BITS.label}, 95 % intervals", top=34)
    data: list[Dict] = []
    for name, look in looks(history).items():
        values, found = each_seed(history, name), stand(history, name)
        done, row = name in history.done, short(look.label)
        spreads = [drawn(judged, found)] if values and found else []
        each = [judged.scale * v for v in values]
        data.append(dots(each, [row] * len(each), look.colour, 5, marker={"opacity": 0.4}))
        seen = {"opacity": 1 if done else 0.5}
        rows = [row] * len(spreads)
        data.append(means(spreads, rows, look, 12, _told(history, name, done), marker=seen))
    return {"data": data, "layout": layout}


def drawn(measure: Measure, spread: Spread) -> Spread:
    """A mean and its ends in the unit of ``measure``; shares stay within 0 and 100 %."""
    return spread if measure is BITS else percent(*spread)


def _told(history: StudyHistory, name: str, done: bool) -> str:
    unit = history.judged.unit
    told = [history.label(name), Own(f"%{{x:.2f}} {unit}" + ("" if done else " so far"))]
    gain = history.gain(name) if done else None
    if gain is not None and history.against(name) != name:
        beside = brief(history.reference(history.against(name)), WIDE)
        told += gain_words(gain, f"against “{beside}” ")
    return own("{}<extra></extra>", lines(*told))


def gain_words(gain: Gain, before: str = "") -> list[str]:
    """A gain and its interval, if it has one, to be told on lines of their own."""
    interval = [f"95 % {gain.between(2)}"] if gain.ci95 else []
    return [f"{before}{gain.amount(2)}", *interval]


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
    known, judged = done_words(history), history.judged
    what = "Test accuracy" if judged is ACCURACY else MEASURES["test_bits"]
    return f"{what}: {known}" if known else f"{what}; nothing is done yet"


def done_words(history: StudyHistory) -> str:
    """What each arm that is done comes to on the test part; empty where none is."""
    done = [(str(a["label"]), str(a["name"])) for a in history.arms if a["name"] in history.done]
    judged = history.judged
    return ", ".join(f"{label} {judged.shown(history.mean(name)[0])}" for label, name in done)


# -- arms as points, joined by a line: over sizes and numbers ------------------------------------


@dataclass(frozen=True)
class Point:
    """One arm at ``x``: its mean and the ends of its interval, as they are kept; NaN ends: no
    interval."""

    x: float
    mean: float
    low: float = math.nan
    high: float = math.nan
    text: str = ""


def each_seed(history: StudyHistory, arm: str, measure: str = "") -> list[float]:
    """What the students of an arm came to, or where they stand, one number a seed as it is kept;
    without those that are no numbers. ``measure``: accuracy (test), fidelity, bits; of an arm that
    is done also ece; empty: that by which the study is judged."""
    measure = measure or history.judged.name
    values, known = history.values(arm, measure), history.epochs(arm)
    if arm not in history.done and known and measure in OVER_EPOCHS:
        values = getattr(known[-1], OVER_EPOCHS[measure])
    return [v for v in values if math.isfinite(v)]


def stand(history: StudyHistory, arm: str, measure: str = "") -> tuple[float, float, float] | None:
    """``measure`` of an arm: mean and interval once it is done, before that where it stands."""
    if arm in history.done:
        return history.mean(arm, measure)
    values = each_seed(history, arm, measure)
    return (fmean(values), math.nan, math.nan) if values else None


def axis(history: StudyHistory) -> str:
    """The words for what is judged on the test part: "Test accuracy, %"."""
    return MEASURES[CURVES[history.judged.name]]


def series(
    look: Look, name: str, points: Sequence[Point], measure: Measure = ACCURACY
) -> list[Dict]:
    """Points as a Plotly trace, in the unit of ``measure``; none without points. ``text`` of a
    point begins its hover."""
    if not points:
        return []
    spreads = [drawn(measure, (p.mean, p.low, p.high)) for p in points]
    trace = line(
        [p.x for p in points],
        [mean for mean, _, _ in spreads],
        look,
        name,
        width=2,
        size=9,
        text=[p.text for p in points],
        hover=Own(f"%{{text}}: %{{y:.2f}} {measure.unit}<extra></extra>"),
        **whiskers("y", spreads, look.colour, thickness=1.5),
    )
    return [trace]


def students(
    history: StudyHistory, look: Look, name: str, arms: Iterable[tuple[float, str, str]]
) -> list[Dict]:
    """The :func:`series` of those arms of which it is known how they stand; x, arm, text."""
    known = [(x, stand(history, arm), text) for x, arm, text in arms]
    points = [Point(x, *found, text) for x, found, text in known if found]
    return series(look, name, points, history.judged)


def level(
    look: Look,
    name: str,
    value: float | None,
    ends: Sequence[float],
    measure: Measure = ACCURACY,
) -> list[Dict]:
    """A horizontal line at ``value``, as it is kept, between two x; none where that is not
    known."""
    if value is None:
        return []
    hover = (
        own(NAMED, name)
        if measure is ACCURACY
        else own("{}: %{{y:.2f}} {}<extra></extra>", name, measure.unit)
    )
    return [traces.level(ends, measure.scale * value, look, name, hover=hover)]


def teacher(history: StudyHistory, ends: Sequence[float]) -> list[Dict]:
    """What the teacher itself comes to on the test part as a line; nothing before the study has
    begun."""
    return level(LOOKS[TEACHER], "Teacher", history.teacher_value, ends, history.judged)


def labels_only(history: StudyHistory, ends: Sequence[float], name: str) -> list[Dict]:
    """The students without a teacher as a line; nothing before they have begun."""
    found = stand(history, LABELS_ONLY)
    return level(LOOKS[LABELS_ONLY], name, found and found[0], ends, history.judged)
