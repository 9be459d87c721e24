"""Findings in words: what was compared, by how much they differ, and whether that is sure."""

from __future__ import annotations

import math
from typing import Any

from kdlab.experiments.study.basis import with_teacher
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.record import Finding
from kdlab.measure.intervals import verdict
from kdlab.measure.wording import signed


def points(gain: dict[str, Any]) -> str:
    """ "+3.1 points (95 % +2.0 to +4.2)", of a gain in fractions."""
    if verdict(gain) == "no number":
        return "an amount that cannot be told (the loss of a student stopped being a number)"
    text = f"{signed(100 * gain['mean'])} points"
    if gain["ci95"] is None:
        return f"{text} (one seed, no interval)"
    low, high = gain["ci95"]
    return f"{text} (95 % {signed(100 * low)} to {signed(100 * high)})"


def number(value: float) -> float:
    """``value`` for an order by size: NaN comes before all numbers."""
    return -math.inf if math.isnan(value) else value


def compared(
    history: StudyHistory, arm: str, against: str = "", measure: str = "accuracy"
) -> Finding:
    """Whether ``arm`` is better than ``against`` (empty: its arm on labels alone)."""
    against = against or history.against(arm)
    gain = history.gain(arm, against, measure)
    assert gain is not None, f"{arm} and {against} must be done"
    own, other = history.label(arm), history.label(against)
    found = verdict(gain)
    if found == "no number":
        return Finding(f"“{own}” and “{other}”: the loss of a student stopped being a number.")
    words = {
        "helped": "is better than",
        "hurt": "is worse than",
        "unclear": "cannot be told from",
        "one seed": "was compared with one seed only with",
    }[found]
    return Finding(
        f"“{own}” {words} “{other}”{with_teacher(history, arm, against)}: {points(gain)}.",
        {"helped": True, "hurt": False}.get(found),
        gain,
    )
