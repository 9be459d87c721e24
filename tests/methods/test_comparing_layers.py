"""Laws that hold for every method that compares hidden layers; one in METHODS is tested by that."""

from __future__ import annotations

import math

import pytest
import torch

from kdlab.errors import ConfigError
from kdlab.methods import METHODS, RESPONSE
from kdlab.methods.attention import attention_map
from kdlab.methods.features import directions, on_one_grid
from kdlab.methods.vid import FIRST_VARIANCE

NAMES = [name for name in METHODS if name not in RESPONSE]
VECTORS = [name for name in NAMES if "maps" not in METHODS[name].needs]
OF_ANY_WIDTH = ["similarity", "relational", "pkt"]
"""Vectors without an adapter: what they compare is (B, B), however wide the features are."""
BATCH, WIDE, NARROW = 6, 5, 3


@pytest.fixture(params=NAMES)
def method(request):
    return METHODS[request.param]


def features(*shape, seed=0):
    """What hidden layers give behind a ReLU: not negative, some of them 0."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).add(0.5).relu()


def shape_of(method, width, students=()):
    maps = (4, 4) if "maps" in method.needs else ()
    return (*students, BATCH, width, *maps)


def adapter_of(method, student, teacher, students=None, seed=0, grids=((), ())):
    """An adapter in double precision for features of these widths, and of ``grids``; with
    ``students``, one for each, in front."""
    if method.adapter is None:
        return {}
    generator = torch.Generator().manual_seed(seed)
    shapes = (student, *grids[0]), (teacher, *grids[1])
    each = [method.adapter(*shapes, generator) for _ in range(students or 1)]
    return {
        name: torch.stack([one[name] for one in each]).double()[slice(None) if students else 0]
        for name in each[0]
    }


def identity(method, teacher):
    """The adapter that changes nothing of ``teacher``, which is not negative, so that ReLU changes
    nothing: batch norm gives back the mean and the deviation that it took away."""
    width = teacher.shape[1]
    adapter = adapter_of(method, width, width)
    if method.name == "hints":
        mean, variance = teacher.mean(0), teacher.var(0, correction=0)
        unit = torch.eye(width, dtype=torch.float64)
        return {"weight": unit, "scale": (variance + 1e-5).sqrt(), "shift": mean}
    for name, tensor in adapter.items():
        if tensor.ndim == 2:
            adapter[name] = torch.eye(width, dtype=torch.float64)
        elif name != "variance":
            adapter[name] = torch.zeros_like(tensor)
    return adapter


def test_there_are_seven():
    assert len(NAMES) == 7
    assert all(METHODS[name].compare for name in NAMES)


def test_at_its_least_when_the_student_is_the_teacher(method):
    teacher = features(*shape_of(method, WIDE))
    adapter = identity(method, teacher)
    least = method.compare(teacher, teacher, adapter)
    expected = 0.5 * math.log(FIRST_VARIANCE) if method.name == "vid" else 0.0
    # variances start out in single precision
    assert least.item() == pytest.approx(expected, abs=1e-7 if method.name == "vid" else 1e-12)
    for seed in range(1, 20):
        other = teacher + 0.1 * features(*teacher.shape, seed=seed)
        assert method.compare(other, teacher, adapter) > least


def test_one_finite_value_and_as_precise_as_its_features(method):
    for kind in (torch.float32, torch.float64):
        student, teacher = (
            features(*shape_of(method, width), seed=width).to(kind) for width in (NARROW, WIDE)
        )
        adapter = {k: v.to(kind) for k, v in adapter_of(method, NARROW, WIDE).items()}
        value = method.compare(student, teacher, adapter)
        assert value.shape == ()
        assert value.dtype == kind
        assert torch.isfinite(value)


def test_student_and_adapter_learn_and_the_teacher_does_not(method):
    student, teacher = (
        features(*shape_of(method, width), seed=width).requires_grad_() for width in (NARROW, WIDE)
    )
    adapter = {k: v.requires_grad_() for k, v in adapter_of(method, NARROW, WIDE).items()}
    value = method.compare(student, teacher, adapter)
    value.backward()
    assert teacher.grad is None
    assert student.grad.abs().sum() > 0
    assert all(tensor.grad.abs().sum() > 0 for tensor in adapter.values())
    with torch.no_grad():
        nearer = method.compare(student - 1e-4 * student.grad, teacher, adapter)
    assert nearer < value


def test_many_students_at_once_are_each_alone(method):
    student = features(*shape_of(method, NARROW, (3,)), seed=1)
    teacher = features(*shape_of(method, WIDE, (3,)), seed=2)
    adapter = adapter_of(method, NARROW, WIDE, students=3)
    together = method.compare(student, teacher, adapter)
    assert together.shape == (3,)
    for k in range(3):
        own = {name: tensor[k] for name, tensor in adapter.items()}
        torch.testing.assert_close(together[k], method.compare(student[k], teacher[k], own))
    one_teacher = method.compare(student, teacher[:1], adapter)
    torch.testing.assert_close(one_teacher[0], together[0])


def test_the_order_of_a_batch_plays_no_part(method):
    """The CC of some libraries compares neighbours in the batch; none here does."""
    student = features(*shape_of(method, NARROW), seed=1)
    teacher = features(*shape_of(method, WIDE), seed=2)
    adapter = adapter_of(method, NARROW, WIDE)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    torch.testing.assert_close(
        method.compare(student[order], teacher[order], adapter),
        method.compare(student, teacher, adapter),
    )


def test_maps_of_other_sizes_and_widths_can_be_compared(method):
    teacher = features(BATCH, WIDE, 8, 8, seed=2)
    for size in ((4, 4), (8, 8), (3, 5), (16, 16)):
        adapter = adapter_of(method, NARROW, WIDE, grids=(size, (8, 8)))
        student = features(BATCH, NARROW, *size, seed=1).requires_grad_()
        value = method.compare(student, teacher, adapter)
        value.backward()
        assert torch.isfinite(value)
        assert student.grad.abs().sum() > 0


@pytest.mark.parametrize("size", [(2, 2), (4, 4), (8, 8), (5, 3)])
def test_many_students_with_maps_are_each_alone(method, size):
    student, teacher = features(2, BATCH, NARROW, 4, 4, seed=1), features(2, BATCH, WIDE, *size)
    adapter = adapter_of(method, NARROW, WIDE, students=2, grids=((4, 4), size))
    together = method.compare(student, teacher, adapter)
    for k in range(2):
        own = {name: tensor[k] for name, tensor in adapter.items()}
        torch.testing.assert_close(together[k], method.compare(student[k], teacher[k], own))


@pytest.mark.parametrize("name", VECTORS)
def test_maps_and_vectors_can_be_compared(name):
    method = METHODS[name]
    adapter = adapter_of(method, NARROW, WIDE)
    maps, vectors = features(BATCH, NARROW, 4, 4), features(BATCH, WIDE)
    value = method.compare(maps, vectors, adapter)
    assert torch.isfinite(value)
    if name != "similarity":  # which lays maps out flat; the others average over places
        torch.testing.assert_close(value, method.compare(maps.mean((-2, -1)), vectors, adapter))


@pytest.mark.parametrize("zeros", [slice(None), slice(0, 2)], ids=["all", "two"])
def test_examples_at_which_all_units_are_silent_do_no_harm(method, zeros):
    """In single precision: a norm of 0 must not turn into a gradient of 1e12."""
    student = features(*shape_of(method, NARROW), seed=1).float()
    student[zeros] = 0.0
    student.requires_grad_()
    teacher = features(*shape_of(method, WIDE), seed=2).float()
    adapter = {k: v.float() for k, v in adapter_of(method, NARROW, WIDE).items()}
    value = method.compare(student, teacher, adapter)
    value.backward()
    assert torch.isfinite(value)
    assert student.grad.abs().max() < 1e3


@pytest.mark.parametrize("name", OF_ANY_WIDTH)
def test_relations_do_not_see_a_turn_or_a_change_of_size(name):
    method = METHODS[name]
    student, teacher = features(BATCH, WIDE, seed=1), features(BATCH, WIDE, seed=2)
    turn, _ = torch.linalg.qr(features(WIDE, WIDE, seed=3) - 0.5)
    value = method.compare(student, teacher, {})
    torch.testing.assert_close(method.compare(3 * student @ turn, teacher, {}), value)
    widened = torch.cat([student, torch.zeros(BATCH, 9, dtype=torch.float64)], 1)
    torch.testing.assert_close(method.compare(widened, teacher, {}), value)


def test_attention_does_not_see_the_number_of_channels_or_their_size():
    method = METHODS["attention"]
    maps, teacher = features(BATCH, NARROW, 4, 4), features(BATCH, WIDE, 4, 4, seed=1)
    value = method.compare(maps, teacher, {})
    doubled = 7 * torch.cat([maps, -maps], 1)
    torch.testing.assert_close(method.compare(doubled, teacher, {}), value)
    norms = attention_map(maps).norm(dim=-1)
    torch.testing.assert_close(norms, torch.ones_like(norms))


def test_attention_to_vectors_is_refused_in_words():
    method = METHODS["attention"]
    with pytest.raises(ConfigError, match=r"vectors of length 5.*convolution"):
        method.compare(features(BATCH, NARROW, 4, 4), features(BATCH, WIDE), {})


@pytest.mark.parametrize("name", [name for name in NAMES if METHODS[name].adapter])
def test_an_adapter_comes_from_its_generator(name):
    method = METHODS[name]
    first, again, other = (adapter_of(method, NARROW, WIDE, seed=seed) for seed in (0, 0, 1))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)
    shapes = {key: tuple(tensor.shape) for key, tensor in first.items()}
    expected = {
        "hints": {"weight": (NARROW, WIDE), "scale": (WIDE,), "shift": (WIDE,)},
        "vid": {
            "first": (NARROW, WIDE),
            "second": (WIDE, WIDE),
            "third": (WIDE, WIDE),
            "variance": (WIDE,),
        },
        "cc": {
            "student": (NARROW, NARROW),
            "student_bias": (NARROW,),
            "teacher": (WIDE, NARROW),
            "teacher_bias": (NARROW,),
        },
    }
    assert shapes == expected[name]
    for key, tensor in first.items():
        if key not in ("variance", "scale", "shift"):
            inputs = NARROW if key in ("first", "student", "student_bias") else WIDE
            bound = (NARROW if name == "hints" else inputs) ** -0.5
            assert 0 < tensor.abs().max() <= bound


def test_variances_follow_what_the_student_cannot_tell():
    """Trained alone, each variance of VID becomes the mean square of what is left over."""
    method = METHODS["vid"]
    student, teacher = features(200, WIDE, seed=1), features(200, WIDE, seed=2)
    teacher = teacher * torch.tensor([0.5, 1.0, 2.0, 3.0, 4.0])
    adapter = identity(method, teacher)
    adapter["variance"].requires_grad_()
    optimiser = torch.optim.LBFGS(
        [adapter["variance"]], max_iter=200, line_search_fn="strong_wolfe"
    )

    def closure():
        optimiser.zero_grad()
        value = method.compare(student, teacher, adapter)
        value.backward()
        return value

    optimiser.step(closure)
    found = torch.nn.functional.softplus(adapter["variance"].detach()) + 1e-5
    torch.testing.assert_close(found, (student - teacher).square().mean(0), rtol=1e-2, atol=0)


def test_directions_are_unit_vectors_and_zero_stays_zero():
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    unit = directions(x)
    torch.testing.assert_close(unit, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))
    unit.sum().backward()
    assert torch.equal(x.grad[1], torch.zeros(2))


def test_both_features_come_to_the_smaller_grid():
    large, small = torch.arange(16.0).view(1, 1, 4, 4), torch.zeros(1, 2, 2, 2)
    first, second = on_one_grid(large, small)
    assert second is small
    torch.testing.assert_close(first, torch.tensor([[[[2.5, 4.5], [10.5, 12.5]]]]))
    first, second = on_one_grid(torch.zeros(1, 1, 2, 6), torch.zeros(1, 1, 4, 3))
    assert first.shape == second.shape == (1, 1, 2, 3)
