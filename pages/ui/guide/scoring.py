"""What came of all that a lesson has asked: taken where it was answered, and told at the end in a
sentence."""

from __future__ import annotations

from kdlab.lessons import outcome
from kdlab.lessons.lesson import Lesson, Question
from kdlab.translation import say
from pages.ui.guide import predicting, progress, waiting
from pages.ui.guide.progress import Open


def take(now: Open) -> None:
    """Remember which answers are right as soon as that is known, also to what an earlier step has
    asked: a result goes from the screen when the next one comes."""
    right = now.progress.right
    for each in _asks(now.lesson):
        asked = each.asked
        answer = None if asked is None else predicting.given(each.key, asked)
        if asked is None or answer is None or (each.number in right and each.number != now.number):
            continue
        if isinstance(asked, Question):
            right[each.number] = answer == asked.right
        elif (result := waiting.result(asked)) is not None:
            right[each.number] = outcome.outcome(asked, answer, result).right


def _asks(lesson: Lesson) -> list[Open]:
    """The lesson at each of its steps that asks something."""
    steps = [Open(lesson, number) for number in range(1, len(lesson.steps) + 1)]
    return [each for each in steps if each.asked is not None]


def score(lesson: Lesson) -> str:
    """How many predictions and answers were right, how many were not, of how many the result does
    not say so, and how many have no result; empty where nothing was answered."""
    asks = _asks(lesson)
    right = progress.of(lesson.name).right
    told = [right[each.number] for each in asks if each.number in right]
    rest = [each for each in asks if each.number not in right]
    only = sum(predicting.given(e.key, e.asked) is not None for e in rest if e.asked is not None)
    if not told and not only:
        return ""
    wrong, unsure, missing = told.count(False), told.count(None), len(rest) - only
    words = say(
        "{right} of {count} predictions and answers were right",
        right=told.count(True),
        count=len(asks),
    )
    more = [
        say("{count} wrong", count=wrong) if wrong else "",
        say("{count} left open by the result", count=unsure) if unsure else "",
        say("{count} predicted, not measured", count=only) if only else "",
        say("{count} not answered", count=missing) if missing else "",
    ]
    return say(", ").join([words, *filter(None, more)]) + say(".")
