"""95 % intervals over seeds and over teachers. A gain carries one: :mod:`kdlab.measure.gain`.

A mean over n seeds carries the interval of Student's t with n - 1 degrees of freedom. Students that
share a seed share first weights, batches and labels, so a gain is the mean of the paired
differences. With one teacher the interval is over students given that teacher: another teacher can
give another verdict.

With several teachers the students are nested in them: each teacher has students with seeds of their
own. Differences are paired within a teacher, and the *teachers* are the units: the interval is that
of Student's t over the teachers' means. It holds both sources of chance, since the mean of a
teacher's students varies with the teacher and with its students, it asks for no estimate of either
(a mixed model would, from a handful of teachers), and for equally many students a teacher it is
exact where the means are normal. The data and their split stay fixed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.05
"""How often an interval of 95 %, or the test that goes with it, sees what is not there."""


def prepare() -> None:
    """Import what the first interval needs: up to a second, better spent before somebody waits."""
    import scipy.special  # noqa: F401


def interval(
    values: Sequence[float], level: float = 0.95, resolution: float = 0.0
) -> tuple[float, float, float]:
    """Mean, low end and high end; the ends are NaN for fewer than two values.

    ``resolution`` is the step in which the values come. Their spread is taken to be at least that
    of rounding, resolution / sqrt(12): ties are not certainty.
    """
    n = len(values)
    mean = math.fsum(values) / n if n else math.nan
    if n < 2:
        return mean, math.nan, math.nan
    # stdtrit is the quantile of Student's t; scipy.stats says the same but takes a second to import
    from scipy.special import stdtrit

    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1))
    spread = max(spread, resolution / math.sqrt(12))
    half = float(stdtrit(n - 1, (1 + level) / 2)) * spread / math.sqrt(n)
    return mean, mean - half, mean + half


def interval_over(
    values: Sequence[float], groups: int, resolution: float = 0.0
) -> tuple[float, float, float]:
    """:func:`interval` of ``values`` that belong to ``groups`` teachers, teacher by teacher and
    equally many of each: the units are the teachers' means, which come in smaller steps. With one
    group the units are the values."""
    if groups <= 1:
        return interval(values, resolution=resolution)
    size, rest = divmod(len(values), groups)
    if rest:
        raise ValueError(f"{len(values)} values of {groups} groups")
    means = [math.fsum(values[g * size : (g + 1) * size]) / size for g in range(groups)]
    return interval(means, resolution=resolution / math.sqrt(size))


def intervals(
    values: NDArray[np.float64],
    level: float = 0.95,
    resolution: float | NDArray[np.float64] = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """:func:`interval` of each row at once: (rows, seeds) -> mean, low, high, (rows,) each.
    ``resolution`` is that of all rows, or (rows,) of each."""
    n = values.shape[1]
    mean = values.mean(axis=1)
    if n < 2:
        nothing = np.full(len(values), np.nan)
        return mean, nothing, nothing
    from scipy.special import stdtrit

    with np.errstate(invalid="ignore"):  # a loss that became infinite has no spread
        spread = np.maximum(values.std(axis=1, ddof=1), resolution / math.sqrt(12))
        half = stdtrit(n - 1, (1 + level) / 2) * spread / math.sqrt(n)
        return mean, mean - half, mean + half


def holm(p_values: Sequence[float]) -> list[float]:
    """p values adjusted for their number: the chance of one or more false findings among them stays
    below the level that each is held against (Holm 1979, "A simple sequentially rejective multiple
    test procedure"). NaN stays NaN, and is counted as no comparison."""
    places = sorted((p, n) for n, p in enumerate(p_values) if not math.isnan(p))
    adjusted = [math.nan] * len(p_values)
    highest = 0.0
    for rank, (p, n) in enumerate(places):
        highest = max(highest, min(1.0, p * (len(places) - rank)))
        adjusted[n] = highest
    return adjusted
