"""Points with their 95 % intervals, joined by a line: what studies draw over sizes and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kdlab.events import LABELS_ONLY
from kdlab.studies import StudyHistory
from pages.ui.charts import traces
from pages.ui.charts.text import NAMED, Own, own
from pages.ui.charts.traces import Dict
from pages.ui.shell.theme import LOOKS, TEACHER, Look


@dataclass(frozen=True)
class Point:
    """One arm at ``x``: its mean and the ends of its interval, fractions; NaN ends: no interval."""

    x: float
    mean: float
    low: float = math.nan
    high: float = math.nan
    text: str = ""


def stand(history: StudyHistory, arm: str) -> tuple[float, float, float] | None:
    """Test accuracy of an arm: mean and interval once it is done, before that where it stands."""
    if arm in history.done:
        return history.mean(arm)
    known = history.epochs(arm)
    values = [v for v in known[-1].test if math.isfinite(v)] if known else []
    return (sum(values) / len(values), math.nan, math.nan) if values else None


def series(look: Look, name: str, points: Sequence[Point]) -> list[Dict]:
    """Points as a Plotly trace, in per cent; none without points. ``text`` of a point begins its
    hover."""
    if not points:
        return []
    spreads = [traces.percent(p.mean, p.low, p.high) for p in points]
    trace = traces.line(
        [p.x for p in points],
        [mean for mean, _, _ in spreads],
        look,
        name,
        width=2,
        size=9,
        text=[p.text for p in points],
        hover=Own("%{text}: %{y:.2f} %<extra></extra>"),
        **traces.whiskers("y", spreads, look.colour, thickness=1.5),
    )
    return [trace]


def students(
    history: StudyHistory, look: Look, name: str, arms: Iterable[tuple[float, str, str]]
) -> list[Dict]:
    """The :func:`series` of those arms of which it is known how they stand; x, arm, text."""
    known = [(x, stand(history, arm), text) for x, arm, text in arms]
    return series(look, name, [Point(x, *found, text) for x, found, text in known if found])


def level(look: Look, name: str, value: float | None, ends: Sequence[float]) -> list[Dict]:
    """A horizontal line at ``value``, a fraction, between two x; none where that is not known."""
    if value is None:
        return []
    hover = own(NAMED, name)
    return [traces.level(ends, 100 * value, look, name, hover=hover)]


def teacher(history: StudyHistory, ends: Sequence[float]) -> list[Dict]:
    """The teacher's own test accuracy as a line; nothing before the study has begun."""
    value = history.started.teacher_accuracy if history.started else None
    return level(LOOKS[TEACHER], "Teacher", value, ends)


def labels_only(history: StudyHistory, ends: Sequence[float], name: str) -> list[Dict]:
    """The students without a teacher as a line; nothing before they have begun."""
    found = stand(history, LABELS_ONLY)
    return level(LOOKS[LABELS_ONLY], name, found and found[0], ends)
