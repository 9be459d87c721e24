"""What holds for one method alone: its limits, its special cases, and how it contains another."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from kdlab.methods import dist, dkd, logit_regression, logit_standardisation, soft_targets

LABELS = torch.tensor([0, 4, 2, -1, 2, 1, 3])
"""One for each of the fixture's examples; the one at 3 has none."""


@pytest.fixture
def logits():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, 7, 5, generator=generator, dtype=torch.float64).mul(3).unbind()


@pytest.mark.parametrize("T", [0.5, 1.0, 4.0, 50.0])
def test_soft_targets_are_pytorchs_kl_times_t_squared(logits, T):
    student, teacher = logits
    expected = T**2 * F.kl_div(
        F.log_softmax(student / T, -1), F.softmax(teacher / T, -1), reduction="batchmean"
    )
    torch.testing.assert_close(soft_targets.loss(student, teacher, T).mean(), expected)


def test_t_squared_keeps_the_size_of_the_gradient(logits):
    """FIELD: without the factor the gradient falls as 1/T^2, with it, it levels off."""
    student, teacher = logits
    with_factor = [soft_targets.gradient(student, teacher, T).norm() for T in (4.0, 20.0)]
    without = [g / T**2 for g, T in zip(with_factor, (4.0, 20.0), strict=True)]
    assert with_factor[1] > 0.5 * with_factor[0]
    assert without[1] < 0.1 * without[0]


def test_large_t_limit_is_logit_regression(logits):
    """Hinton et al. 2015, equation 4: for centred logits the gradient tends to (z_s - z_t) / C."""
    student, teacher = (z - z.mean(-1, keepdim=True) for z in logits)
    limit = logit_regression.gradient(student, teacher, 1.0) / student.shape[-1]
    hot = soft_targets.gradient(student, teacher, 1e4)
    torch.testing.assert_close(hot, limit, atol=1e-3, rtol=1e-3)


def test_soft_targets_are_both_parts_of_decoupled_distillation(logits):
    """Zhao et al. 2022, equation 6: others weighs 1 - p_t(label) where nothing is decoupled."""
    student, teacher = logits
    labels = LABELS.clamp_min(0)
    sure = (teacher / 4).softmax(-1).gather(1, labels[:, None])[:, 0]
    first, second = (
        dkd.loss(student, teacher, 4.0, labels=labels, target=a, others=b)
        for a, b in ((1.0, 0.0), (0.0, 1.0))
    )
    torch.testing.assert_close(
        first + (1 - sure) * second, soft_targets.loss(student, teacher, 4.0)
    )


def test_without_a_label_the_teachers_likeliest_class_stands_in(logits):
    student, teacher = logits
    none_given = dkd.loss(student, teacher, 4.0)
    said = dkd.loss(student, teacher, 4.0, labels=teacher.argmax(1))
    torch.testing.assert_close(none_given, said)
    torch.testing.assert_close(dkd.loss(student, teacher, 4.0, labels=LABELS)[3], said[3])


def test_with_two_classes_only_the_first_part_of_decoupled_distillation_is_left(logits):
    student, teacher = (z[:, :2] for z in logits)
    labels = torch.tensor([0, 1, 1, 0, 1, 0, 0])
    assert dkd.loss(student, teacher, 4.0, labels=labels, target=0.0).abs().max() == 0
    torch.testing.assert_close(
        dkd.loss(student, teacher, 4.0, labels=labels), soft_targets.loss(student, teacher, 4.0)
    )


def test_standardised_logits_may_be_of_any_size(logits):
    student, teacher = logits
    value = logit_standardisation.loss(student, teacher, 2.0)
    larger = logit_standardisation.loss(5 * student - 3, 0.2 * teacher, 2.0)
    torch.testing.assert_close(larger, value, rtol=1e-5, atol=1e-6)


def test_with_two_classes_standardised_logits_teach_nothing(logits):
    student, teacher = (z[:, :2] for z in logits)
    found = logit_standardisation.gradient(student, teacher, 2.0)
    torch.testing.assert_close(found, torch.zeros_like(found), atol=1e-6, rtol=0)
    sides = torch.tensor([[1.0, -1.0]], dtype=torch.float64)
    most = soft_targets.loss(sides, -sides, 2.0).item()
    for value in logit_standardisation.loss(student, teacher, 2.0):
        assert math.isclose(value, most, abs_tol=1e-5) or abs(value) < 1e-5


def test_correlations_are_between_minus_one_and_one(logits):
    student, teacher = logits
    assert dist.loss(student, teacher, 1.0).max() <= 4
    opposite = torch.tensor([[2.0, -2.0], [-2.0, 2.0]], dtype=torch.float64)
    torch.testing.assert_close(
        dist.loss(opposite, -opposite, 1.0), torch.full((2,), 4.0, dtype=torch.float64)
    )
