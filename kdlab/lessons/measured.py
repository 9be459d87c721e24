"""Numbers of a finished result, by the names that lessons call them by: what was predicted is held
against them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.run.history import History
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.sweep import SweepHistory
from kdlab.measure.gain import Gain, Verdict
from kdlab.measure.intervals import interval_over
from kdlab.measure.measures import ACCURACY, Measure
from kdlab.translation import say

STUDENTS = {"distilled": DISTILLED, "labels-only": LABELS_ONLY}
"""Student, as lessons call it -> its group in a run."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One number in the units of the screen: ``mean``, and the ends of its 95 % interval, NaN where
    it has none, as with one seed or of the one teacher. ``verdict`` of a gain, else empty;
    ``over`` what the interval is over ("5 seeds"), in the language that was spoken when it was
    measured; ``less``: less is better. ``ahead``, of one of several: by how much more the best
    of them is worth over the same seeds, and the ends of the 95 % interval of that
    (:mod:`kdlab.lessons.paired`)."""

    name: str
    mean: float
    low: float
    high: float
    unit: str
    digits: int
    verdict: Verdict | None = None
    over: str = ""
    less: bool = False
    ahead: tuple[float, float, float] | None = None

    @property
    def sure(self) -> bool:
        """Whether it has an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def worth(self) -> float:
        """More is better."""
        return -self.mean if self.less else self.mean

    def number(self, value: float) -> str:
        """ "93.1", of a gain "+3.1"."""
        from kdlab.measure.wording import MINUS, signed

        if self.verdict is not None:
            return signed(value, self.digits)
        return f"{value:.{self.digits}f}".replace("-", MINUS)

    def amount(self) -> str:
        """ "93.1 %", "+3.1 points"."""
        return f"{self.number(self.mean)} {say(self.unit, about='measure')}"

    def interval(self) -> str:
        """ "95 % interval +2.0 to +4.2 over 5 seeds"; "" where there is none."""
        if not self.sure:
            return ""
        between = say(" to ").join(map(self.number, (self.low, self.high)))
        if not self.over:
            return say("95 % interval {between}", between=between)
        return say("95 % interval {between} over {over}", between=between, over=self.over)

    def lead(self) -> str:
        """By how much the best is ahead of it, "0.8 points (0.2 to 1.4)"; "" where that is not
        known."""
        from kdlab.measure.wording import MINUS

        if self.ahead is None:
            return ""
        mean, low, high = (f"{v:.{self.digits}f}".replace("-", MINUS) for v in self.ahead)
        unit = say("points" if self.unit == "%" else self.unit, about="measure")
        return f"{mean} {unit} ({say('{low} to {high}', low=low, high=high)})"

    def told(self) -> str:
        """ "+3.1 points (95 % interval +2.0 to +4.2 over 5 seeds)"."""
        interval = self.interval()
        return f"{self.amount()} ({interval})" if interval else self.amount()


def measured(measure: str, history: Any) -> Measured | None:
    """The number ``measure`` of a finished ``history``; None before its end, and where it has no
    such number."""
    if history is None or not history.complete:
        return None
    match history:
        case History():
            return _of_run(measure, history)
        case SweepHistory():
            return _of_map(measure, history)
        case StudyHistory():
            return _of_study(measure, history)
    return None


def _of_run(measure: str, history: History) -> Measured | None:
    finished = history.finished
    if finished is None:
        return None
    what, _, whose = measure.partition(" ")
    judged = history.judged
    if measure == "gain":
        return _gain(measure, Gain.of(finished.gain))
    if what == "accuracy" and whose == "teacher":
        told = finished.teacher_accuracy if judged is ACCURACY else finished.teacher_bits
        return None if told is None else _values(measure, (told,), judged)
    group = next((g for g in finished.groups if g["name"] == STUDENTS.get(whose)), None)
    if group is None or what not in ("accuracy", "fidelity"):
        return None
    name = judged.name if what == "accuracy" else what
    return _values(measure, group[name], judged if what == "accuracy" else ACCURACY)


def _of_map(measure: str, history: SweepHistory) -> Measured | None:
    best = history.best
    if best is None:
        return None
    if measure == "gain best":
        return _gain(measure, history.gain(best))
    if measure == "accuracy best":
        return _values(measure, history.values("test")[best].tolist(), history.judged)
    return None


def _of_study(measure: str, history: StudyHistory) -> Measured | None:
    what, _, arm = measure.partition(" ")
    if what == "gain":
        gain = history.gain(arm)
        return None if gain is None else _gain(measure, gain)
    values = history.values(arm) if what == "accuracy" else ()
    if not values:
        return None
    return _values(measure, values, history.judged, history.groups(arm), history.resolution())


def _gain(name: str, gain: Gain) -> Measured:
    kind = gain.measure
    low, high = gain.ci95 or (math.nan, math.nan)
    return Measured(
        name=name,
        mean=kind.scale * gain.mean,
        low=kind.scale * low,
        high=kind.scale * high,
        unit=kind.units,
        digits=kind.difference_digits,
        verdict=gain.verdict,
        over=gain.over(),
        less=kind.less,
    )


def _values(
    name: str, values: Sequence[float], kind: Measure, groups: int = 1, step: float = 0.0
) -> Measured:
    mean, low, high = interval_over(values, groups, step)
    unit = kind.unit if kind is ACCURACY else kind.units
    count = len(values)
    over = (
        say("{count} teachers", count=groups) if groups > 1 else say("{count} seeds", count=count)
    )
    most = kind.scale * kind.most if kind.most is not None else math.inf
    return Measured(
        name=name,
        mean=kind.scale * mean,
        low=max(0.0, kind.scale * low) if math.isfinite(low) else math.nan,
        high=min(most, kind.scale * high) if math.isfinite(high) else math.nan,
        unit=unit,
        digits=kind.digits,
        over=over if count > 1 else "",
        less=kind.less,
    )
