"""Findings in words: what was compared, by how much they differ, and whether that is sure."""

from __future__ import annotations

import math

from kdlab.experiments.study.basis import with_teacher
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.record import Finding


def number(value: float) -> float:
    """``value`` for an order by size: NaN comes before all numbers."""
    return -math.inf if math.isnan(value) else value


def compared(
    history: StudyHistory,
    arm: str,
    against: str = "",
    measure: str = "",
    digits: int | None = None,
) -> Finding:
    """Whether ``arm`` is better than ``against`` (empty: its arm on labels alone); ``digits`` of
    the difference, None: as its measure is told."""
    against = against or history.against(arm)
    gain = history.gain(arm, against, measure)
    assert gain is not None, f"{arm} and {against} must be done"
    own, other = history.label(arm), history.label(against)
    found = gain.verdict
    if found == "NaN":
        return Finding(f"“{own}” and “{other}”: the loss of a student stopped being a number.")
    words = {
        "helped": "is better than",
        "hurt": "is worse than",
        "unclear": "cannot be told from",
        "one seed": "was compared with one seed only with",
    }[found]
    return Finding(
        f"“{own}” {words} “{other}”{with_teacher(history, arm, against)}: {gain.told(digits)}.",
        gain.holds,
        gain,
    )
