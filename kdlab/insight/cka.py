"""Linear CKA: do two layers arrange the same examples alike?

CKA(X, Y) = HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)) for K = X X^T, L = Y Y^T with centred X, Y; so
||Y^T X||_F^2 / (||X^T X||_F ||Y^T Y||_F). Kornblith, Norouzi, Lee and Hinton 2019, "Similarity of
Neural Network Representations Revisited", arXiv:1905.00414, equations 3 and 4 and table 1. It
stays as it is when a layer is turned, mirrored, shifted or scaled as a whole, so layers of
different widths and networks can be compared.

This is the plain estimator. With few examples and many features it lies far above 0 even for
layers that have nothing in common, so its chance level is given too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from kdlab.errors import ConfigError


@dataclass(frozen=True)
class Similarity:
    """CKA of each layer of one network (row) with each of another (column), in 0 .. 1.

    ``chance`` has the mean that the same two layers would reach if one of them saw the examples in
    another order: over all orders, exactly.
    """

    values: tuple[tuple[float, ...], ...]
    chance: tuple[tuple[float, ...], ...]


def similarity(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> Similarity:
    """All layers of one network against all of another: name -> features (N, ...), same examples.

    All dimensions but the first count as features. A layer that is the same for all examples has no
    arrangement: 0. Takes N^2 numbers a layer: a few hundred examples are enough. Raises ConfigError
    unless all are finite and have the same N, at least two.
    """
    counts = sorted({len(x) for x in [*first.values(), *second.values()]})
    if len(counts) != 1 or counts[0] < 2:
        raise ConfigError(
            f"CKA was asked of layers with {' and '.join(map(str, counts)) or 'no'} examples",
            "features of the same examples, at least two",
            "Read both networks' layers for the same inputs",
        )
    rows, columns = ([_gram(x) for x in side.values()] for side in (first, second))
    # Over all orders P of the examples the mean of tr(K P L P^T) is tr K tr L / (N - 1), for
    # centred K and L: the diagonal and the rest of K meet the means of those of L.
    free = counts[0] - 1
    return Similarity(
        values=tuple(tuple(_inner(k, g) for g in columns) for k in rows),
        chance=tuple(tuple(float(k.trace() * g.trace()) / free for g in columns) for k in rows),
    )


def _inner(k: Tensor, g: Tensor) -> float:
    """<K, L> of two Gram matrices of norm 1: in 0 .. 1 but for rounding."""
    return min(1.0, max(0.0, float((k * g).sum())))


def _gram(features: Tensor) -> Tensor:
    """The centred Gram matrix (N, N) of features (N, ...), scaled to Frobenius norm 1, or zeros."""
    x = features.detach().flatten(1).double()
    if not x.isfinite().all():
        raise ConfigError(
            "CKA was asked of features that are not finite numbers",
            "finite features",
            "Compare networks that did not diverge",
        )
    constant = x.max(0).values == x.min(0).values  # the rounding of a mean is no arrangement
    x = (x - x.mean(0)).masked_fill(constant, 0)
    gram = x @ x.t()
    norm = gram.norm()
    return gram / norm if norm > 0 else gram
