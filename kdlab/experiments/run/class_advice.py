"""Whether a mean hides something, in sentences: a class that distillation hurts while it helps on
average, and classes so uneven that accuracy says little."""

from __future__ import annotations

import math

import numpy as np

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.run.advice import SURE
from kdlab.experiments.run.by_class import ByClass, by_class, judged
from kdlab.experiments.run.history import History
from kdlab.measure.gain import Gain
from kdlab.measure.measures import ACCURACY

NAMED = 3
"""Classes that a sentence names; of more it says how many."""
FAR = 2
"""Times the average loss that a class loses before it is named beside it."""
UNEVEN = 3
"""Times as many examples of the largest class as of the smallest, from which it is told."""


def warnings(history: History) -> list[str]:
    """The sentences; none where nothing is hidden, or nothing is known. What is said of a class is
    said by intervals that hold for all classes at once."""
    found = by_class(history)
    if found is None:
        return []
    return [text for text in (_hurt(history, found), _uneven(history, found)) if text]


def in_words(history: History) -> str:
    """How many classes gain, lose, or cannot be told apart from no change; empty where unknown."""
    found = by_class(history)
    if found is None:
        return ""
    if found.seeds < 2:
        return "With one seed nothing can be said of a class: train with more seeds."
    up, down = int(found.gains.helped.sum()), int(found.gains.hurt.sum())
    rest = found.gains.compared - up - down
    return (
        f"Of {found.gains.compared} classes distillation surely helps {up or 'none'} and surely "
        f"hurts {down or 'none'}; of {rest or 'none'} it cannot be told."
    )


def _hurt(history: History, found: ByClass) -> str:
    """That classes surely lose, beside what happens on average: where that is a loss, too, those
    of which it hides most."""
    if history.finished is None:
        return ""
    average = Gain.of(history.finished.gain)
    least = FAR * average.mean if average.verdict == "hurt" else 0.0
    order = np.argsort(found.gains.mean, kind="stable")
    lost = [int(n) for n in order if found.gains.hurt[n] and found.gains.mean[n] <= least]
    if not lost:
        return ""
    named = [_class(history, found, n) for n in lost[:NAMED]]
    more = len(lost) - len(named)
    classes = "; ".join(named) + (f"; and {more} more" if more else "")
    words = (
        f"{_average(average)} {classes}. "
        f"The intervals of classes are over seeds, and hold for all {found.gains.compared} classes "
        f"at once. {_few(found, lost[:NAMED])}"
    )
    return words.strip()


def _average(gain: Gain) -> str:
    """How the sentence begins."""
    told = gain.told()
    if gain.verdict == "helped":
        return f"Distillation gains on average, {told}, but not in every class. These lose:"
    if gain.verdict == "hurt":
        return f"Distillation loses on average, {told}. Most of all in these classes:"
    return f"Whether distillation helps on average cannot be told, {told}. These classes lose:"


def _class(history: History, found: ByClass, n: int) -> str:
    """What one class loses, and how large it is."""
    gains = found.gains
    gain = Gain(
        float(gains.mean[n]), (float(gains.sure_low[n]), float(gains.sure_high[n])), found.seeds
    )
    share = f"{100 * found.frequent[n]:.1f} % of the {found.counted_in} {history.noun}"
    return f"“{found.names[n]}” {gain.within().told()}, {share}"


def _few(found: ByClass, classes: list[int]) -> str:
    """That seeds are not all of the chance: of how few test examples some of ``classes`` are."""
    unsure = []
    for n in classes:
        images = int(found.images[n])
        means = [float(found.recall[name][0][n]) for name in (LABELS_ONLY, DISTILLED)]
        spread = math.sqrt(math.fsum(share * (1 - share) for share in means) / images)
        if abs(float(found.gains.mean[n])) <= SURE * spread:
            unsure.append(f"“{found.names[n]}” has {images} test examples")
    if not unsure:
        return ""
    return f"But {', '.join(unsure)}: with others it could be otherwise."


def _uneven(history: History, found: ByClass) -> str:
    """That some classes are far larger than others, and what to read then."""
    counts = found.images if found.training is None else found.training
    most, least = int(counts.argmax()), int(counts.argmin())
    if counts[most] < UNEVEN * max(1, counts[least]) or len(counts) < 2:
        return ""
    balanced = next(each for each in judged(history) if each.name == "balanced_accuracy")
    means = [sum(own) / len(own) for own in balanced.students.values()]
    alone, distilled = (ACCURACY.shown(mean) for mean in means)
    ratio = float(counts[most] / max(1, counts[least]))
    times = f", {ratio:.{0 if ratio >= 10 else 1}f} times fewer" if counts[least] else ""
    unclear = ", which may be chance" if balanced.gain.verdict in ("unclear", "one seed") else ""
    return (
        f"Of “{found.names[most]}” there are {counts[most]:,} {found.counted_in} {history.noun}, "
        f"of “{found.names[least]}” {counts[least]:,}{times}. Accuracy says little about small "
        f"classes; read balanced accuracy, the mean recall of all classes: {alone} on labels "
        f"alone, {distilled} distilled, {balanced.gain.told()}{unclear}."
    )
