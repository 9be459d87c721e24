from __future__ import annotations

import pytest
import torch

from kdlab.errors import ConfigError
from kdlab.insight.bias import add_bias, bias_curve, common_correction, frequencies


def known(n=20_000, classes=6, seed=0):
    """Logits that are right in the Bayes sense, and targets drawn from them."""
    g = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(n, classes, generator=g, dtype=torch.double)
    return logits, torch.multinomial(logits.softmax(1), 1, generator=g)[:, 0]


def test_adding_a_bias_moves_one_column_and_leaves_the_logits():
    logits = torch.zeros(2, 3)
    assert add_bias(logits, {1: 2.5, 2: -1}).tolist() == [[0, 2.5, -1]] * 2
    assert not logits.any()


def test_the_curve_counts_errors_against_a_slow_loop():
    logits, targets = known(300)
    curve = bias_curve(logits, targets, [1, 4], [-2, 0, 3.5])
    for b, errors, chosen_errors in zip(
        curve.biases, curve.errors, curve.chosen_errors, strict=True
    ):
        wrong = []
        for z, target in zip(logits.tolist(), targets.tolist(), strict=True):
            z = [v + b if k in (1, 4) else v for k, v in enumerate(z)]
            if z.index(max(z)) != target:
                wrong.append(target)
        assert errors == len(wrong)
        assert chosen_errors == sum(target in (1, 4) for target in wrong)
    assert curve.total == 300
    assert curve.chosen_total == int(((targets == 1) | (targets == 4)).sum())


def test_the_ends_of_the_curve():
    """With a huge bias every example is called the chosen class, with a tiny one none is."""
    logits, targets = known(500)
    curve = bias_curve(logits, targets, [2], [-100, 100])
    count = int((targets == 2).sum())
    assert curve.chosen_errors == (count, 0)
    assert curve.errors[1] == 500 - count


def share(logits, classes, bias=0.0):
    """The mean probability of these classes together."""
    shifted = add_bias(logits, dict.fromkeys(classes, bias))
    return float(shifted.softmax(1).mean(0)[list(classes)].sum())


def test_the_frequency_is_met():
    logits, _ = known(1000)
    found = common_correction(logits, {3: 0.4})
    assert share(logits, [3]) != pytest.approx(0.4, abs=0.1)
    assert share(logits, [3], found) == pytest.approx(0.4, abs=1e-9)


@pytest.mark.parametrize("taken", [3.5, -2.0, 9.0])
def test_a_bias_that_was_taken_away_is_found_again(taken):
    """Exactly, where the frequencies are the shares of the logits themselves."""
    logits, _ = known(1000)
    spoilt = add_bias(logits, {3: -taken})
    found = common_correction(spoilt, {3: share(logits, [3])})
    assert found == pytest.approx(taken, abs=1e-6)


def test_with_the_frequencies_of_labels_it_comes_near_the_bias_with_the_fewest_errors():
    logits, targets = known()
    spoilt = add_bias(logits, {3: -3.5})
    found = common_correction(spoilt[:2000], frequencies(targets, [3]))  # no labels of these
    assert found == pytest.approx(3.5, abs=0.2)
    grid = [0, found, *(b / 4 for b in range(30))]
    curve = bias_curve(spoilt[2000:], targets[2000:], [3], grid)
    best = min(zip(curve.errors, curve.biases, strict=True))[1]
    assert best == pytest.approx(3.5, abs=0.5)
    assert curve.errors[1] < 0.9 * curve.errors[0]
    assert curve.errors[1] < 1.01 * min(curve.errors)


def test_float32_logits_far_from_the_wanted_share():
    logits = torch.tensor([[60.0, -80.0, 1.0], [40.0, -90.0, 2.0]])
    found = common_correction(logits, {1: 0.25})
    assert share(logits.double(), [1], found) == pytest.approx(0.25)


def test_one_common_bias_meets_the_summed_frequency():
    logits, _ = known(1000)
    mean = logits.softmax(1).mean(0)
    spoilt = add_bias(logits, {1: 7.6, 2: 7.6})
    found = common_correction(spoilt, {1: float(mean[1]), 2: float(mean[2])})
    assert found == pytest.approx(-7.6, abs=1e-6)
    skewed = common_correction(spoilt, {1: 0.05, 2: 0.3})
    assert share(spoilt, [1, 2], skewed) == pytest.approx(0.35)
    assert abs(share(add_bias(spoilt, {1: skewed, 2: skewed}), [1]) - 0.05) > 0.05  # two shares


def test_frequencies_are_shares_of_labels():
    assert frequencies(torch.tensor([0, 0, 1, 3]), [0, 3, 2]) == {0: 0.5, 3: 0.25, 2: 0}
    assert frequencies(torch.tensor([0, -1, 1, -1]), [0]) == {0: 0.5}, "-1 is no label"


@pytest.mark.parametrize("classes", [[], [6], [-1], [0, 1, 2, 3, 4, 5]])
def test_classes_that_cannot_be_chosen_are_refused(classes):
    logits, targets = known(10)
    with pytest.raises(ConfigError, match="0 to 5"):
        bias_curve(logits, targets, classes, [0])


@pytest.mark.parametrize("wanted", [{1: 0.0}, {1: 1.0}, {1: 0.6, 2: 0.4}, {1: float("nan")}])
def test_frequencies_that_cannot_be_met_are_refused(wanted):
    with pytest.raises(ConfigError, match="together below 1"):
        common_correction(known(10)[0], wanted)


def test_logits_of_a_network_that_diverged_are_refused():
    with pytest.raises(ConfigError, match="finite"):
        common_correction(torch.full((3, 4), float("nan")), {0: 0.1})
