"""What was predicted beside what was measured: whether it is right, and how far off."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from kdlab.lessons.lesson import Prediction, Question
from kdlab.measure.wording import MINUS, signed
from kdlab.translation import say

if TYPE_CHECKING:
    from kdlab.lessons.measured import Measured

VERDICTS = {"helped": "It helps", "hurt": "It hurts", "unclear": "Too close to tell"}
"""Answer to a prediction of a verdict, as it is kept -> in words."""
CAME = {
    "helped": "it helps",
    "hurt": "it hurts",
    "unclear": "too close to tell",
    "one seed": "one seed cannot tell",
    "NaN": "a student's loss became NaN",
}
"""Verdict of a result -> in words that follow its number."""
TIED = " tied"
"""The answer to a choice that none of them is best, as it is kept: no choice begins with a
blank."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``right`` is None where the result does not say: one seed, a loss that was no number, a
    choice that cannot be told apart from the best. ``said`` and ``found`` are the two sides in
    words, ``off`` how far off a number was, or how near. Of a choice ``each`` has what was measured
    of each, the best first, ``over`` what all their intervals are over, where that is the same, and
    ``why`` is a sentence on what they say; ``found`` is empty then."""

    right: bool | None
    said: str
    found: str = ""
    off: str = ""
    each: tuple[tuple[str, str], ...] = ()
    over: str = ""
    why: str = ""


def answers(asked: Prediction | Question) -> tuple[str, ...]:
    """All answers that may be given to it, as they are kept, in the order in which they are
    offered; none where it is a number from a range. What is measured may not tell which choice is
    best, so that this is an answer to a choice, too, as it is to a verdict."""
    if isinstance(asked, Question):
        # by their words: the right one stands in no place of its own
        return tuple(sorted([asked.right, *(wrong.say for wrong in asked.wrong)]))
    if asked.kind == "verdict":
        return tuple(VERDICTS)
    return (*asked.choices, TIED) if asked.choices else ()


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
    return say(VERDICTS["unclear"]) if answer == TIED else answer


def _decimals(number: float) -> int:
    """How many it needs: 2 of 0.25. At most 6, which is less than a slider's rounding."""
    shortest = Decimal(f"{number:.6f}").normalize()
    return max(0, -int(shortest.as_tuple().exponent))


def outcome(asked: Prediction, answer: str, result: Sequence[Measured]) -> Outcome:
    """``answer`` beside the ``result``: one number for each measure of ``asked``."""
    said = in_words(asked, answer)
    if asked.kind == "choice":
        return _choice(asked, answer, said, result)
    found = result[0]
    if asked.kind == "verdict":
        return Outcome(_verdict_right(answer, found), said, _verdict_words(found))
    away = abs(float(answer) - found.mean)
    if not math.isfinite(away):
        return Outcome(None, said, found.told())
    low, high = (found.low, found.high) if found.sure else (found.mean, found.mean)
    close = max(asked.step, 0.5 * 10.0**-found.digits)
    right = low - close / 2 <= float(answer) <= high + close / 2
    if right:
        inside = low <= float(answer) <= high
        near = say("within what was measured") if inside else say("as near as the slider goes")
        return Outcome(right, said, found.told(), near)
    unit = "points" if found.unit == "%" else found.unit
    distance = f"{away:.{found.digits}f} {say(unit, about='measure')}"
    return Outcome(right, said, found.told(), say("{distance} off", distance=distance))


def _verdict_right(answer: str, found: Measured) -> bool | None:
    return answer == found.verdict if found.verdict in VERDICTS else None


def _verdict_words(found: Measured) -> str:
    if found.verdict is None:
        return found.told()
    return say(": ").join([found.told(), say(CAME[found.verdict])])


def _choice(asked: Prediction, answer: str, said: str, result: Sequence[Measured]) -> Outcome:
    """What is clearly below another is not best. What is not, and is not clearly above all others
    either, may be: the result cannot tell. The differences from the best over the same seeds
    decide, where they are known: intervals may overlap where one is ahead in every seed."""
    named = dict(zip(asked.choices, result, strict=True))
    ranked = sorted(named, key=lambda name: named[name].worth, reverse=True)
    sure = all(each.sure and math.isfinite(each.mean) for each in result)
    overs = {each.over for each in result}
    over = overs.pop() if sure and len(overs) == 1 else ""
    each = tuple((name, _told(named[name], brief=bool(over))) for name in ranked)
    if not sure:
        why = say("Without an interval for each of them it cannot be told which is best.")
        return Outcome(None, said, each=each, why=why)
    first, best = named[ranked[0]], _unbeaten(ranked, named)
    if len(best) == 1:
        why = say("The interval of “{best}” lies apart from all others.", best=best[0])
        paired = [n for n in ranked[1:] if not _above(first, named[n])]
        if paired:  # by no interval of its own
            why = say("Seed by seed, “{best}” is ahead of “{next}” by {lead}.", best=best[0],
                      next=paired[0], lead=named[paired[0]].lead())  # fmt: skip
        return Outcome(answer == best[0], said, each=each, over=over, why=why)
    *most, last = (say("“{name}”", name=name) for name in best)
    names = say(" and ").join([say(", ").join(most), last])
    why = say("The intervals of {names} overlap, so they do not tell which is best.", names=names)
    apart = [n for n in best[1:] if _above(first, named[n])]
    if apart:  # and yet not ahead seed by seed
        why = say("Seed by seed, “{best}” is not clearly ahead of “{next}”: {lead}.",
                  best=best[0], next=apart[0], lead=named[apart[0]].lead())  # fmt: skip
    if answer in best:
        why = f"{why} {say('Your answer is neither right nor wrong.')}"
        return Outcome(None, said, each=each, over=over, why=why)
    return Outcome(answer == TIED, said, each=each, over=over, why=why)


def _unbeaten(ranked: Sequence[str], named: Mapping[str, Measured]) -> list[str]:
    """The first of ``ranked``, and whatever is not clearly below it: seed by seed where that is
    known, else by their intervals."""
    first = named[ranked[0]]

    def beaten(one: Measured) -> bool:
        return _above(first, one) if one.ahead is None else one.ahead[1] > 0

    return [name for name in ranked if name == ranked[0] or not beaten(named[name])]


def _above(one: Measured, other: Measured) -> bool:
    """Whether ``one`` is better than ``other`` by more than their intervals leave open."""
    return one.high < other.low if one.less else one.low > other.high


def _told(found: Measured, *, brief: bool) -> str:
    """``brief``: what the interval is, and over what, stands before all of them."""
    if not brief:
        return found.told()
    between = say(" to ").join(map(found.number, (found.low, found.high)))
    return f"{found.amount()} ({between})"
