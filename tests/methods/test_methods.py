"""Laws that hold for every method that compares answers; a new one is tested by being in METHODS.

Those of the methods that compare hidden layers are in test_comparing_layers.py, what holds for one
method alone in test_method_identities.py.
"""

from __future__ import annotations

import re
import sys

import pytest
import torch

from kdlab.errors import ConfigError
from kdlab.methods import METHODS, RESPONSE, find

TEMPERATURES = [0.5, 1.0, 4.0, 50.0]
LABELS = torch.tensor([0, 4, 2, -1, 2, 1, 3])
"""One for each of the fixture's examples; the one at 3 has none."""
OF_A_BATCH = {"dist"}
"""Methods in which an example's value depends on the others."""
NO_DIVERGENCE = {"top-k-truncated"}
"""Methods whose value may be below 0."""
SHAPING = {"jsd", "skew-kl", "top-k", "top-k-truncated"}
"""Methods whose numbers are no weights of parts."""


@pytest.fixture
def logits():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, 7, 5, generator=generator, dtype=torch.float64).mul(3).unbind()


@pytest.fixture(params=RESPONSE)
def method(request):
    return METHODS[request.param]


def told(method, labels=LABELS):
    """The keywords that a method reads beside logits."""
    return {"labels": labels} if "labels" in method.needs else {}


@pytest.mark.parametrize("name", METHODS)
def test_the_record_is_complete(name):
    method = METHODS[name]
    for text in (method.label, method.about, method.formula, method.paper):
        assert text
    assert method.name == name
    assert (method.loss is None) != (method.compare is None)
    assert method.reads_features == bool(method.needs & {"features", "maps"})
    assert method.weight > 0
    paper = re.search(r"arXiv:\d{4}\.\d{4,5}", method.paper)
    module = sys.modules[(method.loss or method.compare).__module__]
    assert paper
    assert paper[0] in module.__doc__, "the room says where its method is from"
    for parameter in method.parameters:
        assert parameter.low <= parameter.default <= parameter.high
        function = method.loss or method.compare
        assert function.__kwdefaults__[parameter.name] == parameter.default
        if method.gradient is not None:
            assert method.gradient.__kwdefaults__[parameter.name] == parameter.default


def test_response_methods_are_those_with_a_loss_and_the_control_is_last():
    assert RESPONSE[:2] == ("soft-targets", "logit-regression")
    assert [name for name in METHODS if METHODS[name].loss] == list(RESPONSE)
    assert list(METHODS)[-1] == "labels-only"


@pytest.mark.parametrize("T", TEMPERATURES)
def test_finite_and_one_value_an_example(method, logits, T):
    student, teacher = logits
    value = method.loss(student, teacher, T, **told(method))
    assert value.shape == (7,)
    assert torch.isfinite(value).all()
    assert (value >= 0).all() or method.name in NO_DIVERGENCE


def test_extreme_logits_stay_finite(method):
    student = torch.tensor([[1000.0, -1000.0, 0.0]], requires_grad=True)
    for label in range(3):
        keywords = told(method, torch.tensor([label]))
        value = method.loss(student, -student, 0.5, **keywords)
        assert torch.isfinite(value).all()
        (own,) = torch.autograd.grad(value.sum(), student)
        assert torch.isfinite(own).all()
        if method.gradient is not None:
            closed = method.gradient(student.detach(), -student.detach(), 0.5, **keywords)
            torch.testing.assert_close(closed, own)


@pytest.mark.parametrize("classes", [2, 5])
def test_logits_that_are_all_equal_stay_finite(method, classes):
    """What a student with silent units answers; its deviation and its correlations are 0 / 0."""
    student = torch.zeros(4, classes, requires_grad=True)
    teacher = torch.randn(4, classes, generator=torch.Generator().manual_seed(2))
    keywords = told(method, torch.tensor([0, 1, 1, -1]))
    (own,) = torch.autograd.grad(
        method.loss(student, teacher, 2.0, **keywords).sum(), student, allow_unused=False
    )
    assert torch.isfinite(own).all()
    if method.gradient is not None:
        assert torch.isfinite(method.gradient(student.detach(), teacher, 2.0, **keywords)).all()


@pytest.mark.parametrize("T", TEMPERATURES)
def test_zero_when_the_student_is_the_teacher(method, logits, T):
    _, teacher = logits
    value = method.loss(teacher, teacher, T, **told(method))
    assert value == pytest.approx(torch.zeros(7).numpy(), abs=1e-12)


def test_numbers_stay_as_precise_as_they_came(method, logits):
    for kind in (torch.float32, torch.float64):
        student, teacher = (z.to(kind) for z in logits)
        assert method.loss(student, teacher, 2.0, **told(method)).dtype == kind
        if method.gradient is not None:
            assert method.gradient(student, teacher, 2.0, **told(method)).dtype == kind


@pytest.mark.parametrize("T", TEMPERATURES)
def test_closed_form_gradient_is_autograds(method, logits, T):
    if method.gradient is None:
        pytest.skip("this method has no closed form")
    student, teacher = (z.clone().requires_grad_() for z in logits)
    method.loss(student, teacher, T, **told(method)).sum().backward()
    before = student.detach().clone()
    found = method.gradient(student.detach(), teacher, T, **told(method))
    torch.testing.assert_close(found, student.grad)
    assert torch.equal(student, before), "in-place shortcuts must not reach the logits"


