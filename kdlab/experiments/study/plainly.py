"""A study's answer in one plain sentence: the words for what its comparisons came to.

Figures come from the comparisons alone. What an interval cannot tell is never told as a gain: then
the words say how large a difference could still be, or why nothing can be said. Nor is it told as
none: two are as good as each other only where their interval is narrow (:func:`alike`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from kdlab.experiments.study.history import StudyHistory
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import LEVEL, holm

OPEN = "No clear answer"
"""How an answer begins that is none."""
MARGIN = 0.01
"""Two teach about as well where no difference of a point or more between them is left, or of text
of 0.01 bits per character."""
LOST = "a student's loss became NaN"
ONE_SEED = "one seed cannot rule out chance, so try more"

Unit = Literal["points", ""]
"""Of what is compared: an accuracy, or a number as it is."""


def known(history: StudyHistory, arm: str, against: str = "") -> Gain:
    """The gain, by the measure of the study, of an arm of a study that is done; ``against`` is
    empty for its arm on labels alone."""
    gain = history.gain(arm, against)
    assert gain is not None, f"{arm} and {against or history.against(arm)} must be done"
    return gain


def amount(gain: Gain, digits: int | None = None) -> str:
    """ "7.0 points" or "0.42 bits per character", however it is signed: for a gain that is surely
    above or below zero."""
    measure = gain.measure
    most = measure.difference_digits if digits is None else digits
    return f"{measure.number(abs(gain.mean), most)} {measure.units}"


def effects(gains: Sequence[Gain]) -> list[str]:
    """What several things do, each after its name: "brings 7.0 points", "costs 1.2 points" ...
    They are told in one sentence, so their number counts (:func:`surely`)."""
    return [_effect(gain, sign) for gain, sign in zip(gains, surely(gains), strict=True)]


def _effect(gain: Gain, sign: bool | None) -> str:
    if no_number(gain):
        return "gave NaN"
    if gain.ci95 is None:
        return "was tried with one seed, which cannot rule out chance"
    if sign is None:
        return f"makes no clear difference (if any, probably below {room([gain])})"
    return f"{('saves' if gain.measure.less else 'brings') if sign else 'costs'} {amount(gain)}"


def no_number(gain: Gain) -> bool:
    """Whether there is no gain to tell: a student's loss stopped being a number."""
    return gain.verdict == "NaN"


def doubt(gains: Sequence[Gain], names: Sequence[str] = (), unit: Unit = "points") -> str:
    """Why these comparisons tell nothing, to end a sentence with: how large a difference their 95 %
    intervals leave room for, or what is missing. Those that came to no number are told apart, by
    their ``names`` where these are given, and take nothing away from what the others tell."""
    there = [gain for gain in gains if not no_number(gain)]
    if not there:
        return LOST
    if any(gain.ci95 is None for gain in there):
        why = ONE_SEED
    else:
        why = f"a difference, if there is one, is probably below {room(there, unit)}"
    if len(there) == len(gains):
        return why
    gone = (
        [name for name, gain in zip(names, gains, strict=True) if no_number(gain)] if names else []
    )
    which = listed(gone) if gone else f"{len(gains) - len(there)} of {len(gains)} comparisons"
    return f"{why}; {which} gave NaN"


def room(gains: Sequence[Gain], unit: Unit = "points") -> str:
    """ "0.8 points", "0.03 bits per character", or "0.08" of no unit: what the intervals leave room
    for, in either direction, rounded up."""
    most = max(abs(end) for gain in gains for end in gain.ends)
    if not unit:
        return f"{math.ceil(100 * most) / 100:.2f}"
    measure = gains[0].measure
    step = 10**measure.difference_digits
    up = math.ceil(step * measure.scale * most) / step
    return f"{up:.{measure.difference_digits}f} {measure.units}"


def alike(gains: Sequence[Gain]) -> bool:
    """Whether the intervals leave no room for a difference of MARGIN. That nothing could be told is
    not enough to call two things as good as each other."""
    return all(
        gain.ci95 is not None and not no_number(gain) and max(map(abs, gain.ci95)) < MARGIN
        for gain in gains
    )


def surely(gains: Sequence[Gain]) -> list[bool | None]:
    """Of each gain whether it is above zero (True) or below (False), None where that cannot be
    told: of several that are told in one sentence, their number counts (Holm)."""
    sure = [p < LEVEL for p in holm([gain.p_value() for gain in gains])]
    return [gain.holds if clear else None for gain, clear in zip(gains, sure, strict=True)]


def first(found: Sequence[bool | None]) -> str:
    """The first words of an answer that several comparisons give, some of them surely."""
    signs = set(found)
    if True in signs:
        return "Yes" if signs == {True} else "In part"
    return "No" if signs == {False} else "Not clearly"


def together(found: Sequence[bool | None]) -> bool | None:
    """What all of several agree on; None where they do not."""
    signs = set(found)
    return signs.pop() if len(signs) == 1 else None


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def told(
    names: Sequence[str],
    gains: Sequence[Gain],
    ways: tuple[str, str, str, str],
    amounts: Sequence[str] = (),
    found: Sequence[bool | None] = (),
) -> str:
    """``names`` by what :func:`surely` finds of their ``gains``, or what was ``found`` of them
    among others, after the words for each of the
    four ``ways``: more, less, neither that can be told, no number. "help at 1/2 (2.0 points); hurt
    at 1/4 (1.2 points)"; only what is sure has an amount. ``amounts``: other words for them."""
    kinds: tuple[list[str], ...] = ([], [], [], [])
    words, signs = amounts or [amount(gain) for gain in gains], found or surely(gains)
    for name, gain, sign, much in zip(names, gains, signs, words, strict=True):
        if sign is None:
            kinds[3 if no_number(gain) else 2].append(name)
        else:
            kinds[0 if sign else 1].append(f"{name} ({much})")
    return "; ".join(f"{way} {listed(kind)}" for way, kind in zip(ways, kinds, strict=True) if kind)
