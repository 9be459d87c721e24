"""The random numbers that torch draws on a CPU, without torch.

Which points carry a label is drawn by torch (``labels.py``), whose import takes seconds; a page
that shows a stored run must know it at once. Both draw from the same Mersenne Twister (MT19937),
seeded in the same way; tests hold each draw against torch's own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WORDS = 2**32


class Draws:
    """What ``torch.Generator().manual_seed(seed)`` gives, for a seed of at least 0."""

    def __init__(self, seed: int) -> None:
        # Of numpy's ways to seed this one is torch's.
        self._bits = np.random.RandomState(seed % WORDS)

    def _raw(self, count: int) -> NDArray[np.int64]:
        """The next ``count`` numbers of 32 bits."""
        return self._bits.randint(0, WORDS, count, dtype=np.uint32).astype(np.int64)

    def permutation(self, count: int) -> NDArray[np.int64]:
        """As ``torch.randperm(count)``: Fisher and Yates from the front."""
        order = list(range(count))
        left = np.arange(count, 1, -1)
        for i, step in enumerate((self._raw(len(left)) % left).tolist()):
            order[i], order[i + step] = order[i + step], order[i]
        return np.array(order, dtype=np.int64)

    def integers(self, low: int, high: int, count: int) -> NDArray[np.int64]:
        """As ``torch.randint(low, high, (count,))``: ``low`` to ``high`` - 1."""
        return low + self._raw(count) % (high - low)
