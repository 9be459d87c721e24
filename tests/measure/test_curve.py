"""Curves as a logarithmic axis shows them."""

from __future__ import annotations

import math

import numpy as np

from kdlab.measure.curve import Curve


def curve(*rows):
    return Curve.from_rows([(n, *row, 3) for n, row in enumerate(rows)])


def test_a_band_that_ends_below_zero_is_cut_at_the_smallest_value_shown():
    found = curve((2.0, 1.0, 3.0), (1.0, -0.5, 2.5), (0.5, 0.2, 0.8), (0.4, 0.0, 0.9)).on_log_axis()
    assert found.low.tolist() == [1.0, 0.2, 0.2, 0.2]
    assert found.mean.tolist() == [2.0, 1.0, 0.5, 0.4]


def test_what_ends_hardly_above_zero_does_not_stretch_the_axis():
    found = curve((1.0, 1e-12, 2.0), (0.9, -1.0, 2.8)).on_log_axis()
    assert found.low.tolist() == [0.01, 0.01]


def test_means_that_are_not_positive_are_left_out_and_one_seed_has_no_band():
    found = curve((0.0, 0.0, 0.0), (1.0, math.nan, math.nan)).on_log_axis()
    assert found.epochs.tolist() == [1]
    assert np.isnan(found.low).all()
    assert len(curve((0.0, -1.0, 1.0)).on_log_axis()) == 0
