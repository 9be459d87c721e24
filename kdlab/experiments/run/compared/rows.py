"""What two finished runs came to and what they cost, line by line, each with B minus A."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.run.compared.side import Side
from kdlab.experiments.run.compared.terms import Terms
from kdlab.experiments.run.stage_costs import stages
from kdlab.measure.difference import Difference
from kdlab.measure.intervals import interval

TEACHER, GAIN = "teacher", "gain"
RESULTS = {
    TEACHER: "Teacher",
    LABELS_ONLY: "Student, labels only",
    DISTILLED: "Student, distilled",
    GAIN: "Gain",
}
"""What is compared, in its order -> what it is called."""
Spread = tuple[float, float, float]
"""A mean and the ends of its interval, NaN where there is none."""
UNCOUNTED = "none"
NO_ENDS = (math.nan, math.nan)
Unit = Literal["result", "difference", "count", "milliseconds", "seconds"]


@dataclass(frozen=True)
class Row:
    """One line of the table: ``a`` and ``b``, as they are kept, a text where that is no number;
    ``difference`` is None where none is told, ``how`` says what it is, and ``same`` that it is none
    in any seed."""

    name: str
    title: str
    unit: Unit
    a: Spread | str
    b: Spread | str
    difference: Spread | None = None
    how: str = ""
    same: bool = False


def results(a: Side, b: Side, on: Terms, found: Mapping[str, Difference]) -> Iterator[Row]:
    """Teacher, both students and the gain, with the differences that were ``found``."""
    for name, words in RESULTS.items():
        told: Spread | None = None
        how, same = "", name in found and found[name].same
        if name in found:
            gain = found[name].gain
            told, how = (gain.mean, *(gain.ci95 or NO_ENDS)), found[name].over()
        elif name == TEACHER and not on.why:
            told = (b.teacher - a.teacher, *NO_ENDS)
            how = "the same teacher" if on.same_teacher else "one network each, no interval"
        unit: Unit = "difference" if name == GAIN else "result"
        yield Row(name, words, unit, _of(a, name), _of(b, name), told, how, same)


def _of(side: Side, name: str) -> Spread:
    """Mean and interval of one of RESULTS."""
    if name == TEACHER:
        return (side.teacher, *NO_ENDS)
    if name == GAIN:
        gain = side.gain
        return (gain.mean, *(gain.ci95 or NO_ENDS))
    values = list(side.results(name).values())
    if not all(map(math.isfinite, values)):
        return (math.nan, *NO_ENDS)
    return interval(values)


def machine(side: Side) -> str:
    """Where the times of a run were measured; empty where none were."""
    return side.history.measured.machine if side.history.measured else ""


def costs(a: Side, b: Side) -> Iterator[Row]:
    """Size and speed of the four networks, and what training them took."""
    if a.history.measured is None or b.history.measured is None:
        return
    one, other = a.history.measured.models, b.history.measured.models
    same = machine(a) == machine(b)
    for model in ("teacher", "student"):
        who, before, after = model.capitalize(), one[model], other[model]
        for key, words in (("parameters", "parameters"), ("flops_per_image", "FLOPs per input")):
            one_count, other_count = _count(before[key]), _count(after[key])
            told = None
            if not isinstance(one_count, str) and not isinstance(other_count, str):
                told = _minus(one_count, other_count)
            name = f"{model}-{key.replace('_', '-')}"
            yield Row(name, f"{who}, {words}", "count", one_count, other_count, told)
        known = [each["latency_ms"].get("1") for each in (before, after)]
        if all(known):
            first, last = ((t["median"], t["low"], t["high"]) for t in known)
            told = _minus(first, last) if same else None
            how = "medians" if same else "different machines"
            words = f"{who}, milliseconds for one input"
            yield Row(f"{model}-latency", words, "milliseconds", first, last, told, how)
    yield from _training(a, b, same)


def _training(a: Side, b: Side, same: bool) -> Iterator[Row]:
    """Seconds of the two stages of training that differ from run to run."""
    each = [{stage.name: stage for stage in stages(s.history, s.config)} for s in (a, b)]
    for stage, words in (
        ("Train the teacher", "Training the teacher, seconds"),
        ("Train one student", "Training one student (its share), seconds"),
    ):
        spent: list[Spread | str] = []
        for known in each:
            found = known[stage]
            reused = stage == "Train the teacher" and bool(found.note)
            spent.append(found.note if reused else (found.seconds or 0.0, *NO_ENDS))
        one, other = spent
        told: Spread | None = None
        if same and not isinstance(one, str) and not isinstance(other, str):
            told = _minus(one, other)
        how = "" if same else "different machines"
        yield Row(stage.lower().replace(" ", "-"), words, "seconds", one, other, told, how)


def _count(value: int) -> Spread | str:
    """Of a file of answers there is nothing to count."""
    return (float(value), *NO_ENDS) if value else UNCOUNTED


def _minus(one: Spread, other: Spread) -> Spread:
    """B minus A of what has no interval over students."""
    return (other[0] - one[0], *NO_ENDS)