@pytest.mark.parametrize("T", TEMPERATURES)
def test_the_student_learns_and_the_teacher_does_not(method, logits, T):
    student, teacher = (z.clone().requires_grad_() for z in logits)
    method.loss(student, teacher, T, **told(method)).sum().backward()
    assert teacher.grad is None
    assert (student.grad.abs().sum() > 0) == (method.name != "labels-only")


def test_going_against_the_gradient_comes_nearer(method, logits):
    if method.name == "labels-only":
        pytest.skip("the control has no gradient")
    student, teacher = (z.clone().requires_grad_() for z in logits)
    value = method.loss(student, teacher, 4.0, **told(method)).sum()
    (slope,) = torch.autograd.grad(value, student)
    after = method.loss(student - 1e-4 * slope, teacher, 4.0, **told(method)).sum()
    assert after < value


def test_an_example_does_not_depend_on_its_batch(method, logits):
    student, teacher = logits
    whole = method.loss(student, teacher, 3.0, **told(method))
    part = method.loss(student[2:4], teacher[2:4], 3.0, **told(method, LABELS[2:4]))
    assert torch.allclose(part, whole[2:4]) == (method.name not in OF_A_BATCH)


def test_the_order_of_a_batch_plays_no_part(method, logits):
    student, teacher = logits
    order = torch.tensor([3, 1, 6, 0, 2, 5, 4])
    shuffled = method.loss(student[order], teacher[order], 3.0, **told(method, LABELS[order]))
    torch.testing.assert_close(shuffled, method.loss(student, teacher, 3.0, **told(method))[order])


def test_a_number_added_to_all_logits_plays_no_part(method, logits):
    """Softmax does not see it; only logit regression does."""
    student, teacher = logits
    value = method.loss(student, teacher, 3.0, **told(method))
    shifted = method.loss(student + 2.5, teacher, 3.0, **told(method))
    assert torch.allclose(shifted, value) == (method.name != "logit-regression")


def test_the_class_dimension_can_be_in_front(method, logits):
    student, teacher = logits
    keywords = told(method)
    torch.testing.assert_close(
        method.loss(student.t(), teacher.t(), 3.0, 0, **keywords),
        method.loss(student, teacher, 3.0, **keywords),
    )
    if method.gradient is not None:
        torch.testing.assert_close(
            method.gradient(student.t(), teacher.t(), 3.0, 0, **keywords),
            method.gradient(student, teacher, 3.0, **keywords).t(),
        )


def test_many_students_at_once_are_each_alone(method, logits):
    """Own logits, T and labels each, in the shape of a cohort: (K, C, B) with T (K, 1, 1)."""
    first, second = (z.t() for z in logits)
    student, teacher = torch.stack([first, 2 * second, first]), torch.stack([second, first, first])
    labels = torch.stack([LABELS, LABELS.flip(0), LABELS])
    T = torch.tensor([1.0, 6.0, 2.0], dtype=torch.float64).view(3, 1, 1)
    together = method.loss(student, teacher, T, 1, **told(method, labels))
    for k in range(3):
        alone = student[k], teacher[k], T[k].item(), 0
        torch.testing.assert_close(together[k], method.loss(*alone, **told(method, labels[k])))
    if method.gradient is not None:
        together = method.gradient(student, teacher, T, 1, **told(method, labels))
        for k in range(3):
            alone = student[k], teacher[k], T[k].item(), 0
            expected = method.gradient(*alone, **told(method, labels[k]))
            torch.testing.assert_close(together[k], expected)


@pytest.mark.parametrize(
    "name", [name for name in RESPONSE if METHODS[name].parameters and name not in SHAPING]
)
def test_each_parameter_weighs_its_part(name, logits):
    """All of them at 0 leave nothing; the value is the sum of its parts."""
    method, keywords = METHODS[name], told(METHODS[name])
    names = [parameter.name for parameter in method.parameters]
    nothing = dict.fromkeys(names, 0.0)
    assert method.loss(*logits, 4.0, **keywords, **nothing).abs().max() == 0
    weights = {n: 2.0 + k for k, n in enumerate(names)}
    parts = [
        weights[n] * method.loss(*logits, 4.0, **keywords, **{**nothing, n: 1.0}) for n in names
    ]
    assert all(part.max() > 0 for part in parts)
    whole = method.loss(*logits, 4.0, **keywords, **weights)
    torch.testing.assert_close(whole, torch.stack(parts).sum(0))
    if method.gradient is not None:
        student = logits[0].clone().requires_grad_()
        method.loss(student, logits[1], 4.0, **keywords, **weights).sum().backward()
        found = method.gradient(*logits, 4.0, **keywords, **weights)
        torch.testing.assert_close(found, student.grad)


def test_an_unknown_method_is_answered_with_those_there_are():
    with pytest.raises(ConfigError) as caught:
        find("telepathy")
    assert all(name in str(caught.value) for name in METHODS)
