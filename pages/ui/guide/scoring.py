"""What came of all that a lesson has asked, in a sentence."""

from __future__ import annotations

from kdlab.lessons.lesson import Lesson
from kdlab.translation import say
from pages.ui.guide import progress


def score(lesson: Lesson) -> str:
    """How many predictions and answers were right, how many were not, and of how many nobody can
    say so; empty where nothing was answered."""
    own = progress.of(lesson.name).right
    if not own:
        return ""
    asks = sum(step.predict is not None or step.question is not None for step in lesson.steps)
    told = list(own.values())
    wrong, unsure, missing = told.count(False), told.count(None), asks - len(told)
    words = say(
        "{right} of {count} predictions and answers were right", right=told.count(True), count=asks
    )
    more = [
        say("{count} wrong", count=wrong) if wrong else "",
        say("{count} too close to tell", count=unsure) if unsure else "",
        say("{count} not answered", count=missing) if missing > 0 else "",
    ]
    return say(", ").join([words, *filter(None, more)]) + say(".")
