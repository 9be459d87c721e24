"""Two runs in one chart: A thin with open marks, B thick, and every curve with its name at its end.

Roles look as everywhere (colour and dash); which run a curve belongs to is told by its width, its
marks and its name, so that nothing hangs on colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.run.history import History
from kdlab.measure.curve import NOTHING
from kdlab.measure.measures import ACCURACY, BITS, Measure
from pages.ui.charts.base import banded, base_layout, fitted
from pages.ui.charts.text import Own, own
from pages.ui.charts.traces import Dict, Spread, course, level, line, note
from pages.ui.shell.theme import LOOKS, TEACHER, Look

FAINT, LAST = 0.45, 2000
"""How a pinned curve is drawn behind others, and where its name stands in their legend."""
MARKS = 10
"""On a curve of A: more lie on each other."""
ROOM = 112
"""Pixels beside the chart for the names of curves."""
LINE = 16
"""Pixels that a name is high, with what keeps it from the next one."""
NAMES = {TEACHER: "teacher", LABELS_ONLY: "labels only", DISTILLED: "distilled"}


@dataclass(frozen=True)
class End:
    """Where a curve ends, in the unit of its axis, and what stands there."""

    role: str
    letter: str
    value: float


def curves(runs: dict[str, History], height: int) -> Dict:
    """How the students of one run or of two learn, by letter, which are judged alike: ``height``
    pixels high."""
    first = next(iter(runs.values()))
    measure = first.judged
    data: list[Dict] = []
    ends: list[End] = []
    lasts: list[Spread] = []
    for letter, history in runs.items():
        thin = letter == "A"
        data += _students(history, letter, measure, thin=thin)
        data += _teacher(history, letter, measure, thin=thin)
        ends += list(_ends(history, letter, measure))
        lasts += [curve.spreads[-1] for curve in history.curve(measure.name).values() if len(curve)]
    words = f"{measure.label} on validation {first.noun}"
    seeds = min(len({seed for _, seed in h.started.students}) for h in runs.values() if h.started)
    layout = base_layout(
        "Epoch",
        "Correct answers, %" if measure is ACCURACY else measure.label,
        banded(words, seeds),
        top=34,
        xaxis={"range": [0, max(h.started.epochs for h in runs.values() if h.started)]},
        yaxis=_axis(measure, lasts, ends),
    )
    layout |= {"showlegend": False, "margin": layout["margin"] | {"r": ROOM}}
    low, high = layout["yaxis"]["range"]
    layout["annotations"] = _names(ends, low, high, (high - low) * LINE / max(80, height - 90))
    return {"data": data, "layout": layout}


def describe(runs: dict[str, History]) -> str:
    """The same in a sentence, for people who do not see it."""
    first = next(iter(runs.values()))
    measure = first.judged
    told = [
        f"{letter}: "
        + ", ".join(
            f"{NAMES[end.role]} {measure.shown(end.value / measure.scale)}"
            for end in _ends(history, letter, measure)
        )
        for letter, history in runs.items()
    ]
    return f"{measure.label} on validation {first.noun} at the end. {'; '.join(told)}"


def faint(history: History) -> Iterator[Dict]:
    """The curves of a run as thin lines, to stand behind those of another one in its chart, which
    is judged alike; one name in the legend stands for all."""
    measure = history.judged
    scale = measure.scale if measure is ACCURACY else 1
    style: Dict = {"width": 1.5, "opacity": FAINT, "hover": _hover(measure)}
    for role, curve in history.curve(measure.name).items():
        values, shown = [scale * v for v in curve.mean.tolist()], role == DISTILLED
        name = "Pinned" if shown else f"Pinned: {NAMES[role]}"
        yield line(
            curve.epochs.tolist(),
            values,
            LOOKS[role],
            name,
            showlegend=shown,
            legendrank=LAST,
            **style,
        )
    value = _of_teacher(history, measure)
    if value is not None and history.started is not None:
        ends, name = (0, history.started.epochs), f"Pinned: {NAMES[TEACHER]}"
        yield level(ends, value, LOOKS[TEACHER], name, showlegend=False, **style)


def _students(history: History, letter: str, measure: Measure, *, thin: bool) -> Iterator[Dict]:
    known = history.curve(measure.name)
    for role in (LABELS_ONLY, DISTILLED):
        curve, look = known.get(role, NOTHING), LOOKS[role]
        yield from course(
            curve.epochs.tolist(),
            curve.spreads,
            look,
            f"{letter} {NAMES[role]}",
            shares=measure is ACCURACY,
            opacity=0.1 if thin else 0.2,
            hover=_hover(measure),
            **_style(look, thin=thin),
        )


def _teacher(history: History, letter: str, measure: Measure, *, thin: bool) -> Iterator[Dict]:
    value, look = _of_teacher(history, measure), LOOKS[TEACHER]
    if value is not None and history.started is not None:
        ends = (0, history.started.epochs)
        name = f"{letter} {NAMES[TEACHER]}"
        yield level(ends, value, look, name, hover=_hover(measure), **_style(look, thin=thin))


def _style(look: Look, *, thin: bool) -> Dict:
    if not thin:
        return {"width": 3.0}
    marker = {
        "color": look.colour,
        "symbol": f"{look.symbol}-open",
        "size": 7,
        "maxdisplayed": MARKS,
    }
    return {"width": 1.5, "mode": "lines+markers", "marker": marker}


def _hover(measure: Measure) -> str:
    return Own("%{y:.1f} %") if measure is ACCURACY else own("%{{y:.2f}} {}", measure.unit)


def _of_teacher(history: History, measure: Measure) -> float | None:
    ready = history.teacher_ready
    if ready is None:
        return None
    if measure is BITS:
        return ready.validation_bits
    return measure.scale * ready.validation_accuracy


def _ends(history: History, letter: str, measure: Measure) -> Iterator[End]:
    """Teacher first, then the students."""
    value = _of_teacher(history, measure)
    if value is not None and math.isfinite(value):
        yield End(TEACHER, letter, value)
    known = history.curve(measure.name)
    for role in (LABELS_ONLY, DISTILLED):
        curve = known.get(role, NOTHING)
        if len(curve) and math.isfinite(curve.mean[-1]):
            yield End(role, letter, measure.scale * float(curve.mean[-1]))


def _axis(measure: Measure, lasts: Sequence[Spread], ends: Sequence[End]) -> Dict:
    """On which one sees how the curves differ where they end."""
    values = [end.value for end in ends]
    if measure is ACCURACY:
        shares = [value / measure.scale for value in values]
        return fitted("Correct answers, %", [*lasts, *((v, v, v) for v in shares)])
    known = [v for spread in lasts for v in spread if math.isfinite(v)] + values
    low, high = (min(known), max(known)) if known else (2.0, 5.0)
    room = max(high - low, 0.4)
    title = {"text": BITS.label}
    return {"title": title, "range": [max(0.0, low - 0.3 * room), high + 0.8 * room]}


def _names(ends: Sequence[End], low: float, high: float, gap: float) -> list[Dict]:
    """A name at the end of each curve, one for curves of a role that end at the same place, moved
    apart where they would lie on each other."""
    together: dict[tuple[str, float], list[str]] = {}
    for end in ends:
        together.setdefault((end.role, round(end.value, 9)), []).append(end.letter)
    placed = sorted(together.items(), key=lambda each: each[0][1])
    spots = spread_out([min(max(value, low), high) for (_, value), _ in placed], gap, low, high)
    return [
        note(
            1.01,
            spot,
            f"{', '.join(letters)} {NAMES[role]}",
            xref="paper",
            xanchor="left",
            yanchor="middle",
            font={"color": LOOKS[role].text, "size": 12},
        )
        for ((role, _), letters), spot in zip(placed, spots, strict=True)
    ]


def spread_out(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Rising ``values`` moved as little as needed to be ``gap`` apart, within ``low`` and ``high``
    where there is room for all.

    >>> spread_out([1.0, 5.0, 5.1], 1.0, 0.0, 10.0)
    [1.0, 4.55, 5.55]
    """
    groups: list[list[float]] = []  # of values that touch: sum of places without gaps, count
    for n, value in enumerate(values):
        groups.append([value - n * gap, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1] = [groups[-1][0] + total, groups[-1][1] + count]
    most = high - gap * (len(values) - 1)
    firsts = [
        min(max(total / count, low), max(most, low))
        for total, count in groups
        for _ in range(int(count))
    ]
    return [round(first + n * gap, 6) for n, first in enumerate(firsts)]
