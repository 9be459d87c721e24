"""Points with their 95 % intervals, joined by a line: what studies draw over sizes and numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kdlab.studies import StudyHistory
from pages.ui.charts import traces
from pages.ui.charts.text import Own, own
from pages.ui.shell.theme import LOOKS, TEACHER, Look

Dict = dict[str, Any]


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


def series(look: Look, name: str, points: Sequence[Point]) -> Dict:
    """One Plotly trace, in per cent; ``text`` of a point begins its hover."""
    spreads = [traces.percent(p.mean, p.low, p.high) for p in points]
    return traces.line(
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


def level(look: Look, name: str, value: float, ends: tuple[float, float]) -> Dict:
    """A horizontal line at ``value``, a fraction, between two x."""
    hover = own("{}: %{{y:.2f}} %<extra></extra>", name)
    return traces.level(ends, 100 * value, look, name, hover=hover)


def teacher(history: StudyHistory, ends: tuple[float, float]) -> list[Dict]:
    """The teacher's own test accuracy as a line; nothing before the study has begun."""
    if history.started is None:
        return []
    return [level(LOOKS[TEACHER], "Teacher", history.started.teacher_accuracy, ends)]
