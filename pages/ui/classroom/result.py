"""What was measured for a question: taken from the history of its run, kept in the room as plain
numbers, and read again from those."""

from __future__ import annotations

import math
from typing import Any

from kdlab.classroom.room import Asked
from kdlab.data import measure_of
from kdlab.errors import ClassError
from kdlab.lessons import outcome
from kdlab.lessons.lesson import Prediction, Question
from kdlab.lessons.measured import Measured, measured
from kdlab.measure.gain import Gain
from kdlab.measure.measures import ACCURACY, Measure
from pages.ui.classroom import going


def of_run(what: Prediction, history: Any) -> dict[str, tuple[float, float, float]]:
    """Name -> mean and interval in the units of the screen, for the room to keep; the mean three
    times where a single seed has no interval. ClassError where the run has no such number."""
    found = {}
    for name in what.measure:
        told = measured(name, history)
        if told is None or not math.isfinite(told.mean):
            raise ClassError(
                f"The run has no number {name}",
                "a run whose result has what the question asks for",
                "Clear the question, and ask for another number",
            )
        ends = (told.low, told.high) if told.sure else (told.mean, told.mean)
        found[name] = (told.mean, *ends)
    return found


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
    return _read(what.measure[0], (0.0, 0.0, 0.0), _kind(what)).unit


def _kind(what: Prediction) -> Measure:
    """What the students of its run are judged by."""
    config = going.settings(what.link) if going.known(what.link) else None
    return measure_of(getattr(config, "dataset", ""))


def _read(name: str, told: tuple[float, float, float], kind: Measure) -> Measured:
    mean, low, high = told
    sure = low != high
    ends = (low, high) if sure else (math.nan, math.nan)
    gain = name.startswith("gain")
    if gain:
        verdict = Gain(mean, (low, high) if sure else None, 2, measure=kind).verdict
        return Measured(name, mean, *ends, kind.units, kind.difference_digits, verdict,
                        less=kind.less)  # fmt: skip
    if name.startswith("fidelity"):
        kind = ACCURACY
    words = kind.unit if kind is ACCURACY else kind.units
    return Measured(name, mean, *ends, words, kind.digits, less=kind.less)
