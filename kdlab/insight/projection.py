"""Features in 2-D: PCA, which keeps distances as far as it can, and t-SNE, which keeps neighbours.

PCA: the two directions of largest variance (Pearson 1901). t-SNE: van der Maaten and Hinton 2008,
"Visualizing Data using t-SNE", JMLR 9, started from PCA, so that the far arrangement is that of the
data and every run gives the same (Kobak and Berens 2019, Nature Communications 10, 5416). In t-SNE
the size of a cluster and the gaps between clusters mean little; who lies beside whom does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from kdlab.errors import ConfigError

ITERATIONS = 500
"""Half of scikit-learn's default: on the digits as many neighbours stay neighbours, in half the
time."""
FEWEST = 5
PERPLEXITY = 30.0
"""Neighbours that count, as in most uses of t-SNE; lowered where there are few points."""


def pca(features: Tensor) -> NDArray[np.float64]:
    """The first two principal components of features (N, ...): (N, 2).

    The sign of each axis is fixed (scikit-learn's rule). Where the features have one dimension or
    none that varies, the missing coordinates are 0. Raises ConfigError for fewer than FEWEST
    examples or features that are not finite.
    """
    return _pca(_rows(features))


def tsne(features: Tensor) -> NDArray[np.float64]:
    """t-SNE of features (N, ...): (N, 2); 500 take two to three seconds of one slow core.

    The same features give the same picture. Raises ConfigError as :func:`pca` does.
    """
    x = _rows(features)
    start = _pca(x)
    spread = float(start[:, 0].std())
    if spread == 0:  # all examples are the same point
        return np.zeros((len(x), 2))
    from sklearn.manifold import TSNE

    engine = TSNE(
        init=(start / spread * 1e-4).astype(np.float32),  # the published start: tiny
        perplexity=min(PERPLEXITY, (len(x) - 1) / 3),
        max_iter=ITERATIONS,
        random_state=0,
        n_jobs=1,  # on small sets threads cost more than they give
    )
    points: NDArray[np.float64] = engine.fit_transform(x).astype(np.float64)
    return points


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


def _pca(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, p) -> (N, 2); coordinates that do not exist are 0."""
    points = np.zeros((len(x), 2))
    x = x[:, x.max(axis=0) > x.min(axis=0)]
    count = min(2, x.shape[1])
    if count:
        from sklearn.decomposition import PCA

        # Exact: the default would turn to a random solver for wide layers.
        points[:, :count] = PCA(n_components=count, svd_solver="full").fit_transform(x)
    return points
