"""Numbers of any kind made fit for a loss: half precision, and minus infinity.

A logit of minus infinity is a class that is excluded: its probability is 0, and adds nothing to a
divergence, as 0 * log 0 = 0. In a script that stands alone, where neither comes up, ``wide`` and
``floored`` are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

LOWEST = -1e30
"""Beside any logit its exponential is 0, like that of minus infinity; its multiples are finite."""


def wide(numbers: Tensor) -> Tensor:
    """Half precision as float32, in which squares of logits fit; other numbers as they are."""
    return numbers.float() if numbers.element_size() < 4 else numbers


def floored(logits: Tensor) -> Tensor:
    """As :func:`wide`, with LOWEST for minus infinity: the same probabilities, and no NaN."""
    return wide(logits).clamp_min(LOWEST)


def only_rounding(deviation: Tensor, mean: Tensor) -> Tensor:
    """Where numbers with this standard deviation and mean are one number but for rounding."""
    share = 2.0**-20 if deviation.element_size() == 4 else 2.0**-49  # eight units in the last place
    return deviation <= share * mean.abs()
