"""What a job needs beyond accuracy: a finished run class by class, and in measures that count every
class alike; how well the confidence of its networks says how often they are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kdlab.data.naming import shown_names
from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.run.advice import SURE
from kdlab.experiments.run.history import History
from kdlab.measure import per_class
from kdlab.measure.gain import Gain, paired_gain
from kdlab.measure.measures import ACCURACY, Measure
from kdlab.measure.per_class import ClassGains, Counts, Shares

TEACHER = "teacher"
GROUPS = (LABELS_ONLY, DISTILLED)
ERROR = replace(ACCURACY, name="calibration_error", label="Calibration error", less=True)
"""A share, of which less is better. Gains by it are told in tables alone, and never kept."""
FEW_EXAMPLES = 30
"""Test examples of a class below which nothing is said to be sure of it, whatever the seeds say."""


@dataclass(frozen=True, eq=False)
class ByClass:
    """The classes of a finished run, (C,) each: their ``names``, how many examples the test part
    and the training part have of each (None where that was not told), the mean recall of each
    network with its interval over seeds, and what distillation changes in it."""

    names: Sequence[str]
    images: Counts
    training: Counts | None
    recall: dict[str, tuple[Shares, Shares, Shares]]
    gains: ClassGains
    seeds: int

    @property
    def frequent(self) -> Shares:
        """The share of each class in the training examples, or where that is not known in the test
        examples: parts are cut class by class."""
        counts = self.images if self.training is None else self.training
        return counts / max(1, int(counts.sum()))

    @property
    def counted_in(self) -> str:
        """What ``frequent`` is a share of: training or test."""
        return "test" if self.training is None else "training"

    @property
    def chance(self) -> NDArray[np.bool_]:
        """Where the test examples of a class are so few that others could say otherwise: fewer than
        FEW_EXAMPLES, or the gain is within what their draw alone does to it. The seeds share their
        test examples, so that no interval over seeds knows of it. (Both recalls are taken to vary
        by themselves: they go together mostly, so this doubts rather too much.)"""
        pairs = [self.recall[name][0] for name in GROUPS]
        spread = np.sqrt(sum(share * (1 - share) for share in pairs) / np.maximum(self.images, 1))
        within = ~(np.abs(self.gains.mean) > SURE * spread)
        found: NDArray[np.bool_] = within | (self.images < FEW_EXAMPLES)
        return found

    @property
    def helped(self) -> NDArray[np.bool_]:
        """The classes that surely gain: neither seeds nor test examples may explain it."""
        return self.gains.helped & ~self.chance

    @property
    def hurt(self) -> NDArray[np.bool_]:
        """The classes that surely lose."""
        return self.gains.hurt & ~self.chance

    def shown(self, most: int) -> list[int]:
        """The classes for which a list of ``most`` has room, the most frequent first; of more, half
        of those that gain most and half of those that lose most."""
        frequent = [int(n) for n in np.argsort(-self.frequent, kind="stable")]
        if len(frequent) <= most:
            return frequent
        by_gain = np.argsort(np.nan_to_num(self.gains.mean), kind="stable")
        chosen = {*by_gain[: most // 2].tolist(), *by_gain[-(most // 2) :].tolist()}
        return [n for n in frequent if n in chosen]


def by_class(history: History) -> ByClass | None:
    """None before the end, of text, and of results from before classes were counted."""
    counts = history.counts()
    if counts is None or history.started is None:
        return None
    right = counts.right
    return ByClass(
        names=shown_names(history.started.classes),
        images=counts.images,
        training=counts.training,
        recall={name: per_class.recalls(counts.images, right[name]) for name in (TEACHER, *GROUPS)},
        gains=per_class.gains(counts.images, right[LABELS_ONLY], right[DISTILLED]),
        seeds=len(right[DISTILLED]),
    )


@dataclass(frozen=True)
class Judged:
    """One measure of a finished run: of the teacher, which is one network, of each student, and
    the gain, paired by seed. Numbers are shares; ``measure`` says whether less is better."""

    name: str
    label: str
    teacher: float
    students: dict[str, list[float]]
    gain: Gain

    @property
    def measure(self) -> Measure:
        """How its numbers are shown."""
        return self.gain.measure


def judged(history: History) -> list[Judged]:
    """Accuracy, balanced accuracy, macro-F1 and the calibration error before and after, as far as
    they were measured; nothing of text."""
    finished, counts = history.finished, history.counts()
    if finished is None or counts is None:
        return []
    groups = {group["name"]: group for group in finished.groups}
    accuracy = {name: list(groups[name]["accuracy"]) for name in GROUPS}
    found = [_judged("accuracy", "Accuracy", [finished.teacher_accuracy], accuracy)]
    found[0] = replace(found[0], gain=Gain.of(finished.gain))
    step = per_class.step(counts.images)
    for name, label, of in (
        ("balanced_accuracy", "Balanced accuracy", counts.balanced_accuracy),
        ("macro_f1", "Macro-F1", counts.macro_f1),
    ):
        found.append(_judged(name, label, of(TEACHER), {g: of(g) for g in GROUPS}, step))
    if told := finished.calibration:
        for part, label in (("before", ERROR.label), ("after", f"{ERROR.label}, T fitted")):
            name = f"{ERROR.name}_{part}"
            own = {group: list(told[group][part]) for group in GROUPS}
            found.append(_judged(name, label, told[TEACHER][part], own, measure=ERROR))
    return found


def _judged(
    name: str,
    label: str,
    teacher: Sequence[float],
    students: dict[str, list[float]],
    step: float = 0.0,
    measure: Measure = ACCURACY,
) -> Judged:
    gain = paired_gain(students[LABELS_ONLY], students[DISTILLED], step, measure=measure)
    return Judged(name, label, teacher[0], students, gain.within())


# -- as tables -----------------------------------------------------------------------------------


def class_table(history: History) -> pd.DataFrame:
    """A row a class: its training and test examples, the recall of each network with the ends of
    its 95 % interval over seeds, and the gain, whose interval is told by itself and corrected for
    the number of classes (Bonferroni). Fractions; without rows where classes were not counted."""
    found = by_class(history)
    if found is None:
        return pd.DataFrame()
    training = np.full(len(found.images), np.nan) if found.training is None else found.training
    columns: dict[str, Any] = {
        "class": found.names,
        "training_examples": training,
        "test_examples": found.images,
        "recall_teacher": found.recall[TEACHER][0],
    }
    for group in GROUPS:
        name = f"recall_{group.replace(' ', '_')}"
        ends = zip((name, f"{name}_low", f"{name}_high"), found.recall[group], strict=True)
        columns |= dict(ends)
    gains = found.gains
    columns |= {"gain": gains.mean, "gain_low": gains.low, "gain_high": gains.high}
    columns |= {"gain_corrected_low": gains.sure_low, "gain_corrected_high": gains.sure_high}
    return pd.DataFrame(columns)


def confusion_table(history: History) -> pd.DataFrame:
    """A row a class and answer: how often, of the test examples, each model gave it, the students
    summed over seeds, and what that is more or less of the distilled ones."""
    told = history.finished.confusion if history.finished else None
    if not told or history.started is None:
        return pd.DataFrame()
    names = shown_names(history.started.classes)
    rows = [
        (label, answer, *(told[name][n][m] for name in (TEACHER, *GROUPS)))
        for n, label in enumerate(names)
        for m, answer in enumerate(names)
    ]
    columns = ["class", "answer", TEACHER, "labels_only", "distilled"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(difference=table["distilled"] - table["labels_only"])


def calibration_table(history: History) -> pd.DataFrame:
    """A row a network: the temperature that was fitted on validation examples, and the expected
    calibration error on test examples before and after it."""
    told = history.finished.calibration if history.finished else None
    if not told or history.started is None:
        return pd.DataFrame()
    seeds: dict[str, list[Any]] = {TEACHER: [""]}
    for group, seed in history.started.students:
        seeds.setdefault(group, []).append(seed)
    names = ("temperature", "before", "after")
    rows = [
        (group, seed, *values)
        for group, own in seeds.items()
        for seed, *values in zip(own, *(told[group][name] for name in names), strict=True)
    ]
    columns = ["network", "seed", "fitted_temperature", "calibration_error"]
    return pd.DataFrame(rows, columns=[*columns, "calibration_error_after"])


# -- as JSON and as lines ------------------------------------------------------------------------


def as_json(history: History) -> dict[str, Any]:
    """What ``distill --json`` tells of it: empty where nothing was counted."""
    finished, measured = history.finished, judged(history)
    if finished is None or not measured:
        return {}
    told: dict[str, Any] = {
        each.name: {TEACHER: each.teacher, **each.students, "gain": each.gain.as_dict()}
        for each in measured[1:3]
    }
    rows = class_table(history).to_dict("records")
    told["classes"] = [{name: _number(value) for name, value in row.items()} for row in rows]
    for name in ("confusion", "calibration"):
        if (known := getattr(finished, name)) is not None:
            told[name] = known
    return told


def _number(value: Any) -> Any:
    """JSON has no NaN, and no word for numpy's numbers."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if value != value else value


def lines(history: History) -> list[str]:
    """The measures in a line each, for a terminal; without accuracy, which is told already."""
    found = []
    for each in judged(history)[1:]:
        alone, distilled = (each.students[name] for name in GROUPS)
        means = [each.measure.shown(sum(own) / len(own)) for own in (alone, distilled)]
        less = " (lower is better)" * each.measure.less
        found.append(
            f"{each.label}{less}: {means[0]} labels only, {means[1]} distilled, {each.gain.told()}"
        )
    return found
