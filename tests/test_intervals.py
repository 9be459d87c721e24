from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from kdlab.intervals import interval, paired_gain, verdict


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
    assert paired_gain([0.5], [0.75]) == {"mean": 0.25, "ci95": None, "seeds": 1}


def test_gain_is_paired_by_seed():
    # unpaired, these two groups could not be told apart
    gain = paired_gain([0.1, 0.5, 0.9], [0.15, 0.56, 0.95])
    assert gain["mean"] == pytest.approx(0.16 / 3)
    assert gain["ci95"][0] > 0


@pytest.mark.parametrize(
    ("ci95", "word"),
    [([0.1, 0.2], "helped"), ([-0.2, -0.1], "hurt"), ([-0.1, 0.1], "unclear"), (None, "one seed")],
)
def test_verdict(ci95, word):
    assert verdict({"mean": 0.0, "ci95": ci95, "seeds": 3}) == word


def test_a_student_that_diverged_leaves_no_number():
    gain = paired_gain([0.8, 0.8, 0.8], [0.9, math.nan, 0.9], resolution=1 / 500)
    assert gain["ci95"] is None
    assert verdict(gain) == "no number"
    assert verdict(paired_gain([0.8], [math.nan])) == "no number"


def test_groups_of_different_size_are_a_mistake():
    with pytest.raises(ValueError, match="1 baseline and 2 distilled"):
        paired_gain([0.1], [0.1, 0.2])


def test_ties_are_not_certainty():
    """Accuracies come in steps: two equal differences of one image are no proof."""
    tied = paired_gain([0.9, 0.8], [0.902, 0.802], resolution=1 / 500)
    assert tied["ci95"][0] < 0 < tied["ci95"][1]
    none = paired_gain([0.9, 0.8, 0.7], [0.9, 0.8, 0.7], resolution=1 / 500)
    assert verdict(none) == "unclear"
