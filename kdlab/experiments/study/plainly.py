"""A study's answer in one plain sentence: the words for what its comparisons came to.

Figures come from the comparisons alone. What an interval cannot tell is never told as a gain: then
the words say how large a difference could still be, or why nothing can be said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from kdlab.experiments.study.history import StudyHistory
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import LEVEL, holm

OPEN = "This cannot be told here"
"""How an answer begins that is none."""


def known(history: StudyHistory, arm: str, against: str = "") -> Gain:
    """The gain in test accuracy of an arm of a study that is done; ``against`` is empty for its arm
    on labels alone."""
    gain = history.gain(arm, against)
    assert gain is not None, f"{arm} and {against or history.against(arm)} must be done"
    return gain


def amount(gain: Gain, digits: int = 1) -> str:
    """ "7.0 points", however it is signed."""
    return f"{abs(100 * gain.mean):.{digits}f} points"


def effect(gain: Gain) -> str:
    """What something does, after its name: "brings 7.0 points", "costs 1.2 points" ..."""
    return {
        "helped": f"brings {amount(gain)}",
        "hurt": f"costs {amount(gain)}",
        "unclear": "makes no difference that can be told",
        "one seed": "was tried with one seed, which is too few to tell",
        "NaN": "came to no number",
    }[gain.verdict]


def doubt(gains: Sequence[Gain]) -> str:
    """Why these comparisons tell nothing, to end a sentence with: how large a difference their 95 %
    intervals leave room for, or what is missing."""
    if any(gain.verdict == "NaN" for gain in gains):
        return "the loss of a student stopped being a number"
    if any(gain.ci95 is None for gain in gains):
        return "one seed says nothing about chance, so try more"
    return f"a difference, if there is one, is probably below {room(gains)}"


def room(gains: Sequence[Gain]) -> str:
    """ "0.8 points": what the intervals leave room for, in either direction."""
    most = max(abs(100 * end) for gain in gains for end in gain.ends)
    return f"{math.ceil(10 * most) / 10:.1f} points"


def surely(gains: Sequence[Gain]) -> list[bool | None]:
    """Of each gain whether it is above zero (True) or below (False), None where that cannot be
    told: of several that are told in one sentence, their number counts (Holm)."""
    sure = [p < LEVEL for p in holm([gain.p_value() for gain in gains])]
    return [gain.holds if clear else None for gain, clear in zip(gains, sure, strict=True)]


def grouped(names: Sequence[str], found: Sequence[bool | None]) -> dict[bool | None, list[str]]:
    """Those of ``names`` of which is found that it helps, that it hurts, and neither."""
    pairs = list(zip(names, found, strict=True))
    return {sign: [name for name, own in pairs if own is sign] for sign in (True, False, None)}


def first(found: Sequence[bool | None]) -> str:
    """The first word of an answer that several comparisons give."""
    signs = set(found)
    return "Yes" if signs == {True} else "No" if signs == {False} else "In part"


def together(found: Sequence[bool | None]) -> bool | None:
    """What all of several agree on; None where they do not."""
    signs = set(found)
    return signs.pop() if len(signs) == 1 else None


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def told(ways: Mapping[bool | None, Sequence[str]], more: str, less: str, neither: str) -> str:
    """The groups of :func:`grouped` after the words for them: "help at 1/2; hurt at 1/4"."""
    parts = ((more, ways[True]), (less, ways[False]), (neither, ways[None]))
    return "; ".join(f"{words} {listed(names)}" for words, names in parts if names)
