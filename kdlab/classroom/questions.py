"""What may be asked in a class, where it may be sent, and what may be revealed of a result."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from kdlab.classroom import texts
from kdlab.classroom.answers import MOST_ANSWER, choices
from kdlab.classroom.room import Estimate, Interval, Result, estimate
from kdlab.classroom.texts import quoted
from kdlab.errors import ClassError
from kdlab.lessons.lesson import Link, Prediction, Question

MOST_CHOICES, MOST_STEPS, MOST_LINK, MOST_OVER = 20, 10_000, 4_000, 60
"""Answers to choose from, steps of a slider, characters of a link, and of what an interval is
over."""


def check(what: Prediction | Question) -> None:
    """ClassError where ``what`` cannot be asked."""
    told = [what.ask]
    if isinstance(what, Question):
        told += [what.because, *(wrong.because for wrong in what.wrong)]
        links = [wrong.see for wrong in what.wrong if wrong.see is not None]
    else:
        told += [what.unit, *what.measure]
        links = [what.link]
        wanted = len(what.choices) if what.kind == "choice" else 1
        if len(what.measure) != wanted:
            raise ClassError(
                f"{len(what.measure)} numbers of the result decide",
                "one, or of several choices one for each",
                "Name what decides",
            )
    if not what.ask.strip():
        raise ClassError("a question without text", "what is asked", "Type the question")
    for text in told:
        texts.check(text)
    for each in links:
        check_link(each)
    if isinstance(what, Prediction) and what.kind == "number":
        _check_slider(what)
    else:
        _check_choices(choices(what))


def check_link(where: Link) -> None:
    """ClassError where no page can be sent there. Whether the lab has such a page is not known
    here; that it is one of the lab's, and of no other server, is."""
    parts = [where.path, *where.query, *where.query.values()]
    size = sum(map(len, parts))
    if size > MOST_LINK or any(map(texts.unseen, parts)):
        raise ClassError(
            f"the link has {size:,} characters, or invisible ones",
            f"at most {MOST_LINK:,}, all of them visible",
            "Copy it from the page again",
        )
    if any(sign in where.path for sign in "/:\\?#%"):
        raise ClassError(
            f"the page is {quoted(where.path)}",
            'the name of a page of the lab, as "live"',
            "Copy the link from the page again",
        )


def measured(what: Prediction | Question, result: Mapping[str, Estimate | Interval]) -> Result:
    """``result`` as it is kept, empty for a question; ClassError where it is none of ``what``."""
    if isinstance(what, Question):
        return {}
    if set(result) != set(what.measure):
        raise ClassError(
            f"the result has {_listed(result)}",
            f"a result with {_listed(what.measure)}, which the question asks for",
            "Wait until its run has ended",
        )
    return {name: _sound(name, estimate(told)) for name, told in result.items()}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, list(names)[:MOST_CHOICES])) or "no numbers"


def _sound(name: str, told: Estimate) -> Estimate:
    texts.line(told.over, MOST_OVER, "what an interval is over")
    ends = (
        (told.mean, told.mean) if told.low is None or told.high is None else (told.low, told.high)
    )
    if told.ahead is not None:
        mean, low, high = told.ahead
        if not low <= mean <= high or math.isinf(low) or math.isinf(high):
            raise ClassError(
                f"{quoted(name)} is behind by {mean:g}, between {low:g} and {high:g}",
                "a mean, and both ends of its interval",
                "Wait for the end of the run",
            )
    both = (told.low is None) == (told.high is None)
    low, mean, high = map(float, (ends[0], told.mean, ends[1]))
    if not both or not low <= mean <= high or math.isinf(low) or math.isinf(high):
        raise ClassError(
            f"{quoted(name)} is {mean:g}, between {told.low} and {told.high}",
            "a mean, and both ends of its interval or neither",
            "Wait until the run has ended",
        )
    return told


def _check_choices(allowed: tuple[str, ...]) -> None:
    longest = max(map(len, allowed), default=0)
    sound = 2 <= len(allowed) <= MOST_CHOICES and len(set(allowed)) == len(allowed)
    if not sound or longest > MOST_ANSWER or not all(map(str.strip, allowed)):
        raise ClassError(
            f"{len(allowed)} answers, the longest of {longest:,} characters",
            f"from 2 to {MOST_CHOICES}, no two of them equal, of 1 to {MOST_ANSWER} characters",
            "Change the answers",
        )
    for each in allowed:
        texts.check(each)


def _check_slider(what: Prediction) -> None:
    numbers = what.low, what.high, what.step
    sound = all(map(math.isfinite, numbers)) and what.low < what.high and what.step > 0
    if not sound or (what.high - what.low) / what.step > MOST_STEPS:
        raise ClassError(
            "a slider from {:g} to {:g} in steps of {:g}".format(*numbers),
            f"a lower and a higher end with at most {MOST_STEPS:,} steps between them",
            "Change the ends or the step",
        )
