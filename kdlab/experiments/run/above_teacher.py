"""Why a student may be better than its teacher, in a sentence: who sees that for the first time
takes it for a mistake of the lab."""

from __future__ import annotations

import math

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.run import advice
from kdlab.experiments.run.history import History
from kdlab.measure.intervals import interval
from kdlab.measure.measures import BITS
from kdlab.translation import say

NAMES = {DISTILLED: "distilled student", LABELS_ONLY: "student on labels alone"}


def above_teacher(history: History) -> str:
    """That students are better than their teacher, by an interval over seeds that leaves it out,
    and why that can be; empty where none is, of one seed, and where :func:`advice.warnings` says
    already that the teacher is the worse one."""
    finished, measure = history.finished, history.judged
    if finished is None or history.started is None:
        return ""
    better = {name: mean for name in NAMES if (mean := _better(history, name)) is not None}
    if not better or advice.warnings(history):
        return ""
    who = say(" and the ").join(
        f"{say(NAMES[name])} ({measure.shown(own)})" for name, own in better.items()
    )
    known = finished.teacher_bits if measure is BITS else finished.teacher_accuracy
    assert known is not None, "text is judged by bits"
    told = {
        "who": who,
        "teacher": measure.shown(known),
        "count": f"{history.started.test_size:,}",
        "what": say(history.noun),
    }
    if len(better) > 1:
        words = say(
            "The {who} are better than the teacher ({teacher}) on these {count} test {what}. That "
            "can happen.",
            **told,
        )
    else:
        words = say(
            "The {who} is better than the teacher ({teacher}) on these {count} test {what}. That "
            "can happen.",
            **told,
        )
    return " ".join(filter(None, (words, _by_heart(history), _why(history, better))))


def _better(history: History, group: str) -> float | None:
    """The mean of the students of ``group`` where their interval leaves the teacher out."""
    finished, started = history.finished, history.started
    assert finished is not None
    assert started is not None
    own = next(each for each in finished.groups if each["name"] == group)
    if history.judged is BITS:
        mean, _, high = interval(own["bits"])
        return mean if high < (finished.teacher_bits or -math.inf) else None
    mean, low, _ = interval(own["accuracy"], resolution=1 / started.test_size)
    return mean if low > finished.teacher_accuracy else None


def _by_heart(history: History) -> str:
    """That the teacher knows what it has learned from, and less of all else."""
    ready, finished = history.teacher_ready, history.finished
    assert finished is not None
    if ready is None or history.judged is BITS:
        return ""
    train = ready.train_accuracy if ready.by_heart is None else ready.by_heart
    if train is None or train - finished.teacher_accuracy <= advice.GAP:
        return ""
    return say(
        "The teacher knows its training {what} by heart ({share} % right) and generalises less "
        "well.",
        what=say(history.noun),
        share=f"{100 * train:.1f}",
    )


def _why(history: History, better: dict[str, float]) -> str:
    """What may hold a student back from the mistakes of its teacher."""
    found = []
    if history.measured is not None:
        teacher, student = (
            history.measured.models[name]["parameters"] for name in ("teacher", "student")
        )
        if 0 < student < teacher:
            found.append(say("fewer parameters leave less room for learning by heart"))
    if DISTILLED in better:
        found.append(say("soft targets keep a student from being too sure of single labels"))
    if not found:
        return ""
    verb = say("both regularise") if len(found) > 1 else say("this regularises")
    return f"{say(', and ').join(found).capitalize()}{say(': ')}{verb}{say('.')}"
