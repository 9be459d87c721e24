"""Words and numbers of a report, as plain texts."""

from __future__ import annotations

import math
from typing import Any

from kdlab.config.base import Settings
from kdlab.config.words import as_text
from kdlab.data import uploads
from kdlab.measure.gain import Gain
from kdlab.measure.measures import BITS, Measure

NO_INTERVAL = "one seed: no interval"
LOADED = ("folder", "teacher_file")
"""Settings that name a file, which may be one that was loaded through the page."""


def brief(text: str, most: int) -> str:
    """``text`` of at most so many letters, shortened at its end.

    >>> brief("a long name", 6)
    'a lon…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def spread(measure: Measure, found: tuple[float, float, float]) -> tuple[str, str]:
    """(mean, 95 % interval) as texts in the unit of ``measure``; of accuracies the interval ends
    within 0 and 100 %.

    >>> from kdlab.measure.measures import ACCURACY
    >>> spread(ACCURACY, (0.9, 0.75, 1.07)), spread(ACCURACY, (0.9, math.nan, math.nan))
    (('90.0', '75.0 to 100.0'), ('90.0', 'one seed: no interval'))
    """
    mean, low, high = found
    if not math.isfinite(mean):
        return "NaN", ""
    if not math.isfinite(low):
        return measure.number(mean), NO_INTERVAL
    if measure.most is not None:
        low, high = max(0.0, low), min(measure.most, high)
    return measure.number(mean), f"{measure.number(low)} to {measure.number(high)}"


def axis(measure: Measure, part: str, noun: str) -> str:
    """What is measured of which part, for an axis.

    >>> from kdlab.measure.measures import ACCURACY, BITS
    >>> axis(ACCURACY, "test", "images"), axis(BITS, "test", "characters")
    ('Accuracy on test images, %', 'Bits per test character')
    """
    if measure is BITS:
        return f"Bits per {part} {noun[:-1]}"
    return f"{measure.label} on {part} {noun}, {measure.unit}"


def column(measure: Measure) -> str:
    """What is measured, for the head of a column."""
    return measure.label if measure is BITS else f"{measure.label}, {measure.unit}"


def gain(found: Gain | None) -> tuple[str, str]:
    """(amount, 95 % interval) of a gain as texts."""
    if found is None:
        return "", ""
    if found.verdict == "NaN":
        return "NaN", ""
    return found.number(), found.between() or NO_INTERVAL


def number(value: float, digits: int = 1, scale: float = 100) -> str:
    """A share in per cent; "NaN" where it is none, or the loss stopped being a number."""
    return f"{scale * value:.{digits}f}" if math.isfinite(value) else "NaN"


def amount(value: float) -> str:
    """A count or a time with at most four figures that count: "1,234", "0.0123".

    >>> amount(1234.5), amount(0.01234), amount(4.133e-05), amount(0.0)
    ('1,234', '0.01234', '0.0000413', '0')
    """
    if not math.isfinite(value):
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.4g}"
    return f"{value:.7f}".rstrip("0") if "e" in text and abs(value) >= 1e-6 else text


def elsewhere(config: Settings) -> list[str]:
    """What to say beside a command of each setting that names a file as this server keeps it: what
    its owner calls it, and that another machine has none of that name."""
    found = []
    for name in LOADED:
        held = str(getattr(config, name, ""))
        if held.startswith(uploads.PREFIX):
            found.append(
                f"{held} is {uploads.title(held)}, as it was loaded on this server. Elsewhere, "
                f"name your own file: --{name.replace('_', '-')} PATH."
            )
    return found


def value(config: Settings, name: str, held: Any = None) -> str:
    """The value of a setting as a person reads it; what somebody has loaded is called as who asks
    for the report calls it."""
    held = getattr(config, name) if held is None else held
    if name in LOADED and held:
        return uploads.title(str(held))
    if isinstance(held, bool):
        return "yes" if held else "no"
    if isinstance(held, tuple | list):
        return as_text(held) or "none"
    if isinstance(held, float):
        return f"{held:.12g}"
    return str(held) if held != "" else "none"
