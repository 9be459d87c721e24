"""95 % intervals over seeds, and the sentence they allow.

A mean over n seeds carries the interval of Student's t with n - 1 degrees of freedom. Students that
share a seed share first weights, batches and labels, so a gain is the mean of the paired
differences. The teacher and the data are fixed: the intervals are over students given that teacher.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


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


def intervals(
    values: NDArray[np.float64], level: float = 0.95, resolution: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """:func:`interval` of each row at once: (rows, seeds) -> mean, low, high, (rows,) each."""
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


def paired_gain(
    baseline: Sequence[float], distilled: Sequence[float], resolution: float = 0.0
) -> dict[str, Any]:
    """The gain of ``distilled`` over ``baseline``, seed by seed: {mean, ci95, seeds}.

    ``ci95`` is [low, high], or None for a single seed, which has no spread to tell. ``resolution``
    is the step of an accuracy, one over the number of test examples.
    """
    if len(baseline) != len(distilled):
        raise ValueError(f"{len(baseline)} baseline and {len(distilled)} distilled accuracies")
    differences = [d - b for b, d in zip(baseline, distilled, strict=True)]
    mean, low, high = interval(differences, resolution=resolution)
    ci95 = None if math.isnan(low) else [low, high]
    return {"mean": mean, "ci95": ci95, "seeds": len(baseline)}


def verdict(gain: dict[str, Any]) -> str:
    """``helped``, ``hurt``, ``unclear`` (the interval holds zero), ``one seed``, or ``no number``
    where a student's loss stopped being one."""
    if not math.isfinite(gain["mean"]):
        return "no number"
    if gain["ci95"] is None:
        return "one seed"
    low, high = gain["ci95"]
    if low > 0:
        return "helped"
    return "hurt" if high < 0 else "unclear"
