"""What numbers in events must be, to be drawn and divided by: ValueError where they are not."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Sequence

LARGE = 1e100
"""No loss, time or operation of ours comes near it, and its square is still a number."""


def require(holds: bool) -> None:
    """What has no name of its own."""
    if not holds:
        raise ValueError("what is told does not fit together")


def counted(count: int, told: Iterable[Sequence[object]]) -> None:
    """``count`` of each."""
    require(all(len(values) == count for values in told))


def sizes(*counts: int) -> None:
    """What something is divided by."""
    require(all(count > 0 for count in counts))


def finite(values: Iterable[float], least: float = 0.0) -> None:
    """At least ``least``, and not LARGE."""
    require(all(least <= value < LARGE for value in values))


def losses(values: Iterable[float]) -> None:
    """What may have grown without bounds, or stopped being a number."""
    require(all(abs(v) < LARGE or v != v or v == math.inf for v in values))


def shares(values: Iterable[float], *, measured: bool = False) -> None:
    """Fractions; NaN, where they need not be ``measured``, of what blew up."""
    require(all(0 <= value <= 1 or (value != value and not measured) for value in values))


def plain(told: object) -> None:
    """JSON has a word for each number in it."""
    json.dumps(told, allow_nan=False)


def pixels(image: str, count: int) -> None:
    """The base64 of so many bytes."""
    require(len(base64.b64decode(image, validate=True)) == count)
