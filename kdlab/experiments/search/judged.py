"""By what a trial is judged on validation: its accuracy, or of text its bits per character.

Optuna maximises one number between 0 and 1, which also stands in the journal: the mean accuracy, or
2 to the power of minus the mean bits. That is the probability which a student gives the right
character, its geometric mean over characters and seeds: 1 where all is known, and the higher the
fewer bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kdlab.measure.measures import ACCURACY, BITS, Measure

MOST_BITS = 1000.0
"""More bits per character count as so many, and so does a student whose logits are not finite: no
set of characters asks for more than 21, and 2 to the power of minus this is still a number."""


def value(accuracy: Sequence[float], bits: Sequence[float] = ()) -> float:
    """What is maximised, 0 to 1, of one number per seed; ``bits`` are empty but for text."""
    if bits:
        return float(2.0 ** -_mean(bits))
    return _mean(accuracy)


def bits_of(value: float) -> float:
    """The mean bits per character behind what is maximised."""
    return -math.log2(value)


def counted(bits: Iterable[float]) -> list[float]:
    """Bits as they count, from 0 (rounding may end below it) to MOST_BITS."""
    return [value if 0 <= value <= MOST_BITS else 0.0 if value < 0 else MOST_BITS for value in bits]


def measure_in(trials: Iterable[Mapping[str, Any]], without: Measure = ACCURACY) -> Measure:
    """By what the rows of these trials are judged; ``without`` where there is none."""
    first = next(iter(trials), None)
    if first is None:
        return without
    return BITS if "bits" in first else ACCURACY


def mean(row: Mapping[str, Any]) -> float:
    """The number by which a trial is judged, over its seeds: a fraction, or bits."""
    return _mean(row[measure_in([row]).name])


def worth(row: Mapping[str, Any]) -> float:
    """The same with such a sign that more is better."""
    return measure_in([row]).better(mean(row))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
