"""Whether a mean hides something, in sentences: a class that distillation hurts while it helps on
average, and classes so uneven that accuracy says little."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kdlab.experiments.run.by_class import ByClass, by_class, judged
from kdlab.experiments.run.history import History
from kdlab.experiments.uneven import UNEVEN
from kdlab.measure.gain import Gain
from kdlab.measure.measures import ACCURACY
from kdlab.measure.per_class import labels_of_classes

NAMED = 3
"""Classes that a sentence names; of more it says how many."""
FAR = 2
"""Times the average loss that a class loses before it is named beside it."""
FEW_LABELS = 5
"""Labels of a class below which it is told how few a student sees."""


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
        return "One seed says nothing about single classes: train with more seeds."
    rest = found.gains.compared - int(found.helped.sum()) - int(found.hurt.sum())
    words = (
        f"Of {found.gains.compared} classes, distillation clearly helps "
        f"{_counted(history, found, found.helped)} and clearly hurts "
        f"{_counted(history, found, found.hurt)}; {rest or 'none'} remain unclear."
    )
    return " ".join(filter(None, (words, _in_these(history, found), _few_labels(history, found))))


def _counted(history: History, found: ByClass, which: NDArray[np.bool_]) -> str:
    """How many classes, which, and of how many test examples; of many only how many."""
    classes = np.flatnonzero(which).tolist()
    if not classes or len(classes) > NAMED:
        return str(len(classes) or "none")
    told = ", ".join(f"“{found.names[n]}”: {found.images[n]:,}" for n in classes)
    return f"{len(classes)} ({told} test {history.noun})"


def _in_these(history: History, found: ByClass) -> str:
    """The classes of which the seeds are sure and the test examples are not."""
    lost, gained = (which & found.chance for which in (found.gains.hurt, found.gains.helped))
    classes = [int(n) for n in np.flatnonzero(lost | gained)]
    if not classes:
        return ""
    told = [
        f"“{found.names[n]}” {'loses' if lost[n] else 'gains'} in these {found.images[n]:,}"
        for n in classes[:NAMED]
    ]
    more = len(classes) - len(told)
    rest = f", and {more} more in theirs" if more else ""
    return f"{', '.join(told)} test {history.noun}{rest}: with others that could change."


def _few_labels(history: History, found: ByClass) -> str:
    """Of which class a student sees hardly any label; empty where of each some."""
    started = history.started
    if started is None or found.training is None:
        return ""
    seen = labels_of_classes(found.training, started.labelled)
    few = [int(n) for n in np.argsort(seen, kind="stable") if seen[n] < FEW_LABELS]
    if not few:
        return ""
    told = ", ".join(f"“{found.names[n]}” has {seen[n] or 'none'}" for n in few[:NAMED])
    more = len(few) - NAMED
    rest = f", and {more} more have fewer than {FEW_LABELS}" if more > 0 else ""
    return f"Of the {started.labelled:,} labels that a student sees, {told}{rest}."


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
        return f"Distillation helps on average, {told}, but not in every class. These lose:"
    if gain.verdict == "hurt":
        return f"Distillation hurts on average, {told}, and most of all in these classes:"
    return f"On average the effect of distillation is unclear, {told}. These classes lose:"


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
    unsure = [
        f"“{found.names[n]}” has {found.images[n]:,} test examples"
        for n in classes
        if found.chance[n]
    ]
    if not unsure:
        return ""
    return f"But {', '.join(unsure)}: with others that could change."


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
        f"“{found.names[most]}” has {counts[most]:,} {found.counted_in} {history.noun}, "
        f"“{found.names[least]}” {counts[least]:,}{times}. Accuracy says little about small "
        f"classes; read balanced accuracy, the mean recall of all classes: {alone} on labels "
        f"alone, {distilled} distilled, {balanced.gain.told()}{unclear}."
    )
