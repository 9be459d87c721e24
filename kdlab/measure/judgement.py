"""What answers are worth that somebody brings, before anything is trained with them.

A student learns what its teacher says, right or wrong. So this is looked at first: how often the
answers are right, how sure they are, and whether they say more than labels would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

SURE = 0.999
"""An answer that gives a class more is as good as a label."""
NEVER_UNSURE = 0.98
"""Share of such answers from which on soft targets say no more than labels."""
FAR_BELOW = 0.1
"""Accuracy below confidence by so much: the teacher is sure of what is wrong."""
BY_HEART = 0.05
"""Accuracy on training examples above that on others by so much, where it is next to 1."""
BINS = 15


@dataclass(frozen=True)
class Judgement:
    """``accuracy``, ``confidence`` (mean probability of the class that is answered) and ``ece``
    (Guo et al. 2017, 15 bins) by part, of examples whose class is known. Of all examples: mean
    ``entropy`` in nats, ``relative`` to that of answers that know nothing, the share that is
    ``sure``, and how often each class is ``answered``. ``warnings`` are sentences on what is wrong
    with such a teacher."""

    accuracy: dict[str, float]
    confidence: dict[str, float]
    ece: dict[str, float]
    entropy: float
    relative: float
    sure: float
    answered: tuple[int, ...]
    warnings: tuple[str, ...]

    @property
    def summary(self) -> str:
        """One sentence with all of it."""
        right = ", ".join(f"{100 * a:.1f} % on {part}" for part, a in self.accuracy.items())
        part = list(self.accuracy)[-1]
        return (
            f"The teacher's answers are right for {right}; on {part} they are "
            f"{100 * self.confidence[part]:.1f} % sure on average (calibration error "
            f"{100 * self.ece[part]:.1f} %), and their entropy is {self.entropy:.2f} nats, "
            f"{100 * self.relative:.0f} % of the maximum."
        )


def judge(logits: Mapping[str, ArrayLike], targets: Mapping[str, ArrayLike]) -> Judgement:
    """What logits (N, C) by part, train first, are worth beside ``targets`` (N,), -1 where the
    class is not known."""
    p = {part: _softmax(np.asarray(z, dtype=np.float64)) for part, z in logits.items()}
    known = {part: np.asarray(targets[part]) for part in p}
    accuracy, confidence, ece = {}, {}, {}
    for part, share in p.items():
        there = known[part] >= 0
        if not there.any():
            continue
        right = share[there].argmax(1) == known[part][there]
        top = share[there].max(1)
        accuracy[part], confidence[part] = float(right.mean()), float(top.mean())
        ece[part] = _ece(top, right)
    every = np.concatenate(list(p.values()))
    classes = every.shape[1]
    entropy = float(-(every * np.log(np.maximum(every, 1e-300))).sum(1).mean())
    labels = np.concatenate(list(known.values()))
    counts = np.bincount(labels[labels >= 0], minlength=classes)
    sure = float((every.max(1) > SURE).mean())
    return Judgement(
        accuracy,
        confidence,
        ece,
        entropy,
        min(1.0, entropy / float(np.log(classes))),
        sure,
        tuple(np.bincount(every.argmax(1), minlength=classes).tolist()),
        _warnings(accuracy, confidence, sure, counts),
    )


def _warnings(
    accuracy: Mapping[str, float],
    confidence: Mapping[str, float],
    sure: float,
    counts: NDArray[np.int64],
) -> tuple[str, ...]:
    found = []
    unseen = [part for part in accuracy if part != "train"] or list(accuracy)
    right = float(np.mean([accuracy[part] for part in unseen]))
    said = float(np.mean([confidence[part] for part in unseen]))
    most = counts.max() / max(1, counts.sum())
    if right < most:
        found.append(
            f"Always answering the most frequent class is right for {100 * most:.1f} %, the "
            f"teacher for {100 * right:.1f} %: check that its classes are in the right order and "
            "that its rows match the data."
        )
    if said - right > FAR_BELOW:
        found.append(
            f"The teacher is confidently wrong: it is {100 * said:.1f} % sure and right for "
            f"{100 * right:.1f} %. A student will learn its mistakes as facts."
        )
    if sure > NEVER_UNSURE:
        found.append(
            f"The teacher is never unsure: {100 * sure:.1f} % of its answers give one class more "
            f"than {100 * SURE:.1f} %. They say hardly more than labels do; logits, or "
            "probabilities with more digits, would say more."
        )
    train = accuracy.get("train", 0.0)
    if train > 0.995 and train - right > BY_HEART:
        found.append(
            f"On training examples the teacher is right for {100 * train:.1f} %, on others for "
            f"{100 * right:.1f} %: it seems to know them by heart. Out-of-fold answers, each from "
            "a teacher that was not trained on the example, tell a student more."
        )
    return tuple(found)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return found


def _ece(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    place = (confidence * BINS).astype(int).clip(0, BINS - 1)
    gap = np.bincount(place, right - confidence, minlength=BINS)
    return float(np.abs(gap).sum() / len(right))
