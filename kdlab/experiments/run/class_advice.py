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
from kdlab.translation import say

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
        return say("One seed says nothing about single classes: train with more seeds.")
    rest = found.gains.compared - int(found.helped.sum()) - int(found.hurt.sum())
    words = say(
        "Of {classes} classes, distillation clearly helps {helped} and clearly hurts {hurt}; "
        "{rest} remain unclear.",
        classes=found.gains.compared,
        helped=_counted(history, found, found.helped),
        hurt=_counted(history, found, found.hurt),
        rest=rest or say("none"),
    )
    return " ".join(filter(None, (words, _in_these(history, found), _few_labels(history, found))))


def _counted(history: History, found: ByClass, which: NDArray[np.bool_]) -> str:
    """How many classes, which, and of how many test examples; of many only how many."""
    classes = np.flatnonzero(which).tolist()
    if not classes or len(classes) > NAMED:
        return str(len(classes) or say("none"))
    told = ", ".join(f"“{found.names[n]}”: {found.images[n]:,}" for n in classes)
    return say(
        "{count} ({told} test {what})", count=len(classes), told=told, what=say(history.noun)
    )


def _in_these(history: History, found: ByClass) -> str:
    """The classes of which the seeds are sure and the test examples are not."""
    lost, gained = (which & found.chance for which in (found.gains.hurt, found.gains.helped))
    classes = [int(n) for n in np.flatnonzero(lost | gained)]
    if not classes:
        return ""
    told = [
        (
            say(
                "“{name}” loses in these {count}", name=found.names[n], count=f"{found.images[n]:,}"
            )
            if lost[n]
            else say(
                "“{name}” gains in these {count}",
                name=found.names[n],
                count=f"{found.images[n]:,}",
            )
        )
        for n in classes[:NAMED]
    ]
    more = len(classes) - len(told)
    rest = say(", and {more} more in theirs", more=more) if more else ""
    return say(
        "{told} test {what}{rest}: with others that could change.",
        told=say(", ").join(told),
        what=say(history.noun),
        rest=rest,
    )


def _few_labels(history: History, found: ByClass) -> str:
    """Of which class a student sees hardly any label; empty where of each some."""
    started = history.started
    if started is None or found.training is None:
        return ""
    seen = labels_of_classes(found.training, started.labelled)
    few = [int(n) for n in np.argsort(seen, kind="stable") if seen[n] < FEW_LABELS]
    if not few:
        return ""
    told = say(", ").join(
        say("“{name}” has {count}", name=found.names[n], count=seen[n] or say("none"))
        for n in few[:NAMED]
    )
    more = len(few) - NAMED
    rest = (
        say(", and {more} more have fewer than {few}", more=more, few=FEW_LABELS)
        if more > 0
        else ""
    )
    return say(
        "Of the {count} labels that a student sees, {told}{rest}.",
        count=f"{started.labelled:,}",
        told=told,
        rest=rest,
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
    classes = say("; ").join(named) + (say("; and {more} more", more=more) if more else "")
    words = say(
        "{average} {classes}. The intervals of classes are over seeds, and hold for all {count} "
        "classes at once. {few}",
        average=_average(average),
        classes=classes,
        count=found.gains.compared,
        few=_few(found, lost[:NAMED]),
    )
    return words.strip()


def _average(gain: Gain) -> str:
    """How the sentence begins."""
    told = gain.told()
    if gain.verdict == "helped":
        return say(
            "Distillation helps on average, {told}, but not in every class. These lose:", told=told
        )
    if gain.verdict == "hurt":
        return say(
            "Distillation hurts on average, {told}, and most of all in these classes:", told=told
        )
    return say(
        "On average the effect of distillation is unclear, {told}. These classes lose:", told=told
    )


def _class(history: History, found: ByClass, n: int) -> str:
    """What one class loses, and how large it is."""
    gains = found.gains
    gain = Gain(
        float(gains.mean[n]), (float(gains.sure_low[n]), float(gains.sure_high[n])), found.seeds
    )
    return say(
        "“{name}” {gain}, {share} % of the {part} {what}",
        name=found.names[n],
        gain=gain.within().told(),
        share=f"{100 * found.frequent[n]:.1f}",
        part=say(found.counted_in),
        what=say(history.noun),
    )


def _few(found: ByClass, classes: list[int]) -> str:
    """That seeds are not all of the chance: of how few test examples some of ``classes`` are."""
    unsure = [
        say("“{name}” has {count} test examples", name=found.names[n], count=f"{found.images[n]:,}")
        for n in classes
        if found.chance[n]
    ]
    if not unsure:
        return ""
    return say("But {classes}: with others that could change.", classes=say(", ").join(unsure))


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
    fewer = f"{ratio:.{0 if ratio >= 10 else 1}f}"
    times = say(", {ratio} times fewer", ratio=fewer) if counts[least] else ""
    unclear = (
        say(", which may be chance") if balanced.gain.verdict in ("unclear", "one seed") else ""
    )
    return say(
        "“{large}” has {many} {part} {what}, “{small}” {few}{times}. Accuracy says little about "
        "small classes; read balanced accuracy, the mean recall of all classes: {alone} on labels "
        "alone, {distilled} distilled, {gain}{unclear}.",
        large=found.names[most],
        many=f"{counts[most]:,}",
        part=say(found.counted_in),
        what=say(history.noun),
        small=found.names[least],
        few=f"{counts[least]:,}",
        times=times,
        alone=alone,
        distilled=distilled,
        gain=balanced.gain.told(),
        unclear=unclear,
    )
