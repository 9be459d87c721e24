"""A mean over epochs with its interval, as arrays: what all histories give and all charts draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kdlab.measure.intervals import intervals

DEEPEST = 100
"""On a log axis an interval reaches down to its mean over this at most, however near 0 it ends."""


@dataclass(frozen=True, eq=False)
class Curve:
    """(E,) arrays: epochs, the mean over the students told of, both ends of its 95 % interval (NaN
    where there is none) and how many students they were."""

    epochs: NDArray[np.int64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    count: NDArray[np.int64]

    @classmethod
    def of(
        cls, epochs: Sequence[int], values: NDArray[np.float64], resolution: float = 0.0
    ) -> Curve:
        """From (E, n) values; ``resolution`` as :func:`kdlab.measure.intervals.intervals` says."""
        mean, low, high = intervals(values, resolution=resolution)
        return cls(np.array(epochs), mean, low, high, np.full(len(mean), values.shape[1]))

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[int, float, float, float, int]]) -> Curve:
        """From (epoch, mean, low, high, count), also where there are none."""
        columns = np.array(rows, dtype=np.float64).reshape(-1, 5).T
        epochs, count = (columns[n].astype(np.int64) for n in (0, 4))
        return cls(epochs, columns[1], columns[2], columns[3], count)

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def spreads(self) -> list[tuple[float, float, float]]:
        """(mean, low, high) of each epoch."""
        return list(zip(self.mean.tolist(), self.low.tolist(), self.high.tolist(), strict=True))

    def on_log_axis(self) -> Curve:
        """What a log axis can show: positive means, and intervals that stay positive. One that ends
        below 0 is cut at the smallest value that is shown: a band that fell further there would
        look as if something happened in that epoch."""
        shown = self.mean > 0
        mean, low = self.mean[shown], self.low[shown]
        known = low > 0
        low = np.where(known, np.maximum(low, mean / DEEPEST), low)
        least = min([*mean.tolist(), *low[known].tolist()], default=0.0)
        low = np.where(low <= 0, least, low)
        return Curve(self.epochs[shown], mean, low, self.high[shown], self.count[shown])


NOTHING = Curve.from_rows([])
"""Of whom nothing has been told."""
