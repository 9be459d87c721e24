"""What the study of divergences and prefixes found: where on-policy pays, and what it costs."""

from __future__ import annotations

import math
from statistics import fmean
from typing import Any

from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import (
    OPEN,
    doubt,
    known,
    listed,
    no_number,
    surely,
    together,
    told,
)
from kdlab.experiments.study.record import Finding
from kdlab.experiments.study.sentences import compared
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import interval
from kdlab.measure.measures import BITS
from kdlab.measure.wording import signed
from kdlab.studies.common import lost
from kdlab.studies.language.names import ALONE, DIVERGENCES, PREFIXES, arm_name

DIGITS = 3
"""Of differences in bits per character: between prefixes they are small, and surely there."""


def arms_of(history: StudyHistory) -> list[tuple[str, str, str]]:
    """(divergence, whose prefixes, arm) of every arm of the study but labels only."""
    own = {str(arm["name"]) for arm in history.arms}
    return [
        (divergence, whose, name)
        for whose in PREFIXES
        for divergence in DIVERGENCES
        if (name := arm_name(divergence, whose)) in own
    ]


def pairs(history: StudyHistory, whose: str, against: str = "data") -> list[tuple[str, str, str]]:
    """(divergence, arm, arm) of the divergences that were tried on both kinds of prefix."""
    own = {name for _, _, name in arms_of(history)}
    both = [(d, arm_name(d, whose), arm_name(d, against)) for d in DIVERGENCES]
    return [row for row in both if row[1] in own and row[2] in own]


def said(history: StudyHistory, arm: str) -> dict[str, Any]:
    """What was measured of what the students of ``arm`` say, one number a seed; empty before the
    end."""
    content = history.exhibits.get("language")
    return dict(content["arms"][arm]) if content else {}


def changed(history: StudyHistory, measure: str, arm: str, against: str) -> Gain:
    """By how much ``arm`` has another number of bits than ``against``: "teacher_bits", "exposure"
    or "string_kl"; less is better."""
    values = (said(history, name)[measure] for name in (against, arm))
    return history.gain_of(*values, arm, against, measure=BITS.name)


def best(history: StudyHistory) -> str:
    """The arm with the fewest bits per validation character; test strings judge, so they do not
    choose. Arms that came to no number are not chosen."""

    def score(arm: str) -> float:
        mean = history.mean(arm, "validation_bits")[0]
        return mean if math.isfinite(mean) else math.inf

    return min((name for _, _, name in arms_of(history)), key=score)


def cost(history: StudyHistory, whose: str, against: str = "data") -> float:
    """How many times as long a student takes on prefixes of ``whose``, over all divergences of
    which as many students have learned at once on both: more at once take less each. NaN where
    nothing can be compared."""
    rows = [[history.done[name].cost for name in row[1:]] for row in pairs(history, whose, against)]
    fair = [row for row in rows if row[0].get("together") == row[1].get("together")]
    seconds = [[each["seconds"] for each in row] for row in fair]
    total = [sum(column) for column in zip(*seconds, strict=True)]
    return total[0] / total[1] if total and total[1] > 0 else math.nan


def findings(history: StudyHistory) -> list[Finding]:
    """The best against labels only; prefixes against those of the data, by test strings, by what
    the teacher thinks and by exposure bias; what can be said; what it costs."""
    found = [compared(history, best(history), digits=DIGITS)]
    for whose in ("student", "teacher"):
        rows = pairs(history, whose)
        found += [compared(history, arm, other, digits=DIGITS) for _, arm, other in rows]
    found += [_exposure(history, *row) for row in pairs(history, "student")]
    found += [_opinion(history, *row) for row in pairs(history, "student")]
    found += [_variety(history), _seconds(history)]
    return found


def _exposure(history: StudyHistory, divergence: str, arm: str, other: str) -> Finding:
    gain = changed(history, "exposure", arm, other)
    if no_number(gain):
        return lost(f"Exposure bias with {DIVERGENCES[divergence]}")
    own, data = (fmean(said(history, name)["exposure"]) for name in (arm, other))
    return Finding(
        f"Exposure bias with {DIVERGENCES[divergence]}, by how many bits per character a student "
        f"is further from its teacher on its own prefixes than on those of the data: "
        f"{signed(data, DIGITS)} where it has learned on {PREFIXES['data']}, "
        f"{signed(own, DIGITS)} on {PREFIXES['student']}, {_difference(gain)}.",
        gain.holds,
        gain,
    )


