from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kdlab.measure.power import NOTABLE, POWER, power, units_needed


@pytest.mark.parametrize(("units", "effect", "spread"), [(5, 0.02, 0.01), (21, 0.02, 0.026)])
def test_power_is_how_often_the_t_test_sees_the_effect(units, effect, spread):
    draws = np.random.default_rng(units).normal(effect, spread, (20_000, units))
    seen = (stats.ttest_1samp(draws, 0, axis=1).pvalue < 0.05).mean()
    assert power(units, effect, spread) == pytest.approx(seen, abs=0.012)


def test_without_an_effect_it_is_the_level():
    assert power(10, 0.0, 0.01) == pytest.approx(0.05)
    assert power(10, 0.0, 0.0) == 0.05
    assert power(10, 0.01, 0.0) == 1.0
    assert power(1, 0.01, 0.01) == 0.0


@pytest.mark.parametrize("spread", [0.01, 0.02, 0.03])
def test_the_number_is_the_smallest_that_is_enough(spread):
    units = units_needed(spread, 2, 200)
    assert power(units, NOTABLE, spread) >= POWER > power(units - 1, NOTABLE, spread)


def test_it_stays_within_its_ends():
    assert units_needed(0.0, 10, 40) == 10
    assert units_needed(1.0, 10, 40) == 40
