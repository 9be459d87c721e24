"""How many teachers a comparison needs before an effect that matters would be seen.

A fixed number of seeds is too few for what varies much and too many for what does not. The number
follows from a pilot: the spread of the paired differences decides how many units the t test needs.
The pilot's seeds are others than those of the comparison itself, so that nothing that was looked at
decides what is reported.
"""

from __future__ import annotations

import math

from kdlab.measure.intervals import LEVEL

NOTABLE = 0.02
"""An effect that matters here: two points of accuracy."""
POWER = 0.9
"""How often an effect as large as NOTABLE is to be seen."""


def power(units: int, effect: float, spread: float) -> float:
    """The chance that a two-sided t test over ``units`` paired differences, of standard deviation
    ``spread``, tells a mean of ``effect`` from 0. From the noncentral t distribution (Cohen 1988,
    "Statistical power analysis for the behavioral sciences", section 2.3)."""
    from scipy.special import nctdtr, stdtrit

    if units < 2:
        return 0.0
    if spread == 0:
        return 1.0 if effect else LEVEL
    degrees, shift = units - 1, abs(effect) * math.sqrt(units) / spread
    limit = float(stdtrit(degrees, 1 - LEVEL / 2))
    return 1.0 - float(nctdtr(degrees, shift, limit)) + float(nctdtr(degrees, shift, -limit))


def units_needed(
    spread: float, least: int, most: int, effect: float = NOTABLE, wanted: float = POWER
) -> int:
    """The smallest number of units from ``least`` to ``most`` with which ``effect`` is seen with
    the chance ``wanted``; ``most`` where none is enough."""
    for units in range(least, most):
        if power(units, effect, spread) >= wanted:
            return units
    return most
