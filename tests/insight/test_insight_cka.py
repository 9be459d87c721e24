from __future__ import annotations

from itertools import permutations

import pytest
import torch

from kdlab.errors import ConfigError
from kdlab.insight.cka import similarity


def linear_cka(x, y):
    """Of two layers' features."""
    return similarity({"x": x}, {"y": y}).values[0][0]


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def published(x, y):
    """Table 1 of arXiv:1905.00414, in the space of features."""
    x, y = x - x.mean(0), y - y.mean(0)
    return float((y.T @ x).norm() ** 2 / ((x.T @ x).norm() * (y.T @ y).norm()))


def hsic(k, other):
    """Equation 3."""
    n = len(k)
    h = torch.eye(n, dtype=k.dtype) - 1 / n
    return float((k @ h @ other @ h).trace() / (n - 1) ** 2)


@pytest.fixture
def pair():
    x = random(30, 7)
    return x, x @ random(7, 4, seed=1) + random(30, 4, seed=2) + 3


def test_it_is_the_published_formula_in_both_its_forms(pair):
    x, y = pair
    k, other = x @ x.T, y @ y.T
    by_kernels = hsic(k, other) / (hsic(k, k) * hsic(other, other)) ** 0.5
    assert linear_cka(x, y) == pytest.approx(published(x, y))
    assert linear_cka(x, y) == pytest.approx(by_kernels)
    assert 0.1 < linear_cka(x, y) < 0.9


def test_turning_scaling_and_shifting_change_nothing(pair):
    x, y = pair
    turn, _ = torch.linalg.qr(random(7, 7, seed=3))
    expected = linear_cka(x, y)
    assert linear_cka(-5 * x @ turn + 100, y) == pytest.approx(expected)
    assert linear_cka(x, x @ turn) == pytest.approx(1)
    assert linear_cka(y, x) == pytest.approx(expected)


def test_stretching_one_direction_does_change_it(pair):
    x, _ = pair
    stretched = x * torch.tensor([10.0, 1, 1, 1, 1, 1, 1])
    assert linear_cka(x, stretched) < 0.9


def test_a_layer_agrees_with_itself_and_not_with_what_is_orthogonal():
    x = torch.tensor([[1.0, 0], [-1, 0], [0, 0], [0, 0]])
    y = torch.tensor([[0.0], [0], [1], [-1]])
    assert linear_cka(x, x) == pytest.approx(1)
    assert linear_cka(x, y) == 0


def test_a_layer_that_is_the_same_for_all_examples_has_no_arrangement():
    assert linear_cka(torch.full((9, 4), 0.1), random(9, 3)) == 0


def test_chance_is_the_mean_over_all_orders_of_the_examples():
    x, y = random(5, 3), random(5, 8, seed=1)
    every = [published(x, y[list(order)]) for order in permutations(range(5))]
    found = similarity({"a": x}, {"b": y})
    assert found.chance[0][0] == pytest.approx(sum(every) / len(every))
    assert found.chance[0][0] > 0.3  # why a plain CKA of few examples must not stand alone


def test_the_matrix_has_one_row_a_layer_and_reads_images_as_features(pair):
    x, y = pair
    image = x[:, :6].reshape(30, 2, 3, 1)
    found = similarity({"1": image, "2": y}, {"p": x, "q": y, "r": 2 * image})
    assert [len(row) for row in found.values] == [3, 3]
    assert found.values[0][0] == pytest.approx(published(x[:, :6], x))
    assert found.values[1][1] == pytest.approx(1)
    assert found.values[0][2] == pytest.approx(1)
    assert len(found.values) == len(found.chance) == 2


@pytest.mark.parametrize(("n", "m"), [(4, 5), (1, 1)])
def test_other_examples_or_too_few_are_refused(n, m):
    with pytest.raises(ConfigError, match="same examples, at least two"):
        linear_cka(random(n, 3), random(m, 3))


def test_features_of_a_network_that_diverged_are_refused(pair):
    x, y = pair
    with pytest.raises(ConfigError, match="finite"):
        linear_cka(x / 0, y)
