"""A limit in a chart: an upright line that one drags, and what lies beyond it faint.

The browser moves the line and fades what is beyond it (``live_chart/limit.js``); Python hears of
the place where it is left: ``on_limit`` of
:func:`pages.ui.components.live_chart.live_chart`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pages.ui.charts.base import log_axis
from pages.ui.charts.traces import Dict, upright

ROOM = 1.35
"""The axis goes on by this factor beyond the first and the last of what it shows."""


def ends(costs: Sequence[float]) -> tuple[float, float]:
    """Between which a limit of ``costs`` can be: below the least of them there is nothing, above
    the most there is all. Numbers of two digits.

    >>> ends([4.69, 1205.6])
    (3.4, 1700.0)
    """
    return _two(min(costs) / ROOM, math.floor), _two(max(costs) * ROOM, math.ceil)


def log_limit(
    value: float | None, low: float, high: float, *, unit: str, name: str, none: str
) -> Dict:
    """For a layout: a logarithmic x axis from ``low`` to ``high``, the line at ``value``, and what
    the browser has to know of it. ``name`` is what the limit is called, ``none`` what is said
    where there is none."""
    within = None if value is None or value >= high else max(value, low)
    told = {"value": within, "low": low, "high": high, "unit": unit, "name": name, "none": none}
    return {
        "xaxis": log_axis() | {"range": [math.log10(low), math.log10(high)]},
        "shapes": [upright(high if within is None else within, width=2, dash="dash")],
        "meta": {"limit": told},
    }


def _two(value: float, towards: object) -> float:
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    rounded: float = towards(value / step) * step  # type: ignore[operator]
    return float(f"{rounded:.2g}")
