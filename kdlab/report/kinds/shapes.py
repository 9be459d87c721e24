"""Curves and rows of histories as they are drawn, for the figures of all kinds of work."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kdlab.measure.curve import Curve
from kdlab.measure.intervals import interval
from kdlab.measure.measures import ACCURACY, BITS, Measure
from kdlab.report.drawings import Level, Row, Series
from kdlab.report.looks import Look

STEP, LEAST_CUT = 5, 40
"""Per cent: an axis that does not begin at 0 begins at a multiple of the one, at least at the
other; below it the cut would save little."""
BELOW = 0.3
"""Bits below the best, where an axis of bits begins."""


def banded(count: int) -> str:
    """What bands of a caption are, over so many seeds."""
    return f"bands: 95 % intervals over {count} seeds" if count > 1 else "one seed, no interval"


def series(look: Look, curve: Curve, measure: Measure | None = None) -> Series:
    """A curve of a history as a line in the unit of ``measure``; intervals of accuracies end within
    0 and 100 %."""
    scale = 1.0 if measure is None else measure.scale
    low, high = scale * curve.low, scale * curve.high
    if measure is not None and measure.most is not None:
        low, high = np.clip(low, 0, scale * measure.most), np.clip(high, 0, scale * measure.most)
    known = bool(np.isfinite(low).any())
    return Series(
        look,
        look.label,
        tuple(curve.epochs.tolist()),
        tuple((scale * curve.mean).tolist()),
        tuple(low.tolist()) if known else (),
        tuple(high.tolist()) if known else (),
    )


def row(look: Look, values: Sequence[float], measure: Measure) -> Row:
    """Students of a kind, in the unit of ``measure``: mean, interval, one dot per seed."""
    return spread_row(look, interval(values), values, measure)


def spread_row(
    look: Look, spread: tuple[float, float, float], values: Sequence[float], measure: Measure
) -> Row:
    """The same of a mean and interval that are known."""
    mean, low, high = spread
    if measure.most is not None and math.isfinite(low):
        low, high = max(0.0, low), min(measure.most, high)
    scale = measure.scale
    each = tuple(scale * value for value in values if math.isfinite(value))
    return Row(look, look.label, scale * mean, scale * low, scale * high, each)


def fitted(
    drawn: Sequence[Series], levels: Sequence[Level], measure: Measure, classes: int = 0
) -> tuple[float, float] | None:
    """The ends of an axis on which one sees how curves differ where they end; None: all of them.

    Of accuracies it begins near the lowest, where all end close together and well above nothing; of
    bits it leaves out first weights, which are worse than a guess among so many ``classes``.
    """
    known = [level.value for level in levels]
    known += [one.y[-1] for one in drawn if one.y and math.isfinite(one.y[-1])]
    if not known:
        return None
    if measure is BITS:
        guessed = math.log2(classes) if classes else max(known)
        return max(0.0, min(known) - BELOW), max(guessed, *known)
    known += [one.low[-1] for one in drawn if one.low and math.isfinite(one.low[-1])]
    known += [one.high[-1] for one in drawn if one.high and math.isfinite(one.high[-1])]
    low, high = min(known), max(known)
    room = max(high - low, 4.0)
    first = STEP * math.floor((low - 0.6 * room) / STEP)
    if measure is not ACCURACY or first < LEAST_CUT:
        return None
    top = min(100.0, high + 0.3 * room)
    return float(first), top + 0.02 * (top - first)
