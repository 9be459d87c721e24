from __future__ import annotations

import numpy as np
import pytest
import torch

from kdlab.errors import ConfigError
from kdlab.insight import projection


def clusters(each=20, width=8):
    """Three far clusters, (3 * each, width), sorted by cluster."""
    g = torch.Generator().manual_seed(0)
    centres = 10 * torch.randn(3, width, generator=g)
    return (centres[:, None] + torch.randn(3, each, width, generator=g)).flatten(0, 1)


def test_pca_against_the_eigenvalues_of_the_covariance():
    x = clusters()
    found = projection.pca(x)
    values = np.linalg.eigvalsh(np.cov(x.double().numpy().T))[::-1]
    assert np.var(found, axis=0, ddof=1) == pytest.approx(values[:2])
    assert np.corrcoef(found.T)[0, 1] == pytest.approx(0, abs=1e-9)


def test_pca_of_features_that_lie_in_a_plane_keeps_all_distances():
    g = torch.Generator().manual_seed(1)
    x = torch.randn(12, 2, generator=g).double() @ torch.randn(2, 9, generator=g).double()
    points = torch.from_numpy(projection.pca(x.view(12, 3, 3)))
    assert torch.allclose(torch.cdist(points, points), torch.cdist(x, x), atol=1e-6)


def test_pca_of_fewer_than_two_dimensions_fills_up_with_zeros():
    line = projection.pca(torch.arange(6.0)[:, None])
    assert line[:, 0].any()
    assert not line[:, 1].any()
    still = projection.pca(torch.full((6, 3), 0.1))
    assert not still.any()


def test_tsne_keeps_clusters_together_and_is_the_same_on_every_run():
    x = clusters()
    found = projection.tsne(x)
    assert np.array_equal(found, projection.tsne(x))
    distance = np.linalg.norm(found[:, None] - found[None], axis=-1)
    np.fill_diagonal(distance, np.inf)
    nearest = distance.argmin(axis=1)
    assert (nearest // 20 == np.arange(60) // 20).all()


def test_tsne_of_examples_that_are_all_alike_is_one_point():
    assert not projection.tsne(torch.ones(7, 3)).any()


@pytest.mark.parametrize("x", [torch.ones(4, 3), torch.full((9, 3), float("nan"))])
@pytest.mark.parametrize("project", [projection.pca, projection.tsne])
def test_too_few_examples_and_infinite_features_are_refused(project, x):
    with pytest.raises(ConfigError, match="finite features of at least 5"):
        project(x)


def test_turning_undoes_a_turn_a_mirror_and_a_shift():
    reference = projection.pca(clusters())
    angle = 2.0
    turn = np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), -np.cos(angle)]])
    assert np.allclose(projection.turned(reference @ turn + [3, -1], reference), reference)


def test_turning_neither_scales_nor_bends():
    g = np.random.default_rng(0)
    points, reference = g.normal(size=(10, 2)), g.normal(size=(10, 2))
    found = projection.turned(points, reference)
    between = np.linalg.norm(points[:, None] - points, axis=-1)
    assert np.allclose(np.linalg.norm(found[:, None] - found, axis=-1), between)
    for angle in np.linspace(0, 2 * np.pi, 50):  # no other turn lies closer
        c, s = np.cos(angle), np.sin(angle)
        for sign in (1, -1):
            moved = (points - points.mean(0)) @ np.array([[c, s], [-sign * s, sign * c]])
            other = ((moved + reference.mean(0) - reference) ** 2).sum()
            assert ((found - reference) ** 2).sum() <= other + 1e-9


def test_other_examples_cannot_be_laid_together():
    with pytest.raises(ConfigError, match="the same examples"):
        projection.turned(np.zeros((5, 2)), np.zeros((6, 2)))
