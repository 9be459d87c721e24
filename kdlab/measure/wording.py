"""Numbers as they are read: a real minus sign, no sign before what rounds to nothing, times in the
unit that fits."""

from __future__ import annotations

MINUS = "\u2212"


def signed(value: float, digits: int = 1) -> str:
    """``value`` with its sign and ``digits`` decimals.

    >>> signed(3.14), signed(-0.4), signed(-0.04), signed(1234.5, 0)
    ('+3.1', '−0.4', '0.0', '+1234')
    """
    text = f"{value:+.{digits}f}"
    if not any(digit in text for digit in "123456789") and "n" not in text:  # 0, but no nan or inf
        return text[1:]
    return text.replace("-", MINUS)


def duration(seconds: float) -> str:
    """As a person would say it.

    >>> duration(45), duration(720), duration(12_240)
    ('45 s', '12 min', '3.4 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
