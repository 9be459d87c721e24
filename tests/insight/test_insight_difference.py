from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import entropy

from kdlab.errors import ConfigError
from kdlab.insight.difference import difference, probability_difference
from kdlab.methods import soft_targets


@pytest.fixture
def pair():
    g = torch.Generator().manual_seed(0)
    teacher = 4 * torch.randn(200, 5, generator=g)
    return teacher, teacher + torch.randn(200, 5, generator=g)


def test_against_numpy_at_every_temperature(pair):
    temperatures = [0.5, 1.0, 4.0, 20.0]
    found = difference(*pair, temperatures)
    for temperature, at in zip(temperatures, found.over_temperature, strict=True):
        p, q = (softmax(z.double().numpy() / temperature, axis=1) for z in pair)
        variation = np.abs(p - q).sum(1) / 2
        assert at.absolute == pytest.approx(np.abs(p - q).mean(0))
        assert at.signed == pytest.approx((p - q).mean(0))
        assert at.variation == pytest.approx(np.quantile(variation, [0.05, 0.25, 0.5, 0.75, 0.95]))
        assert at.kl == pytest.approx(entropy(p, q, axis=1).mean())


def test_kl_times_the_square_of_t_is_the_loss_of_soft_targets(pair):
    teacher, student = pair
    for temperature in (1.0, 3.0):
        (at,) = difference(teacher, student, [temperature]).over_temperature
        loss = float(soft_targets.loss(student, teacher, temperature).mean())
        assert at.kl * temperature**2 == pytest.approx(loss, rel=1e-4)


def test_bounds_between_the_measures_hold(pair):
    """Rows of f sum to 0, variation is at most 1 and, by Pinsker, at most sqrt(KL / 2)."""
    f = probability_difference(*pair, 2.0)
    assert torch.allclose(f.sum(1), torch.zeros(200, dtype=f.dtype), atol=1e-12)
    found = difference(*pair, [2.0]).over_temperature[0]
    assert 0 <= found.variation[0] <= found.variation[-1] <= 1
    assert float(f.abs().sum(1).mean() / 2) <= (found.kl / 2) ** 0.5
    assert sum(found.absolute) / 2 == pytest.approx(float(f.abs().sum(1).mean() / 2))


def test_with_a_large_t_the_difference_fades_into_that_of_the_logits(pair):
    """T f(T) -> (z_t - z_s) / C, centred: whatever the two networks are, f itself goes to 0."""
    centred = [z.double() - z.double().mean(1, keepdim=True) for z in pair]
    limit = (centred[0] - centred[1]) / 5
    assert torch.allclose(1e5 * probability_difference(*pair, 1e5), limit, atol=1e-3)
    assert difference(*pair, [1e5]).over_temperature[0].variation[-1] < 1e-4


def test_a_shift_of_all_logits_of_an_example_is_no_difference(pair):
    teacher, _ = pair
    shifted = teacher + torch.arange(200.0)[:, None]
    found = difference(teacher, shifted, [1.0, 5.0])
    assert found.agreement == 1
    for at in found.over_temperature:
        assert at.kl == pytest.approx(0, abs=1e-6)
        assert at.variation == pytest.approx([0] * 5, abs=1e-4)


def test_agreement(pair):
    teacher, student = (z.double().numpy() for z in pair)
    found = difference(*pair, [])
    assert found.over_temperature == ()
    assert found.agreement == (teacher.argmax(1) == student.argmax(1)).mean()


def test_very_sure_networks_give_finite_numbers():
    teacher, student = torch.tensor([[900.0, 0, 0]]), torch.tensor([[0.0, 900, 0]])
    at = difference(teacher, student, [1.0]).over_temperature[0]
    assert at.variation == pytest.approx([1] * 5)
    assert at.kl == pytest.approx(900)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_temperatures_are_above_zero(pair, temperature):
    with pytest.raises(ConfigError, match="T above 0"):
        difference(*pair, [1.0, temperature])


@pytest.mark.parametrize("rows", [0, 100])
def test_logits_of_other_examples_are_refused(pair, rows):
    teacher, student = pair
    with pytest.raises(ConfigError, match="same examples"):
        difference(teacher[:rows], student[: 2 * rows], [1.0])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_logits_that_are_no_numbers_are_refused(pair, value):
    teacher, student = pair[0].clone(), pair[1]
    teacher[3, 1] = value
    with pytest.raises(ConfigError, match="finite logits"):
        difference(teacher, student, [1.0])
