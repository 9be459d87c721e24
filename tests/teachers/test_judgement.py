"""What answers are worth, against the lab's own metrics and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kdlab.measure import metrics
from kdlab.measure.judgement import judge
from kdlab.measure.probabilities import FLOOR, centred, log_of, raised, told_of

PARTS = ("train", "validation", "test")
DRAW = np.random.default_rng(3)


def answers(sharpness: float, right: float = 1.0) -> tuple[dict, dict]:
    """Logits of 200 examples in each part, and classes, of which this share is answered."""
    targets = {part: np.arange(200) % 4 for part in PARTS}
    said = {part: np.where(DRAW.random(200) < right, y, (y + 1) % 4) for part, y in targets.items()}
    logits = {
        part: sharpness * np.eye(4)[y] + DRAW.normal(size=(200, 4)) for part, y in said.items()
    }
    return logits, targets


def test_it_says_what_the_labs_metrics_say():
    logits, targets = answers(3.0, 0.8)
    found = judge(logits, targets)
    for part in PARTS:
        z = torch.from_numpy(logits[part]).float().t()[None]
        y = torch.from_numpy(targets[part])
        assert found.accuracy[part] == pytest.approx(metrics.accuracy(z, y)[0])
        assert found.ece[part] == pytest.approx(metrics.calibration_error(z, y)[0], abs=1e-6)
    p = torch.from_numpy(np.concatenate(list(logits.values()))).softmax(1)
    assert found.entropy == pytest.approx(torch.distributions.Categorical(p).entropy().mean())
    assert found.relative == pytest.approx(found.entropy / np.log(4))
    assert sum(found.answered) == 600
    assert "nats" in found.summary


def test_examples_without_a_class_count_for_what_is_answered_alone():
    logits, targets = answers(3.0)
    hidden = {part: np.where(np.arange(200) < 50, y, -1) for part, y in targets.items()}
    few = judge(
        {part: z[:50] for part, z in logits.items()}, {p: y[:50] for p, y in targets.items()}
    )
    found = judge(logits, hidden)
    assert found.accuracy == few.accuracy
    assert found.entropy == judge(logits, targets).entropy


@pytest.mark.parametrize(
    ("sharpness", "right", "words"),
    [
        (5.0, 0.95, ()),
        (20.0, 0.95, ("never unsure",)),
        (6.0, 0.6, ("confidently wrong",)),
        (6.0, 0.1, ("most frequent class", "confidently wrong")),
    ],
)
def test_a_teacher_that_teaches_nothing_good_is_told_so(sharpness, right, words):
    warnings = judge(*answers(sharpness, right)).warnings
    assert len(warnings) == len(words)
    for sentence, word in zip(warnings, words, strict=True):
        assert word in sentence


def test_answers_by_heart_are_told():
    logits, targets = answers(5.0, 0.8)
    logits["train"] = 8 * np.eye(4)[targets["train"]]
    assert any("by heart" in sentence for sentence in judge(logits, targets).warnings)


def test_logarithms_are_what_a_softmax_makes_the_probabilities_of():
    p = DRAW.dirichlet(np.ones(5), 50)
    z = log_of(p)
    assert np.allclose(z.mean(1), 0, atol=1e-6)
    assert np.allclose(torch.from_numpy(z).softmax(1), p, atol=1e-6)
    assert np.allclose(log_of(3 * p), z, atol=1e-6), "they are divided by their sum"
    assert np.allclose(centred(np.log(p) + 7), z, atol=1e-5)


def test_zero_is_raised_to_the_floor_and_counted():
    p = np.array([[1.0, 0.0], [0.5, 0.5], [1 - 1e-9, 1e-9]])
    found = torch.from_numpy(log_of(p)).double().softmax(1)
    assert found[0, 1] == pytest.approx(FLOOR, rel=1e-3)
    assert found[2, 1] == pytest.approx(FLOOR, rel=1e-3)
    assert raised(p) == 2
    assert told_of(2, 3).startswith("2 of 3 answers")
    assert told_of(0, 3) == ""
