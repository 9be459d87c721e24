"""Divergences of language models: their bounds and limits, which of them contains which, and the
mistakes that tools have made with them, each as a law that would be broken by it."""

from __future__ import annotations

import math

import pytest
import torch

from kdlab.methods import (
    METHODS,
    jsd,
    reverse_kl,
    skew_kl,
    soft_targets,
    top_k,
    total_variation,
)

TEMPERATURES = [0.5, 1.0, 4.0, 50.0]


@pytest.fixture
def logits():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, 7, 5, generator=generator, dtype=torch.float64).mul(3).unbind()


@pytest.mark.parametrize("T", TEMPERATURES)
def test_reverse_kl_is_forward_kl_of_the_two_exchanged(logits, T):
    student, teacher = logits
    torch.testing.assert_close(
        reverse_kl.loss(student, teacher, T), soft_targets.loss(teacher, student, T)
    )


@pytest.mark.parametrize("T", TEMPERATURES)
def test_jensen_shannon_of_one_half_is_symmetric_and_at_most_log_two(logits, T):
    student, teacher = logits
    value = jsd.loss(student, teacher, T)
    torch.testing.assert_close(value, jsd.loss(teacher, student, T))
    assert value.max() <= T**2 * math.log(2)
    far = torch.tensor([[900.0, 0.0]], dtype=torch.float64)
    assert jsd.loss(far, -far, 1.0).item() == pytest.approx(math.log(2))


def test_jensen_shannon_leans_to_either_kl_and_vanishes_with_its_beta(logits):
    """Divided by its small share it tends to one of the two; undivided, at both ends, to nothing:
    beta = 0 is not forward KL, nor beta = 1 reverse KL, as some tools write."""
    student, teacher = logits
    small = 1e-8
    forward, reverse = (m.loss(student, teacher, 1.0) for m in (soft_targets, reverse_kl))
    low, high = (jsd.loss(student, teacher, 1.0, beta=b) for b in (small, 1 - small))
    torch.testing.assert_close(low / small, forward, rtol=1e-3, atol=1e-6)
    torch.testing.assert_close(high / small, reverse, rtol=1e-3, atol=1e-6)
    for end in (0.0, 1.0):
        assert jsd.loss(student, teacher, 1.0, beta=end).abs().max() < 1e-12
        assert jsd.gradient(student, teacher, 1.0, beta=end).abs().max() < 1e-12


def test_the_gradient_of_jensen_shannon_falls_to_both_sides(logits):
    sizes = [jsd.gradient(*logits, 1.0, beta=b).norm().item() for b in (0.01, 0.5, 0.99)]
    assert max(sizes[0], sizes[2]) < 0.2 * sizes[1]


@pytest.mark.parametrize("beta", [0.1, 0.5, 0.9])
def test_the_mixture_is_one_of_probabilities_not_of_logarithms(logits, beta):
    student, teacher = logits
    q, p = student.softmax(-1), teacher.softmax(-1)
    m = beta * p + (1 - beta) * q
    expected = beta * (p * (p / m).log()).sum(-1) + (1 - beta) * (q * (q / m).log()).sum(-1)
    torch.testing.assert_close(jsd.loss(student, teacher, 1.0, beta=beta), expected)


@pytest.mark.parametrize("T", TEMPERATURES)
def test_skew_kl_without_skew_is_soft_targets(logits, T):
    torch.testing.assert_close(skew_kl.loss(*logits, T, skew=0.0), soft_targets.loss(*logits, T))
    torch.testing.assert_close(
        skew_kl.gradient(*logits, T, skew=0.0), soft_targets.gradient(*logits, T)
    )


@pytest.mark.parametrize("skew", [0.1, 0.5])
def test_skew_kl_has_a_bound_and_skews_jensen_shannons_first_part(logits, skew):
    student, teacher = logits
    assert skew_kl.loss(100 * student, teacher, 1.0, skew=skew).max() <= -math.log(skew)
    of_student = skew_kl.loss(teacher, student, 1.0, skew=0.5)
    both = 0.5 * (skew_kl.loss(student, teacher, 1.0, skew=0.5) + of_student)
    torch.testing.assert_close(both, jsd.loss(student, teacher, 1.0))


@pytest.mark.parametrize("T", TEMPERATURES)
def test_total_variation_is_a_distance_times_t(logits, T):
    student, teacher = logits
    value = total_variation.loss(student, teacher, T)
    torch.testing.assert_close(value, total_variation.loss(teacher, student, T))
    assert value.max() <= T
    far = torch.tensor([[900.0, 0.0]], dtype=torch.float64)
    assert total_variation.loss(far, -far, 1.0).item() == pytest.approx(1.0)


