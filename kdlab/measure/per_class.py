"""Measures that count every class alike, from counts of answers: recall, precision, F1.

An accuracy is mostly that of the classes that have many examples. What is told of each class needs
three counts alone: how many examples show it (``images``, (C,)), how often it was ``answered`` and
how often that was ``right`` ((..., C), one row a student). The conventions are scikit-learn's:
``balanced_accuracy_score`` leaves classes out of which there is no example, and ``f1_score`` with
``average="macro", zero_division=0`` those that are neither shown nor answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kdlab.measure.intervals import LEVEL, intervals

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


def recall(images: Counts, right: Counts) -> Shares:
    """Of the examples of each class the share that is answered right; NaN where there are none."""
    return _divided(right, images)


def balanced_accuracy(images: Counts, right: Counts) -> Shares:
    """The mean recall of the classes that have examples: (..., C) -> (...)."""
    return _mean(recall(images, right))


def f1(images: Counts, answered: Counts, right: Counts) -> Shares:
    """The harmonic mean of precision and recall, 2 right / (answered + images): 0 where nothing is
    right, NaN of a class that is neither shown nor answered."""
    return _divided(2 * right, answered + images)


def macro_f1(images: Counts, answered: Counts, right: Counts) -> Shares:
    """The mean F1 of the classes that are shown or answered: (..., C) -> (...)."""
    return _mean(f1(images, answered, right))


def step(images: Counts) -> float:
    """By how much one example moves a mean over classes: the mean over the classes that it may be
    of. Of equally large classes one over the number of examples, as of an accuracy."""
    shown = images[images > 0]
    return float((1 / shown).mean() / len(shown)) if len(shown) else 0.0


def labels_of_classes(sizes: Counts, count: int) -> Counts:
    """How many of ``count`` labels are of each class, (C,), of training examples of ``sizes`` (C,):
    in proportion (largest remainders), at least one a class where ``count`` allows."""
    share = sizes * count / max(1, int(sizes.sum()))
    take = np.floor(share).astype(np.int64)
    if count >= int((sizes > 0).sum()):
        take = np.minimum(np.maximum(take, 1), sizes)
    # largest remainders first; too many after the "at least one": take from the largest classes
    while int(take.sum()) < min(count, int(sizes.sum())):
        take[int(np.where(take < sizes, share - take, -np.inf).argmax())] += 1
    while int(take.sum()) > count:
        take[int(take.argmax())] -= 1
    return take


@dataclass(frozen=True, eq=False)
class ClassCounts:
    """What is counted of the networks of a run: examples of each class in the test part, (C,), and
    in the training part, None where that was not told; by group how often each network (S, C)
    answered each class, and how often that was right."""

    images: Counts
    training: Counts | None
    answered: Mapping[str, Counts]
    right: Mapping[str, Counts]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From ``per_class`` of :class:`kdlab.events.RunFinished`."""
        training = told.get("training")
        return cls(
            np.array(told["images"], np.int64),
            None if training is None else np.array(training, np.int64),
            {group: np.array(rows, np.int64) for group, rows in told["answered"].items()},
            {group: np.array(rows, np.int64) for group, rows in told["right"].items()},
        )

    def balanced_accuracy(self, group: str) -> list[float]:
        """One a network."""
        return list(map(float, balanced_accuracy(self.images, self.right[group])))

    def macro_f1(self, group: str) -> list[float]:
        """One a network."""
        return list(map(float, macro_f1(self.images, self.answered[group], self.right[group])))


@dataclass(frozen=True, eq=False)
class ClassGains:
    """By class, (C,): the mean of the paired differences of recall, and two intervals over seeds.

    ``low`` and ``high`` hold for each class by itself: of twenty such intervals one excludes zero
    by chance. ``sure_low`` and ``sure_high`` hold for all ``compared`` classes at once, with 95 %:
    each is one of 1 - 0.05 / compared (Bonferroni). What is said of a class is said by these. All
    end at -1 and 1.
    """

    mean: Shares
    low: Shares
    high: Shares
    sure_low: Shares
    sure_high: Shares
    compared: int

    @property
    def hurt(self) -> NDArray[np.bool_]:
        """The classes that surely lose."""
        return self.sure_high < 0

    @property
    def helped(self) -> NDArray[np.bool_]:
        """The classes that surely gain."""
        return self.sure_low > 0


def recalls(images: Counts, right: Counts) -> tuple[Shares, Shares, Shares]:
    """Mean recall of each class over students (S, C), and its 95 % interval, which ends at 0 and 1:
    (C,) each."""
    mean, low, high = intervals(recall(images, right).T, resolution=_steps(images))
    return mean, low.clip(0, 1), high.clip(0, 1)


def gains(images: Counts, plain: Counts, distilled: Counts) -> ClassGains:
    """Of ``distilled`` students over ``plain`` ones, who are right so often: (S, C) each, seed by
    seed."""
    differences = (recall(images, distilled) - recall(images, plain)).T
    compared = int((images > 0).sum())
    mean, low, high = intervals(differences, 1 - LEVEL, _steps(images))
    sure = 1 - LEVEL / max(1, compared)
    _, sure_low, sure_high = intervals(differences, sure, _steps(images))
    return ClassGains(
        mean,
        low.clip(-1, 1),
        high.clip(-1, 1),
        sure_low.clip(-1, 1),
        sure_high.clip(-1, 1),
        compared,
    )


def _steps(images: Counts) -> Shares:
    """By how much one example moves the recall of each class."""
    return 1 / np.maximum(images, 1)


def _divided(counts: Counts, of: Counts) -> Shares:
    """NaN where there is nothing to divide by."""
    return counts / np.where(of > 0, of, np.nan)


def _mean(values: Shares) -> Shares:
    """Over the classes that have a value; NaN where none has."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(-1)
    count = known.sum(-1)
    found: Shares = total / np.where(count > 0, count, np.nan)
    return found
