"""Points with their 95 % intervals, joined by a line: what studies draw over sizes and numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kdlab.studies import StudyHistory
from pages.ui.charts.base import share
from pages.ui.charts.text import Own, own
from pages.ui.shell.theme import LOOKS, TEACHER, Look

Dict = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """One arm at ``x``: its mean and the ends of its interval, fractions; NaN ends: no interval."""

    x: float
    mean: float
    low: float
    high: float
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
    ends = [
        (share(p.low), share(p.high)) if math.isfinite(p.low) else (p.mean, p.mean) for p in points
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [p.x for p in points],
        "y": [100 * p.mean for p in points],
        "error_y": {
            "type": "data",
            "array": [100 * (high - p.mean) for p, (_, high) in zip(points, ends, strict=True)],
            "arrayminus": [100 * (p.mean - low) for p, (low, _) in zip(points, ends, strict=True)],
            "color": look.colour,
            "thickness": 1.5,
        },
        "text": [p.text for p in points],
        "line": {"color": look.colour, "dash": look.dash, "width": 2},
        "marker": {"color": look.colour, "symbol": look.symbol, "size": 9},
        "hovertemplate": Own("%{text}: %{y:.2f} %<extra></extra>"),
    }


def level(look: Look, name: str, value: float, ends: tuple[float, float]) -> Dict:
    """A horizontal line at ``value``, a fraction, between two x."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(ends),
        "y": [100 * value] * 2,
        "line": {"color": look.colour, "dash": look.dash, "width": 2},
        "hovertemplate": own("{}: %{{y:.2f}} %<extra></extra>", name),
    }


def teacher(history: StudyHistory, ends: tuple[float, float]) -> list[Dict]:
    """The teacher's own test accuracy as a line; nothing before the study has begun."""
    if history.started is None:
        return []
    return [level(LOOKS[TEACHER], "Teacher", history.started.teacher_accuracy, ends)]
