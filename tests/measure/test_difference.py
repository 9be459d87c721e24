"""The difference of two runs, against scipy's tests, and what it says where there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from kdlab.measure.difference import difference, welch
from kdlab.measure.measures import BITS


def drawn(first_seed, count, mean, spread):
    values = np.random.default_rng(first_seed).normal(mean, spread, count)
    return dict(zip(range(first_seed, first_seed + count), values.tolist(), strict=True))


def ends(found):
    return pytest.approx([found.confidence_interval().low, found.confidence_interval().high])


def test_of_shared_seeds_it_is_the_paired_one_of_scipy():
    a, b = drawn(3, 6, 0.9, 0.01), drawn(3, 6, 0.92, 0.02)
    found = difference(a, b, same_data=True)
    assert found.pairs == (3, 4, 5, 6, 7, 8)
    reference = stats.ttest_rel(list(b.values()), list(a.values()))
    assert list(found.gain.ci95) == ends(reference)
    assert found.gain.mean == pytest.approx(np.mean(list(b.values())) - np.mean(list(a.values())))
    assert found.over() == "paired over 6 seeds"


def test_of_partly_shared_seeds_it_is_paired_over_those_that_both_have():
    a, b = drawn(0, 5, 0.9, 0.01), drawn(3, 7, 0.92, 0.02)
    found = difference(a, b, same_data=True)
    assert (found.pairs, found.counts) == ((3, 4), (2, 2))
    reference = stats.ttest_rel([b[3], b[4]], [a[3], a[4]])
    assert list(found.gain.ci95) == ends(reference)


@pytest.mark.parametrize(
    ("first", "same_data"),
    [(10, True), (4, True), (0, False)],
    ids=["no seed in both", "one in both", "other data"],
)
def test_else_it_is_that_of_welch(first, same_data):
    a, b = drawn(0, 5, 0.7, 0.03), drawn(first, 8, 0.72, 0.005)
    found = difference(a, b, same_data=same_data)
    assert not found.paired
    reference = stats.ttest_ind(list(b.values()), list(a.values()), equal_var=False)
    assert list(found.gain.ci95) == ends(reference)
    assert found.over() == "unpaired, 5 and 8 seeds"


def test_ties_are_no_certainty():
    equal = dict.fromkeys(range(4), 0.9)
    better = dict.fromkeys(range(4), 0.902)
    for same_data in (True, False):
        found = difference(equal, better, same_data=same_data, resolutions=(0.01, 0.01))
        low, high = found.gain.ci95
        assert low < 0.002 < high
        assert found.gain.verdict == "unclear"
    mean, low, high = welch([0.5, 0.5], [0.7, 0.7])
    assert (mean, low, high) == pytest.approx((0.2, 0.2, 0.2))


def test_one_student_has_no_difference_to_tell():
    assert difference({0: 0.9}, drawn(0, 5, 0.9, 0.01), same_data=True) is None
    assert difference(drawn(0, 5, 0.9, 0.01), {0: 0.9}, same_data=False) is None


@pytest.mark.parametrize("same_data", [True, False])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_stopped_being_a_number_is_none(same_data, bad):
    found = difference({0: bad, 1: 3.1}, {0: bad, 1: 2.9}, same_data=same_data, measure=BITS)
    assert found.gain.verdict == "NaN"


def test_of_bits_less_is_better_and_it_is_told_so():
    a, b = {0: 3.1, 1: 3.2, 2: 3.15}, {0: 2.9, 1: 3.01, 2: 2.94}
    found = difference(a, b, same_data=True, measure=BITS)
    assert found.gain.verdict == "helped"
    assert found.told().startswith("−0.20 bits per character, 95 % interval −0.2")


def test_an_interval_ends_where_no_difference_of_accuracies_can_be():
    found = difference({0: 0.0, 1: 0.2}, {0: 1.0, 1: 0.3}, same_data=False)
    assert found.gain.ci95[1] == 1.0
