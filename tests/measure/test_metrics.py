from __future__ import annotations

import pytest
import torch
from sklearn.metrics import accuracy_score, confusion_matrix

from kdlab.measure import metrics


@pytest.fixture
def answers():
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(4, 5, 200, generator=generator)
    return logits, torch.randint(5, (200,), generator=generator)


def test_accuracy_agrees_with_sklearn(answers):
    logits, targets = answers
    expected = [accuracy_score(targets, z.argmax(0)) for z in logits]
    assert metrics.accuracy(logits, targets) == pytest.approx(expected)


def test_confusion_agrees_with_sklearn(answers):
    logits, targets = answers
    mine = metrics.confusion(logits[0].argmax(0), targets, 5)
    assert mine == confusion_matrix(targets, logits[0].argmax(0)).tolist()


def test_fidelity_of_the_teacher_with_itself_is_one(answers):
    logits, _ = answers
    values = metrics.fidelity(logits, logits[1])
    assert values[1] == 1
    assert all(v < 1 for k, v in enumerate(values) if k != 1)


def test_calibration_error_against_a_slow_loop(answers):
    logits, targets = answers
    p, label = logits[2].softmax(0).max(0)
    total = 0.0
    for b in range(15):
        inside = [(float(p[i]), bool(label[i] == targets[i])) for i in range(200)
                  if min(int(float(p[i]) * 15), 14) == b]  # fmt: skip
        if inside:
            gap = sum(r for _, r in inside) - sum(c for c, _ in inside)
            total += abs(gap) / 200
    assert metrics.calibration_error(logits, targets)[2] == pytest.approx(total, abs=1e-6)


def test_a_sure_and_right_model_is_calibrated():
    logits = torch.full((1, 3, 4), -50.0)
    targets = torch.tensor([0, 1, 2, 0])
    logits[0, targets, torch.arange(4)] = 50.0
    assert metrics.calibration_error(logits, targets) == pytest.approx([0.0], abs=1e-6)


def test_calibration_in_half_precision_is_that_of_single_precision(answers):
    logits, targets = answers
    half = (3 * logits).half()
    expected = metrics.calibration_error(half.float(), targets)
    assert metrics.calibration_error(half, targets) == expected


@pytest.mark.parametrize("students", [1, 15, 40])
def test_answers_and_their_probabilities_are_those_of_a_softmax(students):
    logits = 3 * torch.randn(students, 7, 30, generator=torch.Generator().manual_seed(3))
    found = metrics.read(logits)
    assert torch.equal(found.classes, logits.argmax(-2))
    assert torch.equal(found.confidence, logits.softmax(-2).max(-2).values), "to the last bit"


@pytest.mark.parametrize(
    ("logits", "answer"),
    [
        ([1.0, 1.0, 1.0], 0),
        ([0.0, 2.0, 2.0], 1),
        ([-float("inf"), -1.0, -float("inf")], 1),
        ([0.0, float("inf"), 1.0], 1),
        ([0.0, 1.0, float("nan")], 2),
    ],
)
def test_of_equal_answers_the_first_counts_and_nothing_is_hidden(logits, answer):
    """Beside ordinary logits, which answer as if they were alone."""
    beside = torch.tensor([[0.5, 0.0, 3.0]]).t()
    both = torch.stack([torch.tensor(logits).view(3, 1), beside])
    assert metrics.answers(both).flatten().tolist() == [answer, 2]
