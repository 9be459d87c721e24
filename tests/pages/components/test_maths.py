"""The components' arithmetic against NumPy and PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

RNG = np.random.default_rng(0)
LOGITS = [
    [0.0, 0.0, 0.0],
    [3.2, 1.8, 0.6, 0.2, -0.5],
    [60.0, -60.0, 59.5],
    [800.0, -800.0, 0.0, 799.0],
    RNG.normal(0, 5, 10).round(3).tolist(),
    RNG.normal(0, 4, 100).round(3).tolist(),
]
TEMPERATURES = [0.05, 0.5, 1.0, 4.0, 50.0, 1000.0]
PAIRS = [
    (RNG.normal(0, 5, 10).round(3).tolist(), RNG.normal(0, 3, 10).round(3).tolist()),
    ([9.0, 2.0, -6.0], [0.0, 0.0, 0.0]),
    ([60.0, -60.0], [-60.0, 60.0]),
]


def soft(z: list[float], T: float) -> np.ndarray:
    return F.softmax(torch.tensor(z, dtype=torch.float64) / T, dim=0).numpy()


@pytest.mark.parametrize("T", TEMPERATURES)
def test_softmax_and_entropy_agree_with_torch(maths, T):
    for z in LOGITS:
        p = soft(z, T)
        np.testing.assert_allclose(maths("softmax", z, T), p, rtol=1e-12, atol=1e-300)
        reference = -np.sum(p[p > 0] * np.log(p[p > 0]))
        assert maths("entropy", z, T) == pytest.approx(reference, rel=1e-10, abs=1e-12)


def test_limits_of_t(maths):
    z = LOGITS[1]
    assert maths("softmax", z, 0.05)[0] == pytest.approx(1)
    np.testing.assert_allclose(maths("softmax", z, 1e6), 0.2, atol=1e-6)
    assert maths("entropy", z, 1e6) == pytest.approx(np.log(5))


@pytest.mark.parametrize("T", TEMPERATURES)
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_loss_and_gradient_agree_with_autograd(maths, T, alpha):
    for zt, zs in PAIRS:
        t = torch.tensor(zt, dtype=torch.float64)
        s = torch.tensor(zs, dtype=torch.float64, requires_grad=True)
        hard = F.cross_entropy(s[None], torch.tensor([1]))
        kl = F.kl_div(
            F.log_softmax(s / T, 0), F.log_softmax(t / T, 0), log_target=True, reduction="sum"
        )
        total = (1 - alpha) * hard + alpha * T**2 * kl
        total.backward()
        got = maths("distillationLoss", zt, zs, 1, alpha, T)
        assert got["hard"] == pytest.approx(hard.item(), rel=1e-10)
        assert got["kl"] == pytest.approx(kl.item(), rel=1e-9, abs=1e-15)
        assert got["soft"] == pytest.approx(T**2 * kl.item(), rel=1e-9, abs=1e-9)
        assert got["total"] == pytest.approx(total.item(), rel=1e-9, abs=1e-9)
        gradient = maths("lossGradient", zt, zs, 1, alpha, T)
        np.testing.assert_allclose(gradient, s.grad.numpy(), rtol=1e-8, atol=1e-10)


def test_parts_of_the_gradient(maths):
    zt, zs = PAIRS[0]
    y = np.eye(10)[3]
    np.testing.assert_allclose(maths("hardGradient", zs, 3), soft(zs, 1) - y, rtol=1e-12)
    for T in TEMPERATURES:
        expected = T * (soft(zs, T) - soft(zt, T))
        np.testing.assert_allclose(maths("softGradient", zt, zs, T), expected, atol=1e-12)
        assert maths("norm", expected.tolist()) == pytest.approx(np.linalg.norm(expected))


def test_soft_gradient_tends_to_logit_regression(maths):
    zt, zs = PAIRS[0]
    a, b = np.array(zs), np.array(zt)
    expected = ((a - a.mean()) - (b - b.mean())) / 10
    np.testing.assert_allclose(maths("largeTGradient", zt, zs), expected, atol=1e-12)
    distance = [
        np.linalg.norm(np.subtract(maths("softGradient", zt, zs, T), expected))
        for T in (20, 200, 2000, 20_000)
    ]
    assert distance == sorted(distance, reverse=True)
    # The next term of the expansion falls like 1/T.
    assert distance[3] == pytest.approx(distance[2] / 10, rel=0.05)


def test_kl_of_equal_logits_is_exactly_zero(maths):
    for z in LOGITS:
        assert maths("klDivergence", z, z, 4) == 0


def test_mean_soft_targets_by_class(maths):
    z = RNG.normal(0, 3, (40, 4)).round(3)
    y = RNG.integers(0, 3, 40)  # nobody has class 3
    got = maths("meanSoftTargets", z.tolist(), y.tolist(), 4, 2.5)
    p = np.exp(z / 2.5) / np.exp(z / 2.5).sum(axis=1, keepdims=True)
    for label in range(3):
        np.testing.assert_allclose(got[label], p[y == label].mean(axis=0), rtol=1e-12)
    assert got[3] is None


def test_nice_t_keeps_three_digits_and_lands_on_ticks(maths):
    assert maths("niceT", 3.96) == 4
    assert maths("niceT", 12.3456) == 12.3
    assert maths("niceT", 0.05) == 0.05
    assert maths("niceT", 1000) == 1000
