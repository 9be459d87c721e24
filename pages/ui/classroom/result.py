"""What was measured for a question: taken from the history of its run, kept in the room as plain
numbers, and read again from those."""

from __future__ import annotations

import math
from typing import Any

from kdlab.classroom.room import Asked, Estimate
from kdlab.data import measure_of
from kdlab.errors import ClassError
from kdlab.lessons import outcome, paired
from kdlab.lessons.lesson import Prediction, Question
from kdlab.lessons.measured import Measured, measured
from kdlab.measure.gain import Gain
from kdlab.measure.measures import ACCURACY, Measure
from kdlab.translation import ENGLISH, say, speaking
from pages.ui.classroom import going


def of_run(what: Prediction, history: Any) -> dict[str, Estimate]:
    """Name -> mean and interval in the units of the screen, for the room to keep. ClassError where
    the run has no such number."""
    each = {}
    for name in what.measure:
        with speaking(ENGLISH):  # each who reads it is told in his own language
            told = measured(name, history)
        if told is None or not math.isfinite(told.mean):
            raise ClassError(
                f"The run has no number {name}",
                "a run whose result has what the question asks for",
                "Clear the question, and ask for another number",
            )
        each[name] = told
    found = list(each.values())
    if what.kind == "choice":
        found = paired.compared(found, history)
    return {told.name: _kept(told) for told in found}


def _kept(told: Measured) -> Estimate:
    low, high = (told.low, told.high) if told.sure else (None, None)
    return Estimate(told.mean, low, high, told.over, told.ahead)


def known(asked: Asked) -> list[Measured]:
    """What was revealed, one for each measure; empty before, and of a question."""
    what = asked.what
    if asked.phase != "revealed" or isinstance(what, Question):
        return []
    if not all(name in asked.result for name in what.measure):
        return []  # of another version of the lab
    return [_read(name, asked.result[name], _kind(what)) for name in what.measure]


def right(asked: Asked) -> str:
    """The answer that was right; empty where none of those on offer is known to be."""
    what, found = asked.what, known(asked)
    if isinstance(what, Question):
        return what.right if asked.phase == "revealed" else ""
    if not found or what.kind == "number":
        return ""
    return next(
        (each for each in outcome.answers(what) if outcome.outcome(what, each, found).right), ""
    )


def unit(what: Prediction) -> str:
    """Of the number that decides, as it stands on the screen."""
    return _read(what.measure[0], Estimate(0.0), _kind(what)).unit


def _kind(what: Prediction) -> Measure:
    """What the students of its run are judged by."""
    config = going.settings(what.link) if going.known(what.link) else None
    return measure_of(getattr(config, "dataset", ""))


def _read(name: str, told: Estimate, kind: Measure) -> Measured:
    mean, over = told.mean, _over(told.over)
    interval = None if told.low is None or told.high is None else (told.low, told.high)
    ends = interval or (math.nan, math.nan)
    gain = name.startswith("gain")
    if gain:
        verdict = Gain(mean, interval, 2, measure=kind).verdict
        return Measured(name, mean, *ends, kind.units, kind.difference_digits, verdict, over,
                        less=kind.less, ahead=told.ahead)  # fmt: skip
    if name.startswith("fidelity"):
        kind = ACCURACY
    words = kind.unit if kind is ACCURACY else kind.units
    return Measured(name, mean, *ends, words, kind.digits, over=over, less=kind.less,
                    ahead=told.ahead)  # fmt: skip


def _over(kept: str) -> str:
    """What an interval is over, which the room keeps in English, in the reader's language."""
    match kept.split():
        case [count, "seeds"]:
            return say("{count} seeds", count=count)
        case [count, "teachers"]:
            return say("{count} teachers", count=count)
        case [teachers, "teachers,", students, "students"]:
            return say("{teachers} teachers, {students} students", teachers=teachers,
                       students=students)  # fmt: skip
    return kept
