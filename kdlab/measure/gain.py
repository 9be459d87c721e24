"""A gain: by how much one kind of student is better than another, how sure that is, and in words.

Differences are paired by seed, since students of a seed share first weights, batches and labels;
with several teachers the units of the interval are teachers (:mod:`kdlab.measure.intervals`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from kdlab.measure.intervals import LEVEL, interval_over
from kdlab.measure.measures import ACCURACY, MEASURES, Measure
from kdlab.translation import say

Verdict = Literal["helped", "hurt", "unclear", "one seed", "NaN"]

NOT_A_NUMBER = "A student's loss became NaN, so there is no gain to report."


@dataclass(frozen=True, slots=True)
class Gain:
    """The mean of paired differences of ``measure`` (accuracies as fractions), and its 95 %
    interval; None for a single unit, which has no spread to tell. Over ``seeds`` students, and over
    ``teachers`` where several. Whether it is a gain or a loss is for :attr:`verdict` to say: of
    bits per character a negative one is better."""

    mean: float
    ci95: tuple[float, float] | None
    seeds: int
    teachers: int = 1
    measure: Measure = ACCURACY

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From what events and files hold: :meth:`as_dict`."""
        ends = told["ci95"]
        return cls(
            told["mean"],
            None if ends is None else (ends[0], ends[1]),
            told["seeds"],
            told.get("teachers", 1),
            MEASURES[told.get("measure", ACCURACY.name)],
        )

    def as_dict(self) -> dict[str, Any]:
        """{mean, ci95 (a list, or None), seeds}, ``teachers`` where there are several, and the
        name of the ``measure`` where it is another than accuracy."""
        found: dict[str, Any] = {
            "mean": self.mean,
            "ci95": self.ci95 and list(self.ci95),
            "seeds": self.seeds,
        }
        if self.teachers > 1:
            found["teachers"] = self.teachers
        if self.measure is not ACCURACY:
            found["measure"] = self.measure.name
        return found

    def within(self) -> Self:
        """The interval cut to what there is: of accuracies few seeds reach beyond -1 and 1."""
        if self.measure.most is None:
            return self
        ends = self.ci95 and (max(self.ci95[0], -1.0), min(self.ci95[1], 1.0))
        return replace(self, ci95=ends)

    @property
    def verdict(self) -> Verdict:
        """``unclear`` where the interval includes zero, ``NaN`` where a student's loss was one."""
        if not math.isfinite(self.mean):
            return "NaN"
        if self.ci95 is None:
            return "one seed"
        low, high = self.ci95
        if low > 0 or high < 0:
            return "helped" if (low > 0) != self.measure.less else "hurt"
        return "unclear"

    @property
    def holds(self) -> bool | None:
        """Whether it is better: True and False where the interval says so, else None."""
        return {"helped": True, "hurt": False}.get(self.verdict)

    @property
    def ends(self) -> tuple[float, float]:
        """Of the interval; the mean twice where there is none."""
        return self.ci95 or (self.mean, self.mean)

    def number(self, digits: int | None = None) -> str:
        """ "+3.1", in points of a per cent, or "−0.42", in bits."""
        return self.measure.difference(self.mean, digits)

    def amount(self, digits: int | None = None) -> str:
        """ "+3.1 points", "−0.42 bits per character"."""
        return f"{self.number(digits)} {say(self.measure.units, about='measure')}"

    def between(self, digits: int | None = None) -> str:
        """ "+2.0 to +4.2", the ends of the interval; "" where there is none."""
        if self.ci95 is None or not math.isfinite(self.ci95[0]):
            return ""
        return say(" to ").join(self.measure.difference(end, digits) for end in self.ci95)

    def bracketed(self, digits: int | None = None) -> str:
        """ "+3.1 (+2.0 to +4.2)", for a table; "NaN" where it is none."""
        if self.verdict == "NaN":
            return "NaN"
        between = self.between(digits)
        return self.number(digits) + (f" ({between})" if between else "")

    def over(self) -> str:
        """ "5 seeds" or "8 teachers, 24 students": what the interval is over."""
        if self.teachers > 1:
            return say(
                "{teachers} teachers, {students} students",
                teachers=self.teachers,
                students=self.seeds,
            )
        return say("1 seed" if self.seeds == 1 else "{count} seeds", count=self.seeds)

    def told(self, digits: int | None = None) -> str:
        """ "+3.1 points (95 % +2.0 to +4.2)", within a sentence."""
        if self.verdict == "NaN":
            return say("an unknown amount (a student's loss became NaN)")
        spread = (
            say("one seed, no interval") if self.ci95 is None else f"95 % {self.between(digits)}"
        )
        return f"{self.amount(digits)} ({spread})"

    def interval(self, digits: int | None = None) -> str:
        """ "95 % interval +2.0 to +4.2 over 5 seeds", within a sentence."""
        return say(
            "95 % interval {between} over {seeds} seeds",
            between=self.between(digits),
            seeds=self.seeds,
        )

    def sentence(self) -> str:
        """Whether distillation helped, hurt, or nobody can tell."""
        found = self.verdict
        if found == "NaN":
            return say(NOT_A_NUMBER)
        if found == "one seed":
            return say(
                "With one seed the students differ by {amount}. That may be chance: train with "
                "more seeds.",
                amount=self.amount(),
            )
        spread = say("{amount}, {interval}", amount=self.amount(), interval=self.interval())
        if found == "unclear":
            return say(
                "It is unclear whether distillation helps with this teacher: {spread}.",
                spread=spread,
            )
        if found == "helped":
            return say("Distillation helped with this teacher: {spread}.", spread=spread)
        return say("Distillation hurt with this teacher: {spread}.", spread=spread)

    def p_value(self, at: float = 0.0) -> float:
        """Two-sided p of the t test that the gain, with an interval on both sides, is ``at``; NaN
        where it has no interval."""
        if self.ci95 is None:
            return math.nan
        from scipy.special import stdtr, stdtrit

        degrees = (self.teachers if self.teachers > 1 else self.seeds) - 1
        error = (self.ci95[1] - self.mean) / float(stdtrit(degrees, 1 - LEVEL / 2))
        if error == 0:
            return 1.0 if self.mean == at else 0.0
        return 2 * float(stdtr(degrees, -abs(self.mean - at) / error))


def paired_gain(
    baseline: Sequence[float],
    distilled: Sequence[float],
    resolution: float = 0.0,
    groups: int = 1,
    at_least: float | None = None,
    measure: Measure = ACCURACY,
) -> Gain:
    """The gain of ``distilled`` over ``baseline``, seed by seed; of several ``groups`` as
    :func:`kdlab.measure.intervals.interval_over` has it.

    ``resolution`` is the step of an accuracy, one over the number of test examples. ``at_least``:
    what the gain cannot be below, whatever the chance, such as 0 for the best of some epochs beside
    the last of them. The interval ends there: its part below covers nothing, so it covers as often
    as before.
    """
    if len(baseline) != len(distilled):
        raise ValueError(f"{len(baseline)} baseline and {len(distilled)} distilled students")
    differences = [d - b for b, d in zip(baseline, distilled, strict=True)]
    mean, low, high = interval_over(differences, groups, resolution)
    if at_least is not None:
        low = max(low, at_least) if math.isfinite(low) else low
    ends = None if math.isnan(low) else (low, high)
    return Gain(mean, ends, len(baseline), max(1, groups), measure)
