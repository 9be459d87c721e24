"""T and alpha over the epochs of a run: the entries of a schedule, from texts and lists, and what
they come to.

An entry ``epoch:T:alpha`` holds from the first step after the end of ``epoch``, which is the first
step of epoch ``epoch`` + 1: one at epoch 0 from the first step of all, and one at the last epoch
never. Each holds until the next.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from kdlab.config.words import shown

T_MIN, T_MAX = 0.05, 1000
"""Between what a temperature lies, wherever it is typed."""
MOST_EPOCHS = 2000
"""Of a student."""
MOST_ENTRIES = 100
"""Of a schedule: more make a link too long to be sent."""

_FORM = "epoch:T:alpha"
FORM = (
    f"at most {MOST_ENTRIES} entries {_FORM} in the order of epochs, separated by commas, like "
    f"0:4:0.9,20:1:0.5, each epoch a whole number from 0 to {MOST_EPOCHS}, T from {T_MIN} to "
    f"{T_MAX}, alpha from 0 to 1"
)
"""What a schedule may be, in words."""


class Turn(NamedTuple):
    """``temperature`` and ``alpha`` hold from the end of ``epoch`` on, which is where the next one
    begins."""

    epoch: int
    temperature: float
    alpha: float


def read(value: Any) -> tuple[Turn, ...]:
    """The entries of a schedule that is a text of a link, or a sequence of triples as in JSON;
    ValueError says which of them is wrong, and how."""
    if isinstance(value, str):
        parts = value.split(",", MOST_ENTRIES + 1)
        if len(parts) > MOST_ENTRIES:
            raise _too_many(value.count(",") + 1)
        entries: list[Any] = [part.strip().split(":") for part in parts if part.strip()]
    elif isinstance(value, list | tuple):
        if len(value) > MOST_ENTRIES:
            raise _too_many(len(value))
        entries = list(value)
    else:
        raise ValueError("this is neither a text nor a list")
    turns = tuple(_entry(entry, place) for place, entry in enumerate(entries, 1))
    for place in range(1, len(turns)):
        before, after = turns[place - 1].epoch, turns[place].epoch
        if before >= after:
            raise ValueError(
                f"entry {place + 1} is at epoch {after}, and the one before at {before}"
            )
    return turns


def course(
    temperature: float, alpha: float, schedule: Iterable[Turn], epochs: int
) -> tuple[Turn, ...]:
    """What holds when, in ``epochs`` epochs that begin with ``temperature`` and ``alpha``: the
    first at epoch 0, and each other than the one before it."""
    found = [Turn(0, temperature, alpha)]
    for turn in schedule:
        if turn.epoch == 0:
            found = [turn]
        elif turn.epoch < epochs and turn[1:] != found[-1][1:]:
            found.append(turn)
    return tuple(found)


def _too_many(count: int) -> ValueError:
    return ValueError(f"it has {count:,} entries")


def _entry(entry: Any, place: int) -> Turn:
    if not isinstance(entry, list | tuple) or len(entry) != 3:
        raise ValueError(f"entry {place} is not {_FORM}")
    epoch, temperature, alpha = (_number(part) for part in entry)
    if not (epoch.is_integer() and 0 <= epoch <= MOST_EPOCHS):
        raise ValueError(f"entry {place} has the epoch {shown(entry[0])}")
    if not T_MIN <= temperature <= T_MAX:
        raise ValueError(f"entry {place} has T = {shown(entry[1])}")
    if not 0 <= alpha <= 1:
        raise ValueError(f"entry {place} has alpha = {shown(entry[2])}")
    return Turn(int(epoch), temperature, abs(alpha))  # no minus before a zero


def _number(part: Any) -> float:
    """NaN where it is none, which lies between no limits."""
    if isinstance(part, bool) or not isinstance(part, int | float | str):
        return math.nan
    try:
        return float(part)
    except (ValueError, OverflowError):
        return math.nan
