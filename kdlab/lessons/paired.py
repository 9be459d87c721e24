"""Which of several choices is best, judged by its differences from the others over the same seeds.

Students of a seed share first weights, batches and labels, so that what is alike in both cancels:
two intervals may overlap where one student is ahead of the other in every seed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kdlab.experiments.run.history import History
from kdlab.experiments.study.history import StudyHistory
from kdlab.lessons.measured import STUDENTS, Measured
from kdlab.measure.gain import Gain


def compared(found: Sequence[Measured], history: Any) -> list[Measured]:
    """``found``, each but the best with by how much the best is ahead of it, where both were
    measured over the same seeds of the finished ``history``; as it is where that cannot be told."""
    best = max(found, key=lambda each: each.worth)
    return [each if each is best else _behind(each, best, history) for each in found]


def _behind(one: Measured, best: Measured, history: Any) -> Measured:
    gain = _gain(best.name, one.name, history)
    if gain is None or gain.ci95 is None or not math.isfinite(gain.mean):
        return one
    sign = (-1.0 if gain.measure.less else 1.0) * gain.measure.scale
    low, high = sorted(sign * end for end in gain.ci95)
    return replace(one, ahead=(sign * gain.mean, low, high))


def _gain(best: str, second: str, history: Any) -> Gain | None:
    """Of the number ``best`` over the number ``second``, seed by seed."""
    what, _, own = best.partition(" ")
    _, _, other = second.partition(" ")
    match history:
        case History():
            return _of_run(what, own, other, history)
        case StudyHistory():
            return _of_study(what, own, other, history)
    return None


def _of_run(what: str, own: str, other: str, history: History) -> Gain | None:
    """The teacher has no seeds of the students."""
    if history.finished is None or what != "accuracy" or {own, other} != set(STUDENTS):
        return None
    gain = Gain.of(history.finished.gain)
    if own == "distilled":
        return gain
    ends = None if gain.ci95 is None else (-gain.ci95[1], -gain.ci95[0])
    return replace(gain, mean=-gain.mean, ci95=ends)


def _of_study(what: str, own: str, other: str, history: StudyHistory) -> Gain | None:
    """Gains over the same students differ as the students do."""
    if what == "gain" and history.against(own) != history.against(other):
        return None
    values, baseline = history.values(own), history.values(other)
    if what not in ("gain", "accuracy") or not values or len(values) != len(baseline):
        return None
    return history.gain_of(baseline, values, own, other)
