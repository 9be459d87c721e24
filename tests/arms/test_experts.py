"""Teachers that know some classes only."""

from __future__ import annotations

import pytest
import torch
from plain_loop import QUICK, returned

from kdlab.events import Progress, RunFailed
from kdlab.training.arms import TeacherSpec
from kdlab.training.arms.experts import expert_targets, train_expert


def test_other_classes_are_one_dustbin_that_is_spread_evenly():
    found = expert_targets(torch.tensor([0, 2, 4, 3]), 5, (0, 2))
    third = 1 / 3
    assert found.tolist() == [
        [1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0],
        pytest.approx([0, third, 0, third, third]),
        pytest.approx([0, third, 0, third, third]),
    ]


def test_who_knows_every_class_is_no_expert():
    targets = torch.arange(5)
    assert torch.equal(expert_targets(targets, 5, (0, 1, 2, 3, 4)), torch.eye(5))


def test_an_expert_knows_its_classes_and_does_not_tell_the_others_apart(quick_split):
    expert = returned(train_expert(QUICK, TeacherSpec(classes=(0, 1, 2, 3, 4)), quick_split))
    targets, p = quick_split.train.targets, expert.train_logits.softmax(1)
    known = targets < 5
    assert (p[known].argmax(1) == targets[known]).float().mean() > 0.9
    # of its own classes it says which, of the others only that they are others
    assert p[known].max(1).values.mean() > 2 * p[~known].max(1).values.mean()
    assert p[~known][:, :5].sum(1).mean() < 0.4
    assert not expert.module.training
    assert not any(w.requires_grad for w in expert.module.parameters())


def test_experts_of_one_seed_are_the_same_and_others_are_not(quick_split):
    config = QUICK.model_copy(update={"teacher_epochs": 1})
    a, b, c = (
        returned(
            train_expert(config, TeacherSpec(classes=(0, 1), seed=seed), quick_split)
        ).test_logits
        for seed in (3, 3, 4)
    )
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_an_expert_whose_loss_is_no_number_is_told(quick_split):
    inputs = quick_split.train.inputs.clone()
    inputs[0] = float("nan")
    broken = type(quick_split.train)(inputs, quick_split.train.targets)
    split = type(quick_split)(
        quick_split.classes, quick_split.shape, broken, quick_split.validation, quick_split.test,
        quick_split.mean, quick_split.std,
    )  # fmt: skip
    events = list(train_expert(QUICK, TeacherSpec(classes=(0, 1)), split))
    assert isinstance(events[-1], RunFailed)
    assert "Lower the teacher's learning rate" in events[-1].reason
    assert all(isinstance(e, Progress) for e in events[:-1])
