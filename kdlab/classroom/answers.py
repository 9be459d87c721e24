"""Which answers a question allows, and what somebody sends as one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from kdlab.classroom.texts import quoted
from kdlab.errors import ClassError
from kdlab.lessons import outcome
from kdlab.lessons.lesson import Prediction, Question

MOST_ANSWER = 200
"""Characters."""


def choices(what: Prediction | Question) -> tuple[str, ...]:
    """The answers that ``what`` allows, as they are kept and in the order in which everybody sees
    them; empty where it is a number. The same as in a lesson: :mod:`kdlab.lessons.outcome` has them
    in words."""
    return outcome.answers(what)


def checked(what: Prediction | Question, value: str) -> str:
    """``value`` as it is kept; ClassError where ``what`` does not allow it."""
    if len(value) > MOST_ANSWER:
        raise ClassError(
            f"an answer of {len(value):,} characters",
            f"at most {MOST_ANSWER} characters",
            "Choose one of the answers on the page",
        )
    if isinstance(what, Prediction) and what.kind == "number":
        return _number(what, value)
    allowed = choices(what)
    if value not in allowed:
        raise ClassError(
            f"the answer is {quoted(value)}", ", ".join(map(quoted, allowed)), "Choose one of these"
        )
    return value


def counted(what: Prediction | Question, values: Iterable[str]) -> dict[str, int]:
    """Each answer, in the order of the choices, or of the numbers -> how many gave it. Choices that
    nobody took are there, numbers are not."""
    found = Counter(values)
    order = choices(what) or sorted(found, key=float)
    return {value: found[value] for value in order}


def _number(what: Prediction, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    inside = what.low <= number <= what.high
    steps = round((number - what.low) / what.step) if inside else 0
    near = min(what.high, what.low + steps * what.step)  # the end of a slider may be between two
    if not inside or abs(near - number) > 1e-6 * what.step:
        raise ClassError(
            f"the answer is {quoted(value)}",
            f"a number from {what.low:g} to {what.high:g} in steps of {what.step:g}",
            "Choose one with the slider",
        )
    return f"{round(near, 9) + 0.0:.10g}"  # no minus before a zero
