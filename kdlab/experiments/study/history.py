"""fold: the events of a study -> curves, results and gains of its arms.

Charts, tables, findings and the command line read this and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from kdlab.config.schema import StudentConfig
from kdlab.data import measure_of, noun_of
from kdlab.events import (
    ArmDone,
    ArmEpoch,
    Event,
    Exhibit,
    Progress,
    StudyFinished,
    StudyStarted,
    TeacherEpoch,
)
from kdlab.events.history import EventHistory, put_newer
from kdlab.measure.curve import Curve
from kdlab.measure.gain import Gain, paired_gain
from kdlab.measure.intervals import interval_over
from kdlab.measure.measures import ACCURACY, BITS, Measure
from kdlab.measure.results import COLUMNS, OF_TEXT, Students, results_table

RIGHT = ("accuracy", "validation")
"""Measures of what is right, whose chance is known."""
MEASURES = ("validation", "test", "fidelity", "hard", "soft")
OVER_EPOCHS = {"accuracy": "test", "validation": "validation", "fidelity": "fidelity",
               "bits": "test_bits", "validation_bits": "validation_bits"}  # fmt: skip
"""What is told of an arm that is done -> the same after each of its epochs."""


class StudyHistory(EventHistory[StudyStarted, StudyFinished]):
    """What is known of the study ``config`` so far."""

    BEGINS, ENDS = StudyStarted, StudyFinished

    def __init__(self, config: StudentConfig, events: Iterable[Event] = ()) -> None:
        self.config = config
        self.exhibits: dict[str, dict[str, Any]] = {}
        self.done: dict[str, ArmDone] = {}
        self._done: dict[str, dict[int, ArmDone]] = {}
        self._epochs: dict[str, dict[int, list[ArmEpoch]]] = {}
        super().__init__(events)

    def _keep(self, event: Event) -> None:
        match event:
            case ArmEpoch():
                of_arm = self._epochs.setdefault(event.arm, {})
                put_newer(of_arm.setdefault(event.teacher, []), event)
            case ArmDone():
                of_all = self._done.setdefault(event.arm, {})
                of_all[event.teacher] = event
                self.progress = None  # what was told was of work before the students
                if len(of_all) == self.teachers:
                    self.done[event.arm] = together(of_all)
            case Exhibit():
                self.exhibits[event.name] = event.content
            case TeacherEpoch():
                self.progress = Progress(
                    stage="training a teacher", done=event.epoch, total=max(1, event.epochs)
                )

    @property
    def judged(self) -> Measure:
        """By what its students are judged: of text by bits per character, else by accuracy."""
        return measure_of(self.config.dataset)

    @property
    def chooses(self) -> str:
        """The same on validation examples, as :meth:`values` names it: what chooses among arms
        where test examples judge."""
        return "validation_bits" if self.judged is BITS else "validation"

    @property
    def noun(self) -> str:
        """What its sentences call the examples: characters, rows; points are images here, too."""
        found = noun_of(self.config.dataset)
        return "images" if found == "points" else found

    @property
    def counted(self) -> str:
        """Its measure on test examples, within a sentence."""
        return "bits per test character" if self.judged is BITS else "test accuracy"

    # -- where it stands ------------------------------------------------------------------------

    @property
    def arms(self) -> list[dict[str, Any]]:
        """{name, label, student, against, teacher, taught} of every arm, in the order of the
        plan."""
        return self.started.arms if self.started else []

    @property
    def teachers(self) -> int:
        """How many teachers have students of their own in every arm."""
        return self.started.teachers if self.started else 1

    def label(self, arm: str) -> str:
        """The words for an arm."""
        return next((str(a["label"]) for a in self.arms if a["name"] == arm), arm)

    def against(self, arm: str) -> str:
        """The arm on labels alone beside which ``arm`` is judged."""
        return next((str(a["against"]) for a in self.arms if a["name"] == arm), arm)

    @property
    def chance(self) -> float:
        """Accuracy of who knows nothing: one over the number of classes, whatever their shares are,
        where no class is preferred over all draws; NaN before the classes are known."""
        return 1 / len(self.started.classes) if self.started else math.nan

    def reference(self, arm: str) -> str:
        """The words for ``arm`` as what gains are over: its label, or exact chance where it stands
        for that."""
        known = self._by_chance(arm)
        return f"chance, {ACCURACY.number(self.chance)} %" if known else self.label(arm)

    def beside(self, arm: str) -> str:
        """The same within a sentence: a label in quotation marks."""
        words = self.reference(arm)
        return words if self._by_chance(arm) else f"“{words}”"

    def _by_chance(self, arm: str) -> bool:
        return bool(arm) and arm == getattr(self.config, "chance", "")

    @property
    def share_done(self) -> float:
        """0 to 1: the mean over arms of their epochs. The arms cost too differently for an honest
        estimate of the time left."""
        if not self.arms:
            return 0.0
        last = [e[-1] for a in self.arms for e in self._epochs.get(str(a["name"]), {}).values()]
        shares = [each.epoch / each.epochs if each.epochs else 1.0 for each in last]
        return sum(shares) / (len(self.arms) * self.teachers)

    # -- arms -----------------------------------------------------------------------------------

    def epochs(self, arm: str) -> list[ArmEpoch]:
        """What was told of ``arm``, epoch by epoch, of the students of all teachers together."""
        known = self._epochs.get(arm, {})
        if self.teachers == 1:
            return known.get(0, [])
        each = [known.get(n, []) for n in range(self.teachers)]
        return [epoch_together(row) for row in zip(*each, strict=False)]

    def groups(self, *arms: str) -> int:
        """How many teachers the numbers of ``arms`` depend on, whose means are the units of an
        interval (:func:`kdlab.measure.intervals.interval_over`). 1 where nothing of a teacher
        reaches any of them: then seeds are the units."""
        taught = any(bool(a.get("taught", a["teacher"])) for a in self.arms if a["name"] in arms)
        return self.teachers if taught else 1

    def curve(self, arm: str, measure: str = "test") -> Curve:
        """``measure``, one of MEASURES, over epochs, with 95 % intervals over seeds; of text also
        test_bits and validation_bits."""
        told = [(event.epoch, getattr(event, measure)) for event in self.epochs(arm)]
        groups = self.groups(arm)
        return Curve.from_rows(
            [(e, *interval_over(values, groups), len(values)) for e, values in told if values]
        )

    def values(self, arm: str, measure: str = "") -> tuple[float, ...]:
        """One number a seed of an arm that is done: accuracy (test), validation, fidelity, ece, of
        text bits (test) and validation_bits; empty: that by which the study is judged."""
        done = self.done.get(arm)
        return () if done is None else tuple(getattr(done, measure or self.judged.name))

    def mean(self, arm: str, measure: str = "") -> tuple[float, float, float]:
        """Mean, low and high end of the 95 % interval, over seeds or over teachers."""
        values, step = self.values(arm, measure), self.resolution(measure)
        return interval_over(values, self.groups(arm) if values else 1, step)

    def gain(self, arm: str, against: str = "", measure: str = "") -> Gain | None:
        """``arm`` minus ``against`` (empty: its arm on labels alone), paired by seed within its
        teacher; minus exact chance where ``against`` is the arm that stands for it
        (:class:`kdlab.experiments.study.record.StudyConfig`). None before both are done."""
        against = against or self.against(arm)
        own, other = (self.values(name, measure) for name in (arm, against))
        if not own or not other:
            return None
        if self._by_chance(against) and (measure or self.judged.name) in RIGHT:
            other = (self.chance,) * len(own)
        return self.gain_of(other, own, arm, against, measure=measure)

    def gain_of(
        self,
        baseline: Sequence[float],
        values: Sequence[float],
        *arms: str,
        measure: str = "",
        at_least: float | None = None,
    ) -> Gain:
        """The paired gain of ``values`` over ``baseline``, one number a seed each, which were
        measured on ``arms``; ``at_least`` as in :func:`kdlab.measure.gain.paired_gain`."""
        name = measure or self.judged.name
        kind = BITS if name in OF_TEXT else ACCURACY
        step = self.resolution(name)
        return paired_gain(baseline, values, step, self.groups(*arms), at_least, kind)

    @property
    def teacher_accuracies(self) -> tuple[float, ...]:
        """Test accuracy of the teacher of each student, in the order of :meth:`values`."""
        if self.started is None:
            return ()
        known = self.started.teacher_accuracies or (self.started.teacher_accuracy,)
        each = len(self.started.seeds) // self.started.teachers
        return tuple(accuracy for accuracy in known for _ in range(each))

    @property
    def teacher_value(self) -> float | None:
        """What the teacher comes to on the test part, by the measure of the study: the mean of
        several. None before that is known, or where nothing was told of it."""
        if self.started is None:
            return None
        if self.judged is BITS:
            told = self.started.teacher_bits
            return math.fsum(told) / len(told) if told else None
        return self.started.teacher_accuracy

    def verdict(self, arm: str, against: str = "") -> str:
        """helped, hurt, unclear or one seed; "" before both are done, or where a student's numbers
        stopped being numbers."""
        gain = self.gain(arm, against)
        return "" if gain is None or math.isnan(gain.mean) else gain.verdict

    def resolution(self, measure: str = "") -> float:
        """The step in which a measure comes: one image where it counts images, else 0."""
        return self.started.resolution(measure or self.judged.name) if self.started else 0.0

    def table(self) -> pd.DataFrame:
        """One row an arm that is done: figures as fractions, FLOPs and seconds as they were. Where
        the study is judged by bits per character, so is the gain, and they have three columns."""
        rows = []
        for arm in self.arms:
            name = str(arm["name"])
            done = self.done.get(name)
            if done is None:
                continue
            mean, low, high = self.mean(name, ACCURACY.name)
            bits = dict(zip(("bits", "bits_low", "bits_high"), self.mean(name), strict=True))
            gain = self.gain(name) if self.against(name) != name else None
            ci = gain.ci95 if gain and gain.ci95 else (math.nan, math.nan)
            rows.append(
                {
                    "arm": name,
                    "label": arm["label"],
                    "student": arm["student"],
                    "teacher": arm["teacher"],
                    "accuracy": mean,
                    "low": low,
                    "high": high,
                    **(bits if self.judged is BITS else {}),
                    "against": self.against(name) if gain else "",
                    "gain": gain.mean if gain else math.nan,
                    "gain_low": ci[0],
                    "gain_high": ci[1],
                    "fidelity": self.mean(name, "fidelity")[0],
                    "ece": self.mean(name, "ece")[0],
                    **{k: v for k, v in done.cost.items() if k != "architecture"},
                }
            )
        return pd.DataFrame(rows)

    def results(self) -> pd.DataFrame:
        """One row a student of each arm that is done, with the arm's label and its teacher's
        number."""
        seeds = self.started.seeds if self.started else ()
        size = max(1, len(seeds) // self.teachers)
        return results_table(
            Students(
                name,
                seeds[n : n + size],
                {name: getattr(done, name)[n : n + size] for name in (*COLUMNS, *OF_TEXT)},
                {"label": self.label(name), "teacher": n // size + 1},
            )
            for name, done in self.done.items()
            for n in range(0, len(seeds), size)
        )


def together(done: Mapping[int, ArmDone]) -> ArmDone:
    """What an arm came to with several teachers, as one: their students one after the other, and
    the mean of what a student costs in seconds."""
    each = [done[n] for n in sorted(done)]
    seconds = sum(one.cost.get("seconds", math.nan) for one in each) / len(each)
    return replace(
        each[0],
        **_joined(each, (*COLUMNS, *OF_TEXT)),
        cost=each[0].cost | {"seconds": seconds},
    )


def epoch_together(each: Sequence[ArmEpoch]) -> ArmEpoch:
    """An epoch of an arm with several teachers, as one; layers are a mean over all students."""
    layers = zip(*(e.layers for e in each), strict=True)
    return replace(
        each[0],
        **_joined(each, (*MEASURES, "validation_bits", "test_bits")),
        layers=tuple(math.fsum(values) / len(each) for values in layers),
    )


def _joined(each: Sequence[ArmDone] | Sequence[ArmEpoch], names: Sequence[str]) -> dict[str, Any]:
    """One number a seed of each, one after the other, by name."""
    return {name: tuple(v for e in each for v in getattr(e, name)) for name in names}
