from __future__ import annotations

import math

import pytest

from kdlab.measure.wording import duration, signed


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (3.14, 1, "+3.1"),
        (-0.4, 1, "−0.4"),
        (-0.04, 1, "0.0"),
        (0.04, 1, "0.0"),
        (0.0, 2, "0.00"),
        (-0.004, 2, "0.00"),
        (-1234.5, 0, "−1234"),
        (math.inf, 1, "+inf"),
        (-math.inf, 1, "−inf"),
    ],
)
def test_a_sign_is_a_minus_and_nothing_has_none(value, digits, text):
    assert signed(value, digits) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (12240, "3.4 h")],
)
def test_a_duration_has_the_unit_that_fits(seconds, text):
    assert duration(seconds) == text
