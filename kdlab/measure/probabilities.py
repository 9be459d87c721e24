"""Probabilities as logits: their logarithm, which is what a softmax makes them from, up to a number
that all classes of an example share and that no softmax notices. So a temperature means the same
for a teacher that tells probabilities as for one that tells logits: softmax(log(p) / T), for T = 1
p itself. That number is chosen so that the logits of an example are 0 on average, which logit
regression, the one method that notices, has from Hinton, Vinyals and Dean 2015 (section 2.1).

A probability of exactly zero has no logarithm. As Keras (``keras.config.epsilon()`` in its
cross-entropies) and scikit-learn (``log_loss``, the smallest step of 32-bit numbers) do before they
take one, what is below FLOOR is raised to it. What a teacher says
of classes below it is not known: it may have meant 1e-8 or 1e-80, and a temperature makes these
very different. Its logits would tell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FLOOR = 1e-7
"""The least probability."""


def log_of(probabilities: ArrayLike) -> NDArray[np.float32]:
    """Centred logits (N, C) of ``probabilities`` (N, C) that are not negative and whose rows do
    not sum to 0.

    >>> log_of([[0.2, 0.8], [0.5, 0.5]]).tolist()
    [[-0.6931471824645996, 0.6931471824645996], [0.0, 0.0]]
    """
    p = np.asarray(probabilities, dtype=np.float64)
    found: NDArray[np.float64] = np.log(np.maximum(p / p.sum(axis=1, keepdims=True), FLOOR))
    return centred(found)


def centred(logits: NDArray[np.float64]) -> NDArray[np.float32]:
    """(N, C) with 0 as the mean of each row: the same to every softmax."""
    found: NDArray[np.float32] = (logits - logits.mean(axis=1, keepdims=True)).astype(np.float32)
    return found


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
