"""Whether a teacher of a run can teach at all, in sentences: what is wrong, and what to change.

A teacher at chance has nothing to tell, and one that is worse than its student passes on mistakes:
a verdict that says only "cannot be told apart" would leave its reader looking in the wrong place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from kdlab.events import LABELS_ONLY
from kdlab.experiments.run.history import History
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import interval

SURE = 1.645
"""Standard deviations: what chance exceeds once in twenty times."""
LEARNED = 0.9
"""Accuracy on its own training images from which a teacher has learned them."""
GAP = 0.1
"""How much worse on images that it has not seen: it knows its training images by heart."""


def teacher_accuracies(history: History) -> str:
    """The teacher on each part of the data, as far as it is known, in a sentence."""
    ready, finished = history.teacher_ready, history.finished
    if ready is None:
        return ""
    found = {"training": ready.train_accuracy, "validation": ready.validation_accuracy}
    if finished is not None:
        found["test"] = finished.teacher_accuracy
    known = {part: value for part, value in found.items() if value is not None}
    *first, last = [f"{100 * value:.1f} % of {part}" for part, value in known.items()]
    all_of_it = f"{', '.join(first)} and {last}" if first else last
    return f"The teacher is right on {all_of_it} {_noun(history)}."


def warnings(history: History) -> list[str]:
    """What is wrong with the teacher of this run; none where nothing is, or nothing is known."""
    chance = _chance(history)
    if chance is not None:
        words = (
            "This teacher cannot be told apart from chance: it is right on "
            f"{100 * _accuracy(history):.1f} %, and whoever always gives the commonest class on "
            f"{100 * chance:.1f} %. It has hardly anything to pass on."
        )
        return [f"{words} {remedy(history)}"]
    better = _better_student(history)
    if better is None:
        return []
    words = (
        f"This teacher ({100 * _accuracy(history):.1f} %) is worse than its student on labels "
        f"alone ({100 * better:.1f} %): who learns from it learns its mistakes."
    )
    return [f"{words} {remedy(history)}"]


def remedy(history: History) -> str:
    """What to change, by how it does on the images that it has learned from."""
    ready = history.teacher_ready
    if ready is None or ready.train_accuracy is None:
        return (
            "Train the teacher for more epochs, with another learning rate, choose a larger one, "
            "or give it more images."
        )
    train = f"{100 * ready.train_accuracy:.1f} % of its training {_noun(history)}"
    if ready.train_accuracy < LEARNED:
        return (
            f"It has learned only {train}: train the teacher for more epochs, with another "
            "learning rate, or choose a larger one."
        )
    if ready.train_accuracy - ready.validation_accuracy > GAP:
        return (
            f"It knows {train} and has not learned what they have in common: give it more images, "
            "or a smaller teacher or fewer epochs."
        )
    return f"It has learned {train}: choose a larger teacher, or give it more images."


def _accuracy(history: History) -> float:
    """Of the teacher: on the test images once they were looked at, before on validation."""
    if history.finished is not None:
        return history.finished.teacher_accuracy
    return history.teacher_ready.validation_accuracy if history.teacher_ready else math.nan


def _chance(history: History) -> float | None:
    """The share of the commonest class, where the teacher cannot be told from it; else None."""
    started, finished = history.started, history.finished
    if started is None:
        return None
    size = started.validation_size if finished is None else started.test_size
    counts = _counts(history)
    share = max(counts) / sum(counts) if counts else 1 / len(started.classes)
    limit = share + SURE * math.sqrt(share * (1 - share) / size)
    return share if _accuracy(history) <= limit else None


def _counts(history: History) -> Sequence[int]:
    """Test images of each class, where they are known."""
    told = history.finished.per_class if history.finished else None
    return told["images"] if told and sum(told["images"]) else ()


def _better_student(history: History) -> float | None:
    """Mean test accuracy of the students on labels alone, where they are surely better than the
    teacher and it has not helped all the same; else None."""
    finished, started = history.finished, history.started
    if finished is None or started is None or Gain.of(finished.gain).verdict == "helped":
        return None
    own = next(each["accuracy"] for each in finished.groups if each["name"] == LABELS_ONLY)
    mean, low, _ = interval(own, resolution=1 / started.test_size)
    if len(own) == 1:  # then only chance in the choice of test images can be told
        low = mean - SURE * math.sqrt(2 * mean * (1 - mean) / started.test_size)
    return mean if low > finished.teacher_accuracy else None


def _noun(history: History) -> str:
    return "points" if history.started and len(history.started.input_shape) == 1 else "images"
