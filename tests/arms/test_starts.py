"""Students that begin with layers of their teacher."""

from __future__ import annotations

import pytest
import torch
from plain_loop import moved

from kdlab import models
from kdlab.training.arms.starts import layers, start_from

SHAPE = (1, 8, 8)


TEXT = (6, 9)


def pair(teacher: str, student: str, shape=SHAPE):
    return models.build(teacher, shape, 4, 1), models.build(student, shape, 4, 2)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        *((n, SHAPE) for n in ("mlp-8-6", "cnn-4-5", "resnet8", "wrn-16-1")),
        *((n, TEXT) for n in ("gru-8-6", "gpt-2-8")),
    ],
)
def test_with_all_layers_the_student_is_the_teacher(name, shape):
    teacher, student = pair(name, name, shape)
    teacher(torch.randn(16, *shape))  # moves what batch norms remember
    with torch.no_grad():
        for parameter in teacher.parameters():  # also those that begin alike in all networks
            parameter += 0.1
    start_from(teacher, [student], ())
    assert moved(teacher, student) == 0


@pytest.mark.parametrize("name", ["mlp-8-6", "cnn-4-5"])
def test_only_the_layers_that_are_named_are_taken_over(name):
    teacher, student = pair(name, name)
    start_from(teacher, [student], (0, 2))
    same = [
        torch.equal(a[0].weight, b[0].weight)
        for a, b in zip(layers(teacher), layers(student), strict=True)
    ]
    assert same == [True, False, True]


def test_copies_do_not_share_their_weights():
    teacher, student = pair("mlp-8", "mlp-8")
    start_from(teacher, [student], ())
    with torch.no_grad():
        student[1].weight.zero_()
    assert teacher[1].weight.abs().max() > 0


def test_a_batch_norm_goes_with_the_layer_before_it():
    teacher, student = pair("resnet8", "resnet8")
    teacher(torch.randn(16, *SHAPE))
    start_from(teacher, [student], (0,))
    assert torch.equal(teacher.bn1.running_mean, student.bn1.running_mean)
    assert not torch.equal(teacher.layer1[0].bn1.running_mean, student.layer1[0].bn1.running_mean)


@pytest.mark.parametrize(
    ("teacher", "student", "kept", "message"),
    [
        ("mlp-8", "mlp-9", (0,), r"layer 1 has the shape .*\(8, 64\).*\(9, 64\)"),
        ("mlp-8", "mlp-8-8", (), "one has 3 layers and the other 2"),
        ("mlp-8", "mlp-8-8", (2,), "layer 3 is not in both"),
        ("mlp-8", "mlp-8", (5,), "layer 6 is not in both"),
    ],
)
def test_layers_that_do_not_fit_are_refused(teacher, student, kept, message):
    with pytest.raises(ValueError, match=message):
        start_from(*[[n] if i else n for i, n in enumerate(pair(teacher, student))], kept)
