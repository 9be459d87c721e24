"""Laws that hold for every method in METHODS; a new one is tested by being in the dict."""

from __future__ import annotations

import re

import pytest
import torch
from torch.nn import functional as F

from kdlab.errors import ConfigError
from kdlab.methods import METHODS, find, logit_regression, soft_targets

TEMPERATURES = [0.5, 1.0, 4.0, 50.0]


@pytest.fixture
def logits():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, 7, 5, generator=generator, dtype=torch.float64).mul(3).unbind()


@pytest.fixture(params=METHODS.values(), ids=METHODS.keys())
def method(request):
    return request.param


def test_the_record_is_complete(method):
    for text in (method.label, method.about, method.formula, method.paper):
        assert text
    assert re.search(r"arXiv:\d{4}\.\d{4,5}", method.paper)
    module = __import__(method.loss.__module__, fromlist=["x"])
    assert "arXiv:" in (module.__doc__ or "")
    assert METHODS[method.name] is method


@pytest.mark.parametrize("T", TEMPERATURES)
def test_finite_and_one_value_an_example(method, logits, T):
    student, teacher = logits
    value = method.loss(student, teacher, T)
    assert value.shape == (7,)
    assert torch.isfinite(value).all()
    assert (value >= 0).all()


def test_extreme_logits_stay_finite(method):
    student = torch.tensor([[1000.0, -1000.0, 0.0]])
    assert torch.isfinite(method.loss(student, -student, 0.5)).all()


@pytest.mark.parametrize("T", TEMPERATURES)
def test_zero_when_the_student_is_the_teacher(method, logits, T):
    _, teacher = logits
    assert method.loss(teacher, teacher, T) == pytest.approx(torch.zeros(7).numpy(), abs=1e-12)


@pytest.mark.parametrize("T", TEMPERATURES)
def test_closed_form_gradient_is_autograds(method, logits, T):
    if method.gradient is None:
        pytest.skip("this method has no closed form")
    student, teacher = (z.clone().requires_grad_() for z in logits)
    method.loss(student, teacher, T).sum().backward()
    torch.testing.assert_close(method.gradient(student.detach(), teacher, T), student.grad)
    assert teacher.grad is None, "the teacher must not learn"


def test_an_example_does_not_depend_on_its_batch(method, logits):
    student, teacher = logits
    whole = method.loss(student, teacher, 3.0)
    torch.testing.assert_close(method.loss(student[2:4], teacher[2:4], 3.0), whole[2:4])


def test_the_class_dimension_can_be_in_front(method, logits):
    student, teacher = logits
    torch.testing.assert_close(
        method.loss(student.t(), teacher.t(), 3.0, 0), method.loss(student, teacher, 3.0)
    )


def test_temperature_may_differ_by_student(method, logits):
    student, teacher = (z.t().expand(2, -1, -1) for z in logits)
    T = torch.tensor([1.0, 6.0], dtype=torch.float64).view(2, 1, 1)
    both = method.loss(student, teacher, T, 1)
    for k, value in enumerate((1.0, 6.0)):
        torch.testing.assert_close(both[k], method.loss(student[k], teacher[k], value, 0))


@pytest.mark.parametrize("T", TEMPERATURES)
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


def test_an_unknown_method_is_answered_with_those_there_are():
    with pytest.raises(ConfigError) as caught:
        find("telepathy")
    assert all(name in str(caught.value) for name in METHODS)