def test_total_variation_obeys_pinsker(logits):
    """TV^2 <= KL / 2, in either direction."""
    distance = total_variation.loss(*logits, 1.0).square()
    for method in (soft_targets, reverse_kl):
        assert (distance <= method.loss(*logits, 1.0) / 2).all()


def test_the_factor_keeps_the_gradient_when_t_grows(logits):
    """Why each has the factor that it has: at large T the gradient levels off, neither falls nor
    grows."""
    for name in ("reverse-kl", "jsd", "skew-kl", "total-variation", "top-k", "top-k-truncated"):
        near, far = (METHODS[name].gradient(*logits, T).norm().item() for T in (1e2, 1e4))
        if name == "top-k-truncated":  # what it gets wrong does not shrink: it grows with T
            assert far > 50 * near
            continue
        assert far == pytest.approx(near, rel=0.1), name


@pytest.mark.parametrize("k", [1, 2, 4])
def test_top_k_is_soft_targets_of_k_classes(logits, k):
    student, teacher = logits
    order = teacher.argsort(-1, descending=True)[:, :k]
    expected = soft_targets.loss(student.gather(1, order), teacher.gather(1, order), 3.0)
    torch.testing.assert_close(top_k.loss(student, teacher, 3.0, k=k), expected)
    found = top_k.gradient(student, teacher, 3.0, k=k)
    assert (found != 0).sum(-1).max() <= k


@pytest.mark.parametrize("name", ["top-k", "top-k-truncated"])
def test_all_classes_are_soft_targets(logits, name):
    method = METHODS[name]
    torch.testing.assert_close(method.loss(*logits, 3.0, k=5), soft_targets.loss(*logits, 3.0))
    torch.testing.assert_close(method.loss(*logits, 3.0, k=80), method.loss(*logits, 3.0, k=5))
    torch.testing.assert_close(
        method.gradient(*logits, 3.0, k=5), soft_targets.gradient(*logits, 3.0)
    )


def test_truncated_top_k_goes_below_zero_and_is_least_without_the_other_classes(logits):
    """What verl's users saw: a "KL" that is negative, and a student surer than its teacher."""
    _, teacher = logits
    student = teacher.clone().requires_grad_()
    p = teacher.softmax(-1)
    mask = top_k.kept(teacher, 3, -1)
    best = torch.where(mask, teacher, torch.full_like(teacher, -50.0))
    least = top_k.truncated_loss(best, teacher, 1.0)
    mass = (p * mask).sum(-1)
    torch.testing.assert_close(least, mass * mass.log())
    assert (least < 0).all()
    top_k.truncated_loss(student, teacher, 1.0).sum().backward()
    assert (student.grad[~mask] > 0).all(), "the others are pushed down where it is the teacher"
    assert top_k.loss(teacher, teacher, 1.0).abs().max() < 1e-12


def test_as_many_classes_are_kept_as_the_nearest_whole_number_says(logits):
    _, teacher = logits
    for k, count in ((0.2, 1), (1.0, 1), (2.4, 2), (2.6, 3), (9.0, 5)):
        assert (top_k.kept(teacher, k, -1).sum(-1) == count).all()


def test_a_class_that_the_teacher_excludes_plays_no_part_in_reverse_kl(logits):
    """Else a student that gives it anything would have an infinite loss."""
    student, teacher = (z.clone() for z in logits)
    teacher[:, 2] = -math.inf
    others = [0, 1, 3, 4]
    torch.testing.assert_close(
        reverse_kl.loss(student, teacher, 2.0),
        reverse_kl.loss(student[:, others], teacher[:, others], 2.0),
    )
    assert reverse_kl.gradient(student, teacher, 2.0)[:, 2].abs().max() == 0


@pytest.mark.parametrize("name", ["reverse-kl", "jsd", "skew-kl", "total-variation"])
def test_a_student_that_is_sure_and_wrong_is_hardly_pulled_but_by_soft_targets(name):
    teacher = torch.tensor([[-15.0, 15.0]], dtype=torch.float64)
    undecided, sure = (torch.tensor([[z, 0.0]], dtype=torch.float64) for z in (0.0, 20.0))
    own = METHODS[name].gradient(sure, teacher, 1.0).norm()
    assert own < 1e-4 * METHODS[name].gradient(undecided, teacher, 1.0).norm()
    assert soft_targets.gradient(sure, teacher, 1.0).norm() > 1
