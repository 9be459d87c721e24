"""The temperature that is fitted after training, against other ways to find it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from kdlab.measure.temperature_scaling import (
    COLDEST,
    HOTTEST,
    fitted,
    negative_log_likelihood,
)


def example(seed, scale, classes=5, count=400):
    """Logits (C, N) that are right more often than not, and too sure by ``scale``; labels drawn
    from softmax(logits / scale)."""
    rng = np.random.default_rng(seed)
    calibrated = 2 * rng.normal(size=(classes, count))
    p = np.exp(calibrated) / np.exp(calibrated).sum(0)
    labels = np.array([rng.choice(classes, p=p[:, n]) for n in range(count)])
    return scale * calibrated, labels


def by_lbfgs(logits, labels):
    """As Guo et al. do it: torch's LBFGS on the cross-entropy."""
    z, y = torch.tensor(logits.T), torch.tensor(labels)
    inverse = torch.ones(1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [inverse], max_iter=500, tolerance_grad=1e-12, line_search_fn="strong_wolfe"
    )

    def closure():
        optimiser.zero_grad()
        loss = cross_entropy(z * inverse, y)
        loss.backward()
        return loss

    optimiser.step(closure)
    return 1 / float(inverse.detach())


CASES = [(0, 1.0, 5), (1, 3.0, 5), (2, 0.2, 10), (3, 8.0, 2), (4, 2.0, 100)]


@pytest.mark.parametrize(("seed", "scale", "classes"), CASES)
def test_it_is_the_one_that_lbfgs_finds(seed, scale, classes):
    logits, labels = example(seed, scale, classes)
    found = fitted(logits, labels)
    assert found == pytest.approx(by_lbfgs(logits, labels), rel=1e-3)
    assert found == pytest.approx(scale, rel=0.3), "400 labels are drawn by chance"


@pytest.mark.parametrize(("seed", "scale", "classes"), CASES)
def test_nothing_on_a_fine_grid_is_likelier(seed, scale, classes):
    logits, labels = example(seed, scale, classes)
    least = negative_log_likelihood(logits, labels, fitted(logits, labels))
    grid = np.geomspace(COLDEST, HOTTEST, 2000)
    z, y = torch.tensor(logits.T), torch.tensor(labels)
    assert least <= min(float(cross_entropy(z / t, y)) for t in grid) + 1e-9


def test_the_likelihood_is_that_of_torch():
    logits, labels = example(5, 2.0)
    for t in (0.1, 1.0, 7.0):
        expected = float(cross_entropy(torch.tensor(logits.T) / t, torch.tensor(labels)))
        assert negative_log_likelihood(logits, labels, t) == pytest.approx(expected, rel=1e-12)


def test_large_logits_do_not_overflow():
    logits, labels = example(6, 1e6)
    assert HOTTEST * 0.99 < fitted(logits, labels) <= HOTTEST


def test_a_network_that_is_right_on_everything_is_made_as_sure_as_may_be():
    labels = np.array([0, 1, 2] * 10)
    logits = np.eye(3)[labels].T
    assert negative_log_likelihood(logits, labels, fitted(logits, labels)) < 1e-12


def test_logits_that_are_no_numbers_and_no_logits_keep_their_temperature():
    logits, labels = example(7, 2.0)
    logits[0, 0] = np.nan
    assert fitted(logits, labels) == 1
    assert fitted(np.zeros((3, 0)), np.zeros(0, np.int64)) == 1
