"""Events folded into tidy tables: the only thing that charts read.

``fold`` is a pure function of the list of events, so a run that is watched live, a stored one and
one read from a file give the same tables.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from kdlab.config.schema import DistilConfig
from kdlab.data import DATASETS
from kdlab.data.naming import shown_names
from kdlab.events import (
    Confusion,
    Event,
    Measured,
    Regions,
    RunFinished,
    RunStarted,
    Sampled,
    StudentsEpoch,
    TeacherEpoch,
    TeacherReady,
    Turned,
)
from kdlab.events.history import EventHistory, put
from kdlab.experiments.run.turned import performed
from kdlab.measure.curve import Curve
from kdlab.measure.gain import Gain
from kdlab.measure.measures import ACCURACY, BITS, Measure
from kdlab.measure.per_class import ClassCounts
from kdlab.measure.results import Students, results_table
from kdlab.translation import say

MEASURES = ("accuracy", "fidelity", "hard", "soft", "loss")
NOUNS = {1: "points", 2: "characters", 3: "images"}
"""What an input with so many dimensions is one of, in a data set of another version."""
MOST_POINTS = 300
STUDENT_COLUMNS = ["epoch", "group", "seed", *MEASURES]


class History(EventHistory[RunStarted, RunFinished]):
    """A run so far. ``students`` has one row an epoch and student, ``teacher`` one an epoch."""

    BEGINS, ENDS = RunStarted, RunFinished

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.teacher_ready: TeacherReady | None = None
        self.measured: Measured | None = None
        self.epochs: list[StudentsEpoch] = []
        self.teacher_epochs: list[TeacherEpoch] = []
        self.pictures: dict[int, Regions | Confusion] = {}
        self.samples: dict[int, Sampled] = {}
        """Of text: what the models make up, by epoch."""
        self.turns: dict[int, Turned] = {}
        """Where T and alpha of the distilled students were turned, by epoch."""
        super().__init__(events)

    def _keep(self, event: Event) -> None:
        match event:
            case StudentsEpoch():
                put(self.epochs, event)
            case TeacherEpoch():
                put(self.teacher_epochs, event)
            case Regions() | Confusion():
                self.pictures[event.epoch] = event
            case Sampled():
                self.samples[event.epoch] = event
            case Turned():
                self.turns[event.epoch] = event
            case TeacherReady():
                self.teacher_ready = event
            case Measured():
                self.measured = event

    @property
    def noun(self) -> str:
        """What is classified: points, rows, characters or images; examples as long as nothing is
        known, as of a run that failed before it began."""
        if self.started is None:
            return "examples"
        if self.started.dataset in DATASETS:
            return DATASETS[self.started.dataset].noun
        return NOUNS.get(len(self.started.input_shape), "images")

    @property
    def judged(self) -> Measure:
        """By what the students are judged; accuracy as long as nothing is known."""
        told = self.teacher_epochs[0].bits if self.teacher_epochs else None
        if told is not None or (self.started and self.noun == "characters"):
            return BITS
        return ACCURACY

    @property
    def share_done(self) -> float:
        """0 to 1: epochs of the students."""
        return max(0, self.epoch) / max(1, self.started.epochs) if self.started else 0.0

    @property
    def spent(self) -> float | None:
        """Seconds since the students began."""
        return self.epochs[-1].seconds if self.epochs else None

    @property
    def epoch(self) -> int:
        """Last epoch of the students, -1 before they began."""
        return self.epochs[-1].epoch if self.epochs else -1

    def performed(self, config: DistilConfig) -> DistilConfig:
        """The configuration that repeats this run of ``config``: with what was turned so far."""
        told = [self.turns[epoch] for epoch in sorted(self.turns)]
        return performed(config, told, self.epoch)

    @property
    def picture(self) -> Regions | Confusion | None:
        """The newest picture."""
        return self.pictures[max(self.pictures)] if self.pictures else None

    @property
    def students(self) -> pd.DataFrame:
        """Tidy: epoch, group, seed, accuracy, fidelity, hard, soft, loss (validation fractions and
        training nats); of text also bits (per validation character)."""
        members = self.started.students if self.started else ()
        extra = ("bits",) if self.judged is BITS else ()
        rows = [
            (e.epoch, group, seed, *(getattr(e, name)[k] for name in (*MEASURES, *extra)))
            for e in self.epochs
            for k, (group, seed) in enumerate(members)
        ]
        return pd.DataFrame(rows, columns=[*STUDENT_COLUMNS, *extra])

    def curve(self, measure: str) -> dict[str, Curve]:
        """By group, one of MEASURES, or bits of text, over epochs, with 95 % intervals over seeds.

        Of a long run at most MOST_POINTS epochs, evenly spread, the last among them. Drawn five
        times a second, hence arrays at once.
        """
        if not self.started or not self.epochs:
            return {}
        count = len(self.epochs)
        shown = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int))
        epochs = [self.epochs[n].epoch for n in shown]
        values = np.array([getattr(self.epochs[n], measure) for n in shown])
        members: dict[str, list[int]] = {}
        for k, (group, _) in enumerate(self.started.students):
            members.setdefault(group, []).append(k)
        return {group: Curve.of(epochs, values[:, own]) for group, own in members.items()}

    @property
    def teacher(self) -> pd.DataFrame:
        """Tidy: epoch, loss, accuracy; empty where the teacher came from the store."""
        rows = [(e.epoch, e.loss, e.accuracy) for e in self.teacher_epochs]
        return pd.DataFrame(rows, columns=["epoch", "loss", "accuracy"])

    def results(self) -> pd.DataFrame:
        """One row a student, and the teacher's accuracy on test images beside it."""
        if not self.finished or not self.started:
            return results_table([])
        members = self.started.students
        last = self.epochs[-1].accuracy if self.epochs else (math.nan,) * len(members)
        found = []
        for group in self.finished.groups:
            own = [k for k, (name, _) in enumerate(members) if name == group["name"]]
            told = ("accuracy", "fidelity", "ece", "bits")
            values = {measure: group[measure] for measure in told if measure in group}
            values["validation"] = [last[k] for k in own]
            values |= self._beyond(group["name"])
            about = {"teacher_accuracy": self.finished.teacher_accuracy}
            if self.finished.teacher_bits is not None:
                about["teacher_bits"] = self.finished.teacher_bits
            found.append(Students(group["name"], [members[k][1] for k in own], values, about))
        return results_table(found)

    def counts(self) -> ClassCounts | None:
        """The test examples by class; None before the end, of text, whose measure is another, and
        in results from before they were counted."""
        told = self.finished.per_class if self.finished else None
        if not told or not self.started or self.judged is BITS:
            return None
        return ClassCounts.of(told)

    def _beyond(self, group: str) -> dict[str, list[float]]:
        """Of each student of ``group`` what is measured beside accuracy, where it is."""
        found: dict[str, list[float]] = {}
        if counts := self.counts():
            found["balanced_accuracy"] = counts.balanced_accuracy(group)
            found["macro_f1"] = counts.macro_f1(group)
        if self.finished and self.finished.calibration:
            told = self.finished.calibration[group]
            found |= {"temperature": told["temperature"], "ece_after": told["after"]}
        return found

    def per_class(self) -> pd.DataFrame:
        """One row a network and class, on the test images: how many show the class, how often it
        was answered and was right, and what follows, precision = right / answered and recall =
        right / images; NaN where nothing can be divided by. Without rows in results from before
        this was counted."""
        columns = ["network", "seed", "class", "images", "answered", "right"]
        told = self.finished.per_class if self.finished else None
        rows: list[tuple[object, ...]] = []
        if told and self.started:
            seeds: dict[str, list[object]] = {"teacher": [""]}
            for group, seed in self.started.students:
                seeds.setdefault(group, []).append(seed)
            for group, own in seeds.items():
                each = zip(own, told["answered"][group], told["right"][group], strict=True)
                rows += [
                    (group, seed, *row)
                    for seed, answered, right in each
                    for row in zip(
                        shown_names(self.started.classes),
                        told["images"],
                        answered,
                        right,
                        strict=True,
                    )
                ]
        table = pd.DataFrame(rows, columns=columns)
        for share, of in (("precision", "answered"), ("recall", "images")):
            table[share] = table["right"] / table[of].where(table[of] > 0)
        return table


def fold(events: Iterable[Event]) -> History:
    """The history that ``events`` tell."""
    return History(events)


def verdict_sentence(finished: RunFinished, turned: Iterable[Turned] = ()) -> str:
    """In words: did distillation help on the test images, hurt, or can nobody tell? Where T and
    alpha were ``turned`` after the start, also that nobody got more steps by it."""
    sentence = Gain.of(finished.gain).sentence()
    count = sum(turn.epoch > 0 for turn in turned)
    if not count:
        return sentence
    times = say("once") if count == 1 else say("{count} times", count=count)
    words = say(
        "T and α were changed {times} on the way; both kinds of student had the same batches and "
        "the same number of steps.",
        times=times,
    )
    return f"{sentence} {words}"
