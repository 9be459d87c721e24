from __future__ import annotations

import pytest
import torch

from kdlab.training import labels


@pytest.fixture
def targets():
    return torch.randint(10, (1097,), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("count", [1, 9, 10, 11, 100, 1097])
def test_labels_are_chosen_class_by_class(targets, count):
    mask = labels.choose_labelled(targets, count, seed=3)
    assert int(mask.sum()) == count
    per_class = torch.bincount(targets[mask], minlength=10)
    if count >= 10:
        assert per_class.min() >= 1
    share = torch.bincount(targets).double() * count / len(targets)
    assert (per_class - share).abs().max() <= 2
    assert not torch.equal(mask, labels.choose_labelled(targets, count, seed=4)) or count == 1097


def test_a_rare_class_keeps_a_label():
    targets = torch.tensor([0] * 500 + [1] * 3)
    assert int(labels.choose_labelled(targets, 4, 0)[500:].sum()) == 1


def test_wrong_labels_are_as_many_as_asked_and_among_those_given(targets):
    labelled = labels.choose_labelled(targets, 200, 0)
    given = labels.mislabel(targets, labelled, 0.25, 10, 1)
    wrong = given != targets
    assert int(wrong.sum()) == 50
    assert not (wrong & ~labelled).any()
    assert given.min() >= 0
    assert given.max() <= 9
    assert torch.equal(targets, labels.mislabel(targets, labelled, 0.0, 10, 1))
    assert (labels.mislabel(targets, labelled, 1.0, 10, 1) != targets)[labelled].all()


def test_more_wrong_labels_keep_those_that_were_wrong(targets):
    labelled = labels.choose_labelled(targets, 200, 0)
    few, many = (labels.mislabel(targets, labelled, share, 10, 1) for share in (0.2, 0.6))
    wrong = few != targets
    assert torch.equal(few[wrong], many[wrong])
    other = labels.mislabel(targets, labelled, 0.2, 10, 2)
    assert not torch.equal(few, other)


def test_every_other_class_is_as_likely():
    zeros = torch.zeros(9000, dtype=torch.long)
    given = labels.mislabel(zeros, torch.ones(9000, dtype=torch.bool), 1.0, 4, 0)
    counts = torch.bincount(given, minlength=4).tolist()
    assert counts[0] == 0
    assert all(abs(count - 3000) < 200 for count in counts[1:])
