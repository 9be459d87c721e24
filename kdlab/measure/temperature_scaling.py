"""One temperature that makes probabilities mean what they say (Guo et al. 2017, arXiv:1706.04599,
section 4.2).

softmax(z / T) with the T that makes the labels of other examples likeliest: no answer changes, only
how sure it is said to be. Their negative log-likelihood is convex in 1 / T, so that it has one
minimum, and a search in one dimension finds it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

COLDEST, HOTTEST = 0.02, 50.0
"""Where the search ends. A network that is right on every example is likeliest at T = 0."""
EXACT = 1e-6
"""Of log T."""


def negative_log_likelihood(
    logits: NDArray[np.float64], targets: NDArray[np.int64], temperature: float = 1.0
) -> float:
    """Mean nats of the labels (N,) under softmax(z / T) of logits z (C, N)."""
    below = (logits - logits.max(axis=0)) / temperature
    own = below[targets, np.arange(len(targets))]
    return float((np.log(np.exp(below).sum(axis=0)) - own).mean())


def fitted(logits: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """The temperature, COLDEST to HOTTEST, under which the labels (N,) are likeliest given logits
    (C, N); 1 where these are not all finite, or there are none."""
    if not len(targets) or not np.isfinite(logits).all():
        return 1.0
    found = minimize_scalar(
        lambda log: negative_log_likelihood(logits, targets, math.exp(log)),
        bounds=(math.log(COLDEST), math.log(HOTTEST)),
        method="bounded",
        options={"xatol": EXACT},
    )
    return math.exp(float(found.x))
