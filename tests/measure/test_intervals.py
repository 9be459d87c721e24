from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from kdlab.measure.gain import Gain, paired_gain
from kdlab.measure.intervals import holm, interval, interval_over


@pytest.mark.parametrize("n", [2, 3, 5, 20])
def test_interval_is_students_t(n):
    values = np.random.default_rng(n).normal(size=n)
    mean, low, high = interval(values.tolist())
    expected = stats.t.interval(0.95, n - 1, loc=values.mean(), scale=stats.sem(values))
    assert mean == pytest.approx(values.mean())
    assert (low, high) == pytest.approx(expected)


def test_one_seed_has_no_interval():
    mean, low, high = interval([0.5])
    assert mean == 0.5
    assert math.isnan(low)
    assert math.isnan(high)
    assert paired_gain([0.5], [0.75]) == Gain(0.25, None, 1)


def test_with_several_teachers_their_means_are_the_units():
    values = [0.1, 0.2, 0.4, 0.6, 0.7, 0.7]
    means = [0.15, 0.5, 0.7]
    low, high = stats.t.interval(0.95, 2, loc=np.mean(means), scale=stats.sem(means))
    assert interval_over(values, 3) == pytest.approx((np.mean(values), low, high))
    assert interval_over(values, 1) == pytest.approx(interval(values))
    gain = paired_gain([0.0] * 6, values, groups=3)
    assert (gain.seeds, gain.teachers) == (6, 3)
    assert gain.ci95 == pytest.approx((low, high))
    with pytest.raises(ValueError, match="6 values of 4 groups"):
        interval_over(values, 4)


def test_an_interval_over_teachers_covers_what_one_over_students_does_not():
    """Students nested in teachers: those of one teacher share what it brings."""
    draw = np.random.default_rng(0)
    teachers, students, times = 6, 5, 2000
    found = draw.normal(0, 1, (times, teachers, 1)) + draw.normal(0, 1, (times, teachers, students))

    def covered(groups):
        ends = (interval_over(row.ravel().tolist(), groups)[1:] for row in found)
        return np.mean([low <= 0 <= high for low, high in ends])

    assert covered(teachers) == pytest.approx(0.95, abs=0.02)
    assert covered(1) < 0.8


def test_ties_of_means_come_in_smaller_steps():
    tied = interval_over([0.9] * 8, 2, resolution=1 / 500)
    assert tied[2] - tied[0] == pytest.approx(
        stats.t.ppf(0.975, 1) * (1 / 500) / np.sqrt(12 * 4) / np.sqrt(2)
    )


def test_holm_corrects_for_the_number_of_comparisons():
    # Holm 1979: the smallest times 3, the next times 2, the last as it is, never falling
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []
    (first, nothing, last) = holm([0.02, math.nan, 0.04])
    assert (first, last) == pytest.approx((0.04, 0.04))
    assert math.isnan(nothing)
    draws = np.random.default_rng(1).uniform(size=(4000, 3))
    assert np.mean([min(holm(row)) < 0.05 for row in draws.tolist()]) == pytest.approx(
        0.05, abs=0.012
    )
    assert (draws.min(axis=1) < 0.05).mean() > 0.12, "without, one of seven finds something"
