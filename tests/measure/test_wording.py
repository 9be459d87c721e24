from __future__ import annotations

import math

import pytest

from kdlab.measure.wording import signed


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
