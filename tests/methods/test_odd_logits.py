"""Logits that no network of the lab gives every day: minus infinity, half precision, equal ones, of
a single class."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from kdlab.methods import METHODS, RESPONSE, dist, dkd, logit_standardisation, soft_targets

INFINITE = float("inf")
NO_NUMBER = ("logit-regression", "logit-standardisation")
"""Methods that compare the logits themselves: from minus infinity no number can be learned."""
LABELS = torch.tensor([0, 4, 2, -1])


def told(method, labels=LABELS):
    return {"labels": labels} if "labels" in method.needs else {}


def logits(*shape, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(*shape, generator=generator, dtype=torch.float64)


def both_gradients(method, student, teacher, T, labels=LABELS):
    """By autograd, and in closed form where there is one."""
    leaf = student.clone().requires_grad_()
    method.loss(leaf, teacher, T, **told(method, labels)).sum().backward()
    closed = leaf.grad
    if method.gradient is not None:
        closed = method.gradient(student, teacher, T, **told(method, labels))
    return leaf.grad, closed


@pytest.fixture(params=[name for name in RESPONSE if name not in NO_NUMBER])
def method(request):
    return METHODS[request.param]


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("T", [0.5, 4.0, 1e4])
@pytest.mark.parametrize("where", ["teacher", "both"])
def test_a_class_that_is_excluded_does_no_harm(method, where, T, kind):
    student, teacher = logits(2, 4, 5).to(kind).unbind()
    teacher[:, 1] = -INFINITE
    teacher[2, :] = torch.tensor([-INFINITE, 0.0, -INFINITE, 1.0, -INFINITE])  # its label, too
    if where == "both":
        student = student.masked_fill(teacher == -INFINITE, -INFINITE)
    assert torch.isfinite(method.loss(student, teacher, T, **told(method))).all()
    own, closed = both_gradients(method, student, teacher, T)
    assert torch.isfinite(own).all()
    torch.testing.assert_close(closed, own, rtol=1e-3, atol=1e-5 + 1e-6 * T)


@pytest.mark.parametrize("T", [1.0, 4.0])
def test_soft_targets_of_an_excluded_class_are_pytorchs(T):
    student, teacher = logits(2, 4, 5).unbind()
    teacher[:, 1] = -INFINITE
    own, leaf = (student.clone().requires_grad_() for _ in range(2))
    log_p = (leaf / T).log_softmax(1)
    expected = T**2 * F.kl_div(log_p, (teacher / T).softmax(1), reduction="none").sum(1)
    found = soft_targets.loss(own, teacher, T)
    torch.testing.assert_close(found, expected)
    for value in (found, expected):
        value.sum().backward()
    torch.testing.assert_close(own.grad, leaf.grad)
    torch.testing.assert_close(soft_targets.gradient(student, teacher, T), leaf.grad)


def test_excluded_in_both_is_as_if_the_class_were_not_there(method):
    student, teacher = logits(2, 4, 5).unbind()
    labels = torch.tensor([0, 3, 1, -1])
    expected = method.loss(student[:, :4], teacher[:, :4], 4.0, **told(method, labels))
    student[:, 4] = teacher[:, 4] = -INFINITE
    found = method.loss(student, teacher, 4.0, **told(method, labels))
    if method.name == "dist":  # means over one class more, of which r is 0, and of 0 in each row
        assert torch.isfinite(found).all()
        return
    torch.testing.assert_close(found, expected)


def test_decoupled_distillation_of_a_teacher_with_one_class_left():
    """All others excluded: they have no order, and only the first part is left."""
    student = logits(1, 4, seed=2)
    teacher = torch.tensor([[-INFINITE, 2.0, -INFINITE, -INFINITE]], dtype=torch.float64)
    labels = torch.tensor([1])
    expected = -(4.0**2) * (student / 4).log_softmax(1)[:, 1]
    torch.testing.assert_close(dkd.loss(student, teacher, 4.0, labels=labels), expected)
    own, closed = both_gradients(METHODS["dkd"], student, teacher, 4.0, labels)
    torch.testing.assert_close(closed, own)


@pytest.mark.parametrize("name", RESPONSE)
def test_a_single_class_leaves_nothing_to_learn(name):
    method = METHODS[name]
    student, teacher = logits(2, 4, 1).unbind()
    labels = torch.tensor([0, 0, -1, 0])
    value = method.loss(student, teacher, 4.0, **told(method, labels))
    own, closed = both_gradients(method, student, teacher, 4.0, labels)
    torch.testing.assert_close(closed, own)
    if name == "logit-regression":
        torch.testing.assert_close(value, 0.5 * (student - teacher).square().sum(1))
        return
    assert torch.isfinite(value).all()
    assert own.abs().max() == 0
    if name != "dist":  # of which r is 0
        assert value.abs().max() < 1e-14


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", RESPONSE)
def test_half_precision_gives_what_single_precision_gives(name, kind):
    method = METHODS[name]
    student, teacher = (1e4 * logits(2, 4, 5) / 9).to(kind).unbind()
    assert student.abs().max() > 5e3
    for T in (1.0, 50.0):
        expected = method.loss(student.float(), teacher.float(), T, **told(method))
        found = method.loss(student, teacher, T, **told(method))
        assert torch.isfinite(expected).all()
        torch.testing.assert_close(found.float(), expected)
        wide, _ = both_gradients(method, student.float(), teacher.float(), T)
        own, closed = both_gradients(method, student, teacher, T)
        torch.testing.assert_close(closed.float(), wide, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(own.float(), wide, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [0.0, 0.1, 1.7, 1e4])
@pytest.mark.parametrize("name", ["logit-standardisation", "dist"])
def test_equal_logits_get_no_gradient(name, size, kind):
    """What a student with silent units answers: the direction of rounding is none."""
    method = METHODS[name]
    student = torch.full((7, 10), size, dtype=kind)
    teacher = logits(7, 10).to(kind)
    own, closed = both_gradients(method, student, teacher, 2.0)
    assert closed.abs().max() == 0
    assert own.abs().max() == 0


def test_answers_that_are_the_same_for_all_examples_get_no_gradient_within_classes():
    """Dead units: the last layer's bias alone answers, which varies over classes only."""
    student = logits(1, 10, seed=3).float().expand(7, 10)
    teacher = logits(7, 10).float()
    leaf = student.clone().requires_grad_()
    dist.loss(leaf, teacher, 2.0, inter=0.0).sum().backward()
    assert leaf.grad.abs().max() == 0


def test_logits_that_differ_a_little_are_not_equal():
    student = torch.zeros(1, 10, dtype=torch.float64)
    student[0, 3] = 1e-6
    found = logit_standardisation.gradient(student, logits(1, 10), 2.0)
    assert found.abs().max() > 1e3
