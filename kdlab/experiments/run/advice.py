"""Whether a teacher of a run can teach at all, in sentences: what is wrong, and what to change.

A teacher at chance has nothing to tell, and one that is worse than its student passes on mistakes:
a verdict that says only "cannot be told apart" would leave its reader looking in the wrong place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from kdlab.config.schema import DistilConfig
from kdlab.events import LABELS_ONLY
from kdlab.experiments.run.history import History
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import interval
from kdlab.measure.measures import BITS
from kdlab.translation import say

SURE = 1.645
"""Standard deviations: what chance exceeds once in twenty times."""
LEARNED = 0.9
"""Accuracy on its own training images from which a teacher has learned them."""
GAP = 0.1
"""How much worse on images that it has not seen: it knows its training images by heart."""
FORGOTTEN = 0.1
"""Bits per character by which a student got worse before anybody is told."""
ROUNDING = 1e-9
"""Of accuracies, which are quotients."""


def teacher_accuracies(history: History) -> str:
    """The teacher on each part of the data, as far as it is known, in a sentence."""
    ready, finished = history.teacher_ready, history.finished
    if ready is None:
        return ""
    found = {"training": ready.train_accuracy, "validation": ready.validation_accuracy}
    if finished is not None:
        found["test"] = finished.teacher_accuracy
    known = {part: value for part, value in found.items() if value is not None}
    *first, last = [
        say("{share} % of {part}", share=f"{100 * value:.1f}", part=say(part))
        for part, value in known.items()
    ]
    all_of_it = say(" and ").join([say(", ").join(first), last] if first else [last])
    return say(
        "The teacher is right on {all_of_it} {what}.", all_of_it=all_of_it, what=say(history.noun)
    )


def warnings(history: History, config: DistilConfig | None = None) -> list[str]:
    """What is wrong with the teacher of this run, of ``config`` where that is known; none where
    nothing is, or nothing is known, or the teacher has helped all the same."""
    finished = history.finished
    if finished is not None and Gain.of(finished.gain).verdict == "helped":
        return []
    brought = config is not None and bool(config.teacher_weights)
    if words := _at_chance(history):
        nothing = say("It has hardly anything to pass on.")
        return [f"{words} {nothing} {remedy(history, brought=brought)}"]
    better = _better_student(history)
    if better is None:
        return []
    known = _accuracy(history)
    if history.judged is BITS and history.finished is not None:
        known = history.finished.teacher_bits or math.nan
    words = say(
        "This teacher ({teacher}) is worse than its student on labels alone ({student}): a student "
        "that learns from it learns its mistakes.",
        teacher=history.judged.shown(known),
        student=history.judged.shown(better),
    )
    return [f"{words} {remedy(history, brought=brought)}"]


def by_heart(history: History) -> str:
    """That the students on labels alone were better before, where judged by bits: who learns few
    strings by heart is ever more surprised by all others, and part of a gain is then what stopping
    early would have saved. Empty where they were not."""
    curve = history.curve(BITS.name).get(LABELS_ONLY) if history.judged is BITS else None
    if curve is None or history.finished is None or len(curve) < 2:
        return ""
    best = min(range(len(curve)), key=lambda n: float(curve.mean[n]))
    lost = float(curve.mean[-1] - curve.mean[best])
    if not lost >= FORGOTTEN:
        return ""
    return say(
        "On labels alone the student was best after epoch {epoch} ({best} bits per validation "
        "character) and has learned its labels by heart since ({last}): stopping early would have "
        "saved {lost} bits of this difference.",
        epoch=curve.epochs[best],
        best=f"{curve.mean[best]:.2f}",
        last=f"{curve.mean[-1]:.2f}",
        lost=f"{lost:.2f}",
    )


def remedy(history: History, *, brought: bool = False) -> str:
    """What to change, by how it does on the images that it has learned from; ``brought``: its
    weights were loaded, so that no setting trains it otherwise."""
    what = say(history.noun)
    if brought:
        return say(
            "Its weights were loaded: load another teacher, or train one here. A teacher that was "
            "trained on other {what}, or with its classes in another order, cannot teach these.",
            what=what,
        )
    if history.teacher_judged is not None:
        return say(
            "Its answers come from a file: check that its classes and rows match the data, or "
            "bring the answers of a better teacher."
        )
    ready = history.teacher_ready
    if ready is not None and ready.by_heart is not None:
        return say(
            "It is made of trees: use more of them, give it more {what}, or choose a teacher of "
            "another kind.",
            what=what,
        )
    if ready is None or ready.train_accuracy is None or history.judged is BITS:
        return say(
            "Train the teacher for more epochs or with another learning rate, choose a larger one, "
            "or give it more {what}.",
            what=what,
        )
    train = say(
        "{share} % of its training {what}", share=f"{100 * ready.train_accuracy:.1f}", what=what
    )
    if ready.train_accuracy < LEARNED:
        return say(
            "It is right on only {train}: train the teacher for more epochs or with another "
            "learning rate, or choose a larger one.",
            train=train,
        )
    if ready.train_accuracy - ready.validation_accuracy > GAP:
        return say(
            "It is right on {train} but does not generalise: give it more {what}, choose a smaller "
            "teacher, or train it for fewer epochs.",
            train=train,
            what=what,
        )
    return say(
        "It is right on {train}: choose a larger teacher, or give it more {what}.",
        train=train,
        what=what,
    )


def _accuracy(history: History) -> float:
    """Of the teacher: on the test images once they were looked at, before on validation."""
    if history.finished is not None:
        return history.finished.teacher_accuracy
    return history.teacher_ready.validation_accuracy if history.teacher_ready else math.nan


def _at_chance(history: History) -> str:
    """That its answers do not depend on the images, as far as can be told; empty where they do."""
    started, finished = history.started, history.finished
    if started is None:
        return ""
    right = say("it is right on {share} %", share=f"{100 * _accuracy(history):.1f}")
    if finished is not None and (told := finished.per_class) and sum(told["images"]):
        guessed, spread = _guessed(told["answered"]["teacher"][0], told["images"])
        if _accuracy(history) > guessed + SURE * spread + ROUNDING:
            return ""
        return say(
            "This teacher cannot be told apart from chance: {right}, and a guesser that gives each "
            "answer as often, whatever the {one}, is right on {share} %.",
            right=right,
            one=say(history.noun[:-1]),
            share=f"{100 * guessed:.1f}",
        )
    size = started.validation_size if finished is None else started.test_size
    share = 1 / len(started.classes)
    if _accuracy(history) > share + SURE * math.sqrt(share * (1 - share) / size):
        return ""
    return say(
        "This teacher may be no better than always answering the most frequent class: {right}, and "
        "the most frequent of {classes} classes has at least {share} %.",
        right=right,
        classes=len(started.classes),
        share=f"{100 * share:.1f}",
    )


def _guessed(answered: Sequence[int], images: Sequence[int]) -> tuple[float, float]:
    """The accuracy that answers come to, each given so often, which do not depend on the images, of
    each class so many: its expectation, as in Cohen's kappa, and its standard deviation (Fleiss,
    Cohen and Everitt, Large sample standard errors of kappa and weighted kappa, 1969)."""
    size = sum(images)
    shares = [(given / size, there / size) for given, there in zip(answered, images, strict=True)]
    expected = math.fsum(given * there for given, there in shares)
    both = math.fsum(given * there * (given + there) for given, there in shares)
    return expected, math.sqrt(max(0.0, expected + expected**2 - both) / size)


def _better_student(history: History) -> float | None:
    """What the students on labels alone come to on the test part, on average, where they are surely
    better than the teacher; else None. Surely: neither the chance of the seeds nor that of the test
    images may explain it (of text only the former is looked at)."""
    finished, started = history.finished, history.started
    if finished is None or started is None:
        return None
    alone = next(each for each in finished.groups if each["name"] == LABELS_ONLY)
    if finished.teacher_bits is not None:
        mean, _, high = interval(alone["bits"])
        return mean if high < finished.teacher_bits else None
    own = alone["accuracy"]
    mean, low, _ = interval(own, resolution=1 / started.test_size)
    both = (mean, finished.teacher_accuracy)
    spread = math.sqrt(math.fsum(each * (1 - each) for each in both) / started.test_size)
    by_images = mean - SURE * spread
    surely = by_images if len(own) == 1 else min(low, by_images)
    return mean if surely > finished.teacher_accuracy else None
