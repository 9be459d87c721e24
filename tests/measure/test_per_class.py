"""Recall, balanced accuracy and macro-F1 from counts, against scikit-learn; gains of each class."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, recall_score

from kdlab.measure import per_class
from kdlab.measure.intervals import interval
from kdlab.measure.per_class import ClassCounts

CLASSES = 6


def counted(targets, answers):
    """images (C,), answered and right (S, C) of answers (S, N)."""
    images = np.bincount(targets, minlength=CLASSES)
    answered = np.array([np.bincount(row, minlength=CLASSES) for row in answers])
    right = np.array([np.bincount(row[row == targets], minlength=CLASSES) for row in answers])
    return images, answered, right


def drawn(seed, *, shares, never=()):
    """Targets (N,) of classes with these ``shares``, and answers (S, N) that are right on half;
    ``never`` are the classes that nobody answers."""
    rng = np.random.default_rng(seed)
    targets = rng.choice(CLASSES, 300, p=shares)
    guessed = rng.choice([c for c in range(CLASSES) if c not in never], (4, 300))
    kept = (rng.random((4, 300)) < 0.5) & ~np.isin(targets, never)
    return targets, np.where(kept, targets, guessed)


EVEN = [1 / 6] * 6
CASES = {
    "all classes": drawn(0, shares=EVEN),
    "uneven": drawn(1, shares=[0.6, 0.3, 0.06, 0.02, 0.01, 0.01]),
    "one has no examples, and is answered": drawn(2, shares=[0.4, 0.3, 0.2, 0.1, 0.0, 0.0]),
    "one has examples, and is never answered": drawn(3, shares=EVEN, never=(2,)),
    "one is neither": drawn(4, shares=[0.4, 0.3, 0.2, 0.1, 0.0, 0.0], never=(5,)),
}


@pytest.mark.parametrize("case", CASES)
def test_measures_agree_with_sklearn(case):
    targets, answers = CASES[case]
    images, answered, right = counted(targets, answers)
    balanced = per_class.balanced_accuracy(images, right)
    f1 = per_class.macro_f1(images, answered, right)
    for k, row in enumerate(answers):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "y_pred contains classes not in y_true")
            assert balanced[k] == pytest.approx(balanced_accuracy_score(targets, row))
        expected = f1_score(targets, row, average="macro", zero_division=0)
        assert f1[k] == pytest.approx(expected)
        known = recall_score(
            targets, row, labels=range(CLASSES), average=None, zero_division=np.nan
        )
        np.testing.assert_allclose(per_class.recall(images, right)[k], known)


def test_counts_of_a_run_give_a_number_a_network():
    targets, answers = CASES["uneven"]
    images, answered, right = counted(targets, answers)
    told = ClassCounts.of(
        {
            "images": images.tolist(),
            "answered": {"a": answered.tolist()},
            "right": {"a": right.tolist()},
        }
    )
    assert told.training is None
    assert told.balanced_accuracy("a") == per_class.balanced_accuracy(images, right).tolist()
    assert told.macro_f1("a") == per_class.macro_f1(images, answered, right).tolist()


def test_one_example_moves_the_mean_of_even_classes_as_it_moves_an_accuracy():
    assert per_class.step(np.array([50, 50, 50, 50])) == pytest.approx(1 / 200)
    assert per_class.step(np.array([90, 10, 0])) == pytest.approx((1 / 90 + 1 / 10) / 2 / 2)
    assert per_class.step(np.array([0, 0])) == 0


def test_gains_are_paired_and_have_the_intervals_of_each_class():
    images = np.array([100, 50, 10, 0])
    plain = np.array([[80, 40, 8, 0], [82, 41, 7, 0], [79, 40, 8, 0], [81, 42, 8, 0]])
    distilled = np.array([[90, 41, 1, 0], [93, 40, 0, 0], [88, 40, 1, 0], [91, 43, 0, 0]])
    found = per_class.gains(images, plain, distilled)
    assert found.compared == 3
    for c in range(3):
        each = ((distilled - plain)[:, c] / images[c]).tolist()
        own = interval(each, resolution=1 / images[c])
        assert (found.mean[c], found.low[c], found.high[c]) == pytest.approx(own)
        sure = interval(each, 1 - 0.05 / 3, 1 / images[c])
        ends = (max(sure[1], -1), min(sure[2], 1))
        assert (found.sure_low[c], found.sure_high[c]) == pytest.approx(ends)
    assert found.helped.tolist() == [True, False, False, False]
    assert found.hurt.tolist() == [False, False, True, False]
    assert np.isnan(found.mean[3])


def test_of_many_classes_without_an_effect_none_is_said_to_gain_or_lose():
    """Each by itself is wrong in one of twenty cases; all together in one of twenty runs."""
    rng = np.random.default_rng(0)
    images = np.full(100, 200)
    alone = together = 0
    for _ in range(200):
        plain, distilled = rng.binomial(200, 0.7, (2, 5, 100))
        found = per_class.gains(images, plain, distilled)
        alone += bool(((found.low > 0) | (found.high < 0)).any())
        together += bool((found.hurt | found.helped).any())
    assert alone > 190
    assert together <= 20, "5 % of 200 runs are 10; more than 20 would be one chance in a thousand"


def test_of_one_seed_nothing_is_said_of_a_class():
    found = per_class.gains(np.array([10, 10]), np.array([[9, 9]]), np.array([[1, 10]]))
    assert not found.hurt.any()
    assert not found.helped.any()
    assert np.isnan(found.low).all()


def test_a_recall_has_an_interval_that_ends_at_0_and_1():
    images = np.array([10, 10])
    mean, low, high = per_class.recalls(images, np.array([[0, 10], [6, 9]]))
    assert mean.tolist() == [0.3, 0.95]
    assert (low[0], high[1]) == (0, 1)
