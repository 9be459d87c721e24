"""Distributions over a small vocabulary, their divergences and gradients: exact, in numpy.

``p`` is the teacher and ``q`` the student, (V,) or (..., V) probabilities, none of them 0. A
gradient is by the student's logits, of which its softmax makes ``q``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TOKENS = 12
SEED = 7
"""Of what is drawn: any other shows the same, with other figures."""


def logits(places: int = 1, seed: int = SEED) -> tuple[Array, Array]:
    """Of a teacher and of a student that has learned half of what it says, (places, TOKENS)."""
    draw = np.random.default_rng(seed)
    teacher = 2 * draw.standard_normal((places, TOKENS))
    return teacher, teacher / 2 + draw.standard_normal((places, TOKENS))


def softmax(z: Array) -> Array:
    """Probabilities over the last axis."""
    grown = np.exp(z - z.max(-1, keepdims=True))
    return np.asarray(grown / grown.sum(-1, keepdims=True))


def pair(seed: int = SEED) -> tuple[Array, Array]:
    """``p`` and ``q`` at one place, (V,)."""
    teacher, student = logits(1, seed)
    return softmax(teacher)[0], softmax(student)[0]


def kl(p: Array, q: Array) -> Array:
    """KL(p || q) in nats, without the last axis."""
    return np.asarray((p * np.log(p / q)).sum(-1))


def mixture(p: Array, q: Array, beta: float) -> Array:
    """beta * p + (1 - beta) * q."""
    return beta * p + (1 - beta) * q


def jsd(p: Array, q: Array, beta: float = 0.5) -> Array:
    """beta * KL(p || m) + (1 - beta) * KL(q || m): Agarwal et al. 2024, arXiv:2306.13649."""
    m = mixture(p, q, beta)
    return beta * kl(p, m) + (1 - beta) * kl(q, m)


def by_logits(by_q: Array, q: Array) -> Array:
    """A derivative by the probabilities ``q`` as one by their logits, both (..., V)."""
    return q * (by_q - (q * by_q).sum(-1, keepdims=True))


def forward_gradient(p: Array, q: Array) -> Array:
    """Of KL(p || q)."""
    return q - p


def reverse_gradient(p: Array, q: Array) -> Array:
    """Of KL(q || p)."""
    return by_logits(np.log(q / p) + 1, q)


def jsd_gradient(p: Array, q: Array, beta: float) -> Array:
    """Of :func:`jsd`: what the mixture adds to both parts cancels."""
    return (1 - beta) * by_logits(np.log(q / mixture(p, q, beta)), q)


def length(gradient: Array) -> float:
    """Its Euclidean norm."""
    return float(np.sqrt((gradient**2).sum()))
