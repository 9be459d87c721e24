"""Several teachers as one."""

from __future__ import annotations

import pytest
import torch

from kdlab.training.arms.averages import average


@pytest.fixture
def told():
    """Three teachers' logits (K, C, B)."""
    generator = torch.Generator().manual_seed(0)
    return [3 * torch.randn(4, 5, 6, generator=generator) for _ in range(3)]


WEIGHTS = (1.0, 2.0, 0.5)


@pytest.mark.parametrize("T", [0.5, 1.0, 4.0, 50.0])
def test_the_softmax_of_averaged_probabilities_is_their_mean(told, T):
    mean = sum(w * (z / T).softmax(1) for w, z in zip(WEIGHTS, told, strict=True)) / sum(WEIGHTS)
    found = average(told, WEIGHTS, "probabilities", T)
    torch.testing.assert_close((found / T).softmax(1), mean)


def test_temperature_may_differ_from_student_to_student(told):
    T = torch.tensor([1.0, 2.0, 4.0, 8.0]).view(-1, 1, 1)
    found = average(told, WEIGHTS, "probabilities", T)
    for k in range(4):
        alone = average([z[k : k + 1] for z in told], WEIGHTS, "probabilities", float(T[k]))
        torch.testing.assert_close(found[k], alone[0])


def test_averaged_logits_are_linear_and_know_no_temperature(told):
    expected = (told[0] + 2 * told[1] + 0.5 * told[2]) / 3.5
    for T in (1.0, 7.0):
        torch.testing.assert_close(average(told, WEIGHTS, "logits", T), expected)


@pytest.mark.parametrize("kind", ["probabilities", "logits"])
def test_only_the_proportion_of_weights_counts(told, kind):
    once = average(told, WEIGHTS, kind, 4.0)
    torch.testing.assert_close(average(told, [10 * w for w in WEIGHTS], kind, 4.0), once)


@pytest.mark.parametrize("kind", ["probabilities", "logits"])
def test_a_teacher_listed_twice_is_itself_and_one_without_weight_is_none(told, kind):
    found = average([told[0], told[0]], (1.0, 1.0), kind, 4.0)
    torch.testing.assert_close((found / 4).softmax(1), (told[0] / 4).softmax(1))
    found = average([told[0], told[1]], (1.0, 0.0), kind, 4.0)
    torch.testing.assert_close((found / 4).softmax(1), (told[0] / 4).softmax(1))
    assert average(told[:1], (3.0,), kind, 4.0) is told[0]


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_a_teacher_without_weight_excludes_nothing(told, kind):
    excludes = told[1].clone()
    excludes[..., 0, :] = -float("inf")
    found = average([told[0], excludes], [1.0, 0.0], kind, 2.0)
    torch.testing.assert_close(found.softmax(-2), told[0].softmax(-2))


def test_a_teacher_that_excludes_a_class_excludes_it_for_all_only_as_logits():
    """Why the two averages are not the same."""
    sure, open_ = torch.tensor([[[0.0], [-200.0]]]), torch.tensor([[[0.0], [0.0]]])
    found = {k: average([sure, open_], (1, 1), k, 1.0) for k in ("probabilities", "logits")}
    assert found["probabilities"].softmax(1)[0, 1].item() == pytest.approx(0.25)
    assert found["logits"].softmax(1)[0, 1].item() < 1e-20
