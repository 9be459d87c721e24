"""Features in 2-D: PCA, which keeps distances as far as it can, and t-SNE, which keeps neighbours.

PCA: the two directions of largest variance (Pearson 1901). t-SNE: van der Maaten and Hinton 2008,
"Visualizing Data using t-SNE", JMLR 9, started from PCA, so that the far arrangement is that of the
data and every run gives the same (Kobak and Berens 2019, Nature Communications 10, 5416). In t-SNE
the size of a cluster and the gaps between clusters mean little; who lies beside whom does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from kdlab.errors import ConfigError

LIMIT = 500
"""Points that t-SNE is given at most: two to three seconds of one slow core."""
ITERATIONS = 500
"""Half of scikit-learn's default: on the digits as many neighbours stay neighbours, in half the
time."""
FEWEST = 5
PERPLEXITY = 30.0
"""Neighbours that count, as in most uses of t-SNE; lowered where there are few points."""


@dataclass(frozen=True)
class Projection:
    """``points`` (M, 2), and which of the N examples they are.

    ``shares`` are PCA's shares of the whole variance along the two axes, None for t-SNE, whose axes
    have no such meaning.
    """

    points: NDArray[np.float64]
    indices: NDArray[np.int64]
    shares: tuple[float, float] | None = None


def pca(features: Tensor) -> Projection:
    """The first two principal components of features (N, ...).

    The sign of each axis is fixed (scikit-learn's rule). Where the features have one dimension or
    none that varies, the missing coordinates are 0. Raises ConfigError for fewer than FEWEST
    examples or features that are not finite.
    """
    x = _rows(features)
    points, shares = _pca(x)
    return Projection(points, np.arange(len(x)), shares)


def tsne(features: Tensor, limit: int = LIMIT) -> Projection:
    """t-SNE of features (N, ...), of ``limit`` examples at most, evenly spread over the rows.

    The same features give the same picture. Raises ConfigError as :func:`pca` does, and for a limit
    outside FEWEST .. LIMIT.
    """
    if not FEWEST <= limit <= LIMIT:
        raise ConfigError(
            f"t-SNE was to draw {limit} points", f"{FEWEST} to {LIMIT}", "Draw fewer or more points"
        )
    x = _rows(features)
    indices = np.linspace(0, len(x) - 1, min(limit, len(x))).round().astype(np.int64)
    x = x[indices]
    start, _ = _pca(x)
    spread = float(start[:, 0].std())
    if spread == 0:  # all examples are the same point
        return Projection(np.zeros((len(x), 2)), indices)
    from sklearn.manifold import TSNE

    engine = TSNE(
        init=(start / spread * 1e-4).astype(np.float32),  # the published start: tiny
        perplexity=min(PERPLEXITY, (len(x) - 1) / 3),
        max_iter=ITERATIONS,
        random_state=0,
        n_jobs=1,  # on small sets threads cost more than they give
    )
    return Projection(engine.fit_transform(x).astype(np.float64), indices)


def turned(points: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """``points`` (M, 2) moved, turned and mirrored to lie as close to ``reference`` as they can.

    The same M examples in two projections, whose orientations are arbitrary: beside each other they
    can then be compared by eye. No scaling, no bending (orthogonal Procrustes problem, Schönemann
    1966). The axes of a turned PCA are no longer the principal ones.
    """
    if points.shape != reference.shape:
        raise ConfigError(
            f"projections of shapes {points.shape} and {reference.shape} were to be laid together",
            "the same examples in both",
            "Project the same examples for both networks",
        )
    centre = reference.mean(axis=0)
    moved = points - points.mean(axis=0)
    u, _, vt = np.linalg.svd(moved.T @ (reference - centre))
    return moved @ (u @ vt) + centre


def _rows(features: Tensor) -> NDArray[np.float64]:
    x = features.detach().flatten(1).double().cpu().numpy()
    if len(x) < FEWEST or not np.isfinite(x).all():
        what = f"{len(x)} examples" if len(x) < FEWEST else "features that are not finite numbers"
        raise ConfigError(
            f"a projection was asked of {what}",
            f"finite features of at least {FEWEST} examples",
            "Give more examples, or a network that did not diverge",
        )
    return x


def _pca(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """(N, p) -> (N, 2) and the shares of variance; coordinates that do not exist are 0."""
    points, shares = np.zeros((len(x), 2)), [0.0, 0.0]
    x = x[:, x.max(axis=0) > x.min(axis=0)]
    count = min(2, x.shape[1])
    if count:
        from sklearn.decomposition import PCA

        # Exact: the default would turn to a random solver for wide layers.
        engine = PCA(n_components=count, svd_solver="full")
        points[:, :count] = engine.fit_transform(x)
        shares[:count] = engine.explained_variance_ratio_.tolist()
    return points, (shares[0], shares[1])
