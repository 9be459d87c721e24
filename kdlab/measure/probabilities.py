"""Probabilities as logits: their logarithm, which is what a softmax makes them from, up to a number
that all classes of an example share and that no softmax notices. So a temperature means the same
for a teacher that tells probabilities as for one that tells logits: softmax(log(p) / T), for T = 1
p itself.

A probability of exactly zero has no logarithm. As Keras (``keras.config.epsilon()`` in its
cross-entropies) and scikit-learn (``log_loss``, the smallest step of 32-bit numbers) do before they
take one, what is below FLOOR is raised to it, and all are divided by their sum. What a teacher says
of classes below it is not known: it may have meant 1e-8 or 1e-80, and a temperature makes these
very different. Its logits would tell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FLOOR = 1e-7
"""The least probability."""


def log_of(probabilities: ArrayLike) -> NDArray[np.float32]:
    """Log-probabilities (N, C) of ``probabilities`` (N, C) that are not negative and whose rows do
    not sum to 0.

    >>> log_of([[0.25, 0.75], [1.0, 0.0]]).round(2).tolist()
    [[-1.3899999856948853, -0.28999999165534973], [-0.0, -16.1200008392334]]
    """
    p = np.asarray(probabilities, dtype=np.float64)
    p = np.maximum(p / p.sum(axis=1, keepdims=True), FLOOR)
    found: NDArray[np.float64] = np.log(p / p.sum(axis=1, keepdims=True))
    return found.astype(np.float32)


def raised(probabilities: ArrayLike) -> int:
    """Of how many examples a class has less than FLOOR."""
    p = np.asarray(probabilities, dtype=np.float64)
    return int((p < FLOOR * p.sum(axis=1, keepdims=True)).any(axis=1).sum())


def told_of(count: int, total: int) -> str:
    """What is said where ``count`` of ``total`` answers were :func:`raised`; empty for none."""
    if not count:
        return ""
    return (
        f"{count:,} of {total:,} answers give a class less than {FLOOR:.7f}: it counts as that, "
        "since a temperature works on logarithms, and zero has none."
    )