def _opinion(history: StudyHistory, divergence: str, arm: str, other: str) -> Finding:
    gain = changed(history, "teacher_bits", arm, other)
    if no_number(gain):
        return lost(f"What the teacher thinks of a student with {DIVERGENCES[divergence]}")
    own, data = (fmean(said(history, name)["teacher_bits"]) for name in (arm, other))
    teacher = fmean(history.exhibits["language"]["teacher"]["teacher_bits"])
    return Finding(
        f"To the teacher, a character that a student writes has {data:.2f} bits with "
        f"{DIVERGENCES[divergence]} on prefixes of the data and {own:.2f} with "
        f"{PREFIXES['student']} (its own: {teacher:.2f}), {_difference(gain)}.",
        gain.holds,
        gain,
    )


def _difference(gain: Gain) -> str:
    return f"which differs by {gain.told(DIGITS)}"


def _variety(history: StudyHistory) -> Finding:
    """Coverage of a grammar, or how much that is said is new, by arm."""
    content = history.exhibits["language"]
    name, what = ("novel", "New among the strings that are sampled, each counted once")
    if content["exact"]:
        name, what = ("covered", "Strings of the grammar with a tenth of their probability or more")
    rows = [("the teacher", content["teacher"][name])]
    rows += [(f"“{history.label(arm)}”", said(history, arm)[name]) for arm in _all(history)]
    return Finding(f"{what}: {', '.join(f'{label} {share(values)}' for label, values in rows)}.")


def share(values: list[float]) -> str:
    """ "93 % (91 to 95)": a mean of shares and its interval, where it has any width."""
    mean, low, high = interval(values)
    if not math.isfinite(mean):
        return "NaN"
    if math.isnan(low):
        return f"{100 * mean:.0f} %"
    ends = [f"{100 * max(low, 0):.0f}", f"{100 * min(high, 1):.0f}"]
    return f"{100 * mean:.0f} %" + (f" ({' to '.join(ends)})" if ends[0] != ends[1] else "")


def _all(history: StudyHistory) -> list[str]:
    return [ALONE, *(name for _, _, name in arms_of(history))]


def _seconds(history: StudyHistory) -> Finding:
    each = {name: history.done[name].cost["seconds"] for name in _all(history)}
    told = ", ".join(f"“{history.label(name)}” {seconds:.2g}" for name, seconds in each.items())
    sampled = history.exhibits["language"]["teacher_seconds"]
    once = f" Sampling from the teacher takes {sampled:.2g} s, once for all." if sampled else ""
    return Finding(f"Seconds for one student: {told}.{once}")


def answer(history: StudyHistory) -> Finding:
    """Whether learning on one's own prefixes pays, by bits per test character, and what it
    costs; without such arms which divergence and prefixes are best."""
    first = best(history)
    mean = history.mean(first)[0]
    lead = f"best is “{history.label(first)}”, {BITS.shown(mean)} against "
    lead += f"{BITS.number(history.mean(ALONE)[0])} on labels only"
    rows = pairs(history, "student")
    if not rows:
        gain = known(history, first)
        start = {True: "Distillation helps", False: "Distillation hurts", None: OPEN}[gain.holds]
        why = f"; {doubt([gain])}" if gain.holds is None else ""
        return Finding(f"{start}: {lead}{why}.", gain.holds)
    gains = [known(history, arm, other) for _, arm, other in rows]
    names = [DIVERGENCES[divergence] for divergence, _, _ in rows]
    signs = surely(gains)
    start = "On-policy pays off" if True in signs else "On-policy does not pay off"
    if True in signs and len(set(signs)) > 1:
        start += " in part"
    elif set(signs) == {None}:
        start = OPEN
    ways = ("it saves with", "it costs with", "unclear with", "NaN with")
    how = told(names, gains, ways, [_bits(gain) for gain in gains])
    if all(sign is None for sign in signs):
        how = doubt(gains, names)
    times = cost(history, "student")
    longer = f", for {times:.1f} times the time," if math.isfinite(times) else ""
    speech = _speech(history, rows)
    holds = False if False in signs and True not in signs else together(signs)
    return Finding(f"{start}: against prefixes of the data{longer} {how}{speech}; {lead}.", holds)


def _bits(gain: Gain) -> str:
    """ "0.011 bits", however it is signed."""
    return f"{BITS.number(abs(gain.mean), DIGITS)} {BITS.unit}"


def _speech(history: StudyHistory, rows: list[tuple[str, str, str]]) -> str:
    """Of which divergences a student on its own prefixes surely says what its teacher finds
    likelier, or less so."""
    gains = [changed(history, "teacher_bits", arm, other) for _, arm, other in rows]
    signs = surely(gains)
    found = ""
    for way, word in ((True, "likelier"), (False, "less likely")):
        names = [DIVERGENCES[row[0]] for row, s in zip(rows, signs, strict=True) if s is way]
        if names:
            found += f"; its own strings are {word} to its teacher with {listed(names)}"
    return found
