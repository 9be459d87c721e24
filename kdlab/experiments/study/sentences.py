"""Findings in words: what was compared, by how much they differ, and whether that is sure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from kdlab.experiments.study.basis import with_teacher
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.record import Finding
from kdlab.measure.intervals import LEVEL, holm


def number(value: float) -> float:
    """``value`` for an order by size: NaN comes before all numbers."""
    return -math.inf if math.isnan(value) else value


WORDS = {
    "helped": "is better than",
    "hurt": "is worse than",
    "unclear": "cannot be told apart from",
    "one seed": "was compared for one seed only with",
}
"""Verdict of a gain -> what stands between the two that it compares."""


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
    own, other = history.label(arm), history.beside(against)
    found = gain.verdict
    if found == "NaN":
        return Finding(f"“{own}” and {other}: a student's loss became NaN.")
    given = with_teacher(history, arm, against)
    return Finding(f"“{own}” {WORDS[found]} {other}{given}: {gain.told(digits)}.", gain.holds, gain)


def compared_together(history: StudyHistory, pairs: Sequence[tuple[str, str]]) -> list[Finding]:
    """:func:`compared` of each (arm, against), with their number accounted for (Holm): one that is
    clear by itself and not among them all tells nothing, and says so."""
    found = [compared(history, arm, against) for arm, against in pairs]
    alone = [math.nan if f.gain is None else f.gain.p_value() for f in found]
    count = sum(f.gain is not None for f in found)
    return [
        _taken_back(history, finding, pair, adjusted, count)
        if finding.holds is not None and not adjusted < LEVEL
        else finding
        for finding, pair, adjusted in zip(found, pairs, holm(alone), strict=True)
    ]


def _taken_back(
    history: StudyHistory, finding: Finding, pair: tuple[str, str], adjusted: float, count: int
) -> Finding:
    arm, against = pair
    assert finding.gain is not None
    return replace(
        finding,
        text=(
            f"“{history.label(arm)}” cannot be told apart from {history.beside(against)}"
            f"{with_teacher(history, arm, against)}: {finding.gain.told()}; clear by itself, not "
            f"among {count} comparisons (Holm, p = {adjusted:.2f})."
        ),
        holds=None,
        alone=True,
    )
