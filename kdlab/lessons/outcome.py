"""What was predicted beside what was measured: whether it is right, and how far off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from kdlab.lessons.lesson import Prediction, Question
from kdlab.measure.wording import MINUS, signed
from kdlab.translation import say

if TYPE_CHECKING:
    from kdlab.lessons.measured import Measured

VERDICTS = {"helped": "It helps", "hurt": "It hurts", "unclear": "It cannot be told"}
"""Answer to a prediction of a verdict, as it is kept -> in words."""
CAME = VERDICTS | {"one seed": "One seed cannot tell", "NaN": "A student's loss became NaN"}
"""Verdict of a result -> in words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``right`` is None where the result does not say: one seed, a loss that was no number, two
    choices that cannot be told apart. ``said`` and ``found`` are the two sides in words,
    ``off`` how far off a number was."""

    right: bool | None
    said: str
    found: str
    off: str = ""


def answers(asked: Prediction | Question) -> tuple[str, ...]:
    """All answers that may be given to it, as they are kept, in the order in which they are
    offered; none where it is a number from a range."""
    if isinstance(asked, Question):
        # by their words: the right one stands in no place of its own
        return tuple(sorted([asked.right, *(wrong.say for wrong in asked.wrong)]))
    if asked.kind == "verdict":
        return tuple(VERDICTS)
    return asked.choices


def sound(asked: Prediction | Question, answer: str) -> bool:
    """Whether ``answer`` is one that may be given."""
    if isinstance(asked, Question) or asked.kind != "number":
        return answer in answers(asked)
    try:
        number = float(answer) if len(answer) <= 40 else math.nan
    except ValueError:
        return False
    return math.isfinite(number) and asked.low <= number <= asked.high


def in_words(asked: Prediction | Question, answer: str) -> str:
    """An answer as a reader sees it: the lab's own words in his language, those of a lesson as they
    are."""
    if isinstance(asked, Prediction) and asked.kind == "verdict":
        return say(VERDICTS[answer]) if answer in VERDICTS else answer
    if isinstance(asked, Prediction) and asked.kind == "number":
        number = float(answer)
        digits = max(_decimals(asked.step), _decimals(number))
        gain = asked.measure[:1] and asked.measure[0].startswith("gain")
        text = signed(number, digits) if gain else f"{number:.{digits}f}".replace("-", MINUS)
        return f"{text} {say(asked.unit, about='measure')}".strip()
    return answer


def _decimals(number: float) -> int:
    """How many it needs: 2 of 0.25. At most 6, which is less than a slider's rounding."""
    shortest = Decimal(f"{number:.6f}").normalize()
    return max(0, -int(shortest.as_tuple().exponent))


def outcome(asked: Prediction, answer: str, result: Sequence[Measured]) -> Outcome:
    """``answer`` beside the ``result``: one number for each measure of ``asked``."""
    said = in_words(asked, answer)
    if asked.kind == "choice":
        return _choice(asked, said, result)
    found = result[0]
    if asked.kind == "verdict":
        return Outcome(_verdict_right(answer, found), said, _verdict_words(found))
    away = abs(float(answer) - found.mean)
    if not math.isfinite(away):
        return Outcome(None, said, found.told())
    low, high = (found.low, found.high) if found.sure else (found.mean, found.mean)
    close = max(asked.step, 0.5 * 10.0**-found.digits)
    right = low - close / 2 <= float(answer) <= high + close / 2
    unit = "points" if found.unit == "%" else found.unit
    distance = f"{away:.{found.digits}f} {say(unit, about='measure')}"
    return Outcome(right, said, found.told(), say("{distance} off", distance=distance))


def _verdict_right(answer: str, found: Measured) -> bool | None:
    return answer == found.verdict if found.verdict in VERDICTS else None


def _verdict_words(found: Measured) -> str:
    if found.verdict is None:
        return found.told()
    return say(": ").join([say(CAME[found.verdict]), found.told()])


def apart(best: Measured, second: Measured) -> bool:
    """Whether ``best`` is better than ``second`` for sure: by their differences over the same seeds
    where these are known, else where their intervals are apart."""
    if best.ahead is not None:
        return best.ahead[1] > 0
    return best.low > second.high if not best.less else best.high < second.low


def _choice(asked: Prediction, said: str, result: Sequence[Measured]) -> Outcome:
    ranked = sorted(
        zip(asked.choices, result, strict=True), key=lambda pair: pair[1].worth, reverse=True
    )
    told = say("; ").join(say(": ").join([choice, found.told()]) for choice, found in ranked)
    (best, first), (_, second) = ranked[:2]
    if not (first.sure and second.sure and math.isfinite(first.mean + second.mean)):
        return Outcome(None, said, told)
    if not apart(first, second):
        return Outcome(None, said, say("The best two cannot be told apart. {told}", told=told))
    return Outcome(said == best, said, told)
