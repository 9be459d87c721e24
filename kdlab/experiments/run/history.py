"""Events folded into tidy tables: the only thing that charts read.

``fold`` is a pure function of the list of events, so a run that is watched live, a stored one and
one read from a file give the same tables.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pandas as pd

from kdlab.events import (
    Confusion,
    DataRead,
    Event,
    Measured,
    Progress,
    Regions,
    Remark,
    RunFailed,
    RunFinished,
    RunStarted,
    StudentsEpoch,
    TeacherEpoch,
    TeacherReady,
)
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import intervals

MEASURES = ("accuracy", "fidelity", "hard", "soft", "loss")
CURVE_COLUMNS = ["epoch", "group", "mean", "low", "high", "n"]
MOST_POINTS = 300
Epoch = TypeVar("Epoch", StudentsEpoch, TeacherEpoch)
STUDENT_COLUMNS = ["epoch", "group", "seed", *MEASURES]


@dataclass
class History:
    """A run so far. ``students`` has one row an epoch and student, ``teacher`` one an epoch."""

    started: RunStarted | None = None
    teacher_ready: TeacherReady | None = None
    measured: Measured | None = None
    finished: RunFinished | None = None
    failed: RunFailed | None = None
    progress: Progress | None = None
    data: DataRead | None = None
    """What was understood of somebody's own images."""
    epochs: list[StudentsEpoch] = field(default_factory=list)
    teacher_epochs: list[TeacherEpoch] = field(default_factory=list)
    pictures: dict[int, Regions | Confusion] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def take(self, events: Iterable[Event]) -> None:
        """Add what was told since; what comes twice is taken once, the later one."""
        for event in events:
            match event:
                case StudentsEpoch():
                    _put(self.epochs, event)
                case TeacherEpoch():
                    _put(self.teacher_epochs, event)
                case Regions() | Confusion():
                    self.pictures[event.epoch] = event
                case Progress():
                    self.progress = event
                case Remark() if event.text not in self.remarks:
                    self.remarks.append(event.text)
                case DataRead():
                    self.data = event
                case RunStarted():
                    self.started = event
                case TeacherReady():
                    self.teacher_ready = event
                case Measured():
                    self.measured = event
                case RunFinished():
                    self.finished = event
                case RunFailed():
                    self.failed = event

    @property
    def notes(self) -> list[str]:
        """Sentences on the user's own images and weights."""
        return [*(self.data.lines if self.data else []), *self.remarks]

    @property
    def share_done(self) -> float:
        """0 to 1: epochs of the students."""
        if self.started is None:
            return 0.0
        return max(0, self.epoch) / self.started.epochs

    @property
    def epoch(self) -> int:
        """Last epoch of the students, -1 before they began."""
        return self.epochs[-1].epoch if self.epochs else -1

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the students' pace so far; None before there is one."""
        if not self.epochs or not self.started or self.epoch < 1:
            return None
        return self.epochs[-1].seconds / self.epoch * (self.started.epochs - self.epoch)

    def upto(self, epoch: int) -> History:
        """The same run as it stood after ``epoch``: results that came later are not there yet."""
        if epoch >= self.epoch:
            return self
        return dataclasses.replace(
            self,
            measured=None,
            finished=None,
            failed=None,
            epochs=[e for e in self.epochs if e.epoch <= epoch],
            pictures={n: p for n, p in self.pictures.items() if n <= epoch},
        )

    @property
    def picture(self) -> Regions | Confusion | None:
        """The newest picture."""
        return self.pictures[max(self.pictures)] if self.pictures else None

    @property
    def students(self) -> pd.DataFrame:
        """Tidy: epoch, group, seed, accuracy, fidelity, hard, soft, loss (validation fractions and
        training nats)."""
        members = self.started.students if self.started else ()
        rows = [
            (e.epoch, group, seed, *(getattr(e, name)[k] for name in MEASURES))
            for e in self.epochs
            for k, (group, seed) in enumerate(members)
        ]
        return pd.DataFrame(rows, columns=STUDENT_COLUMNS)

    def curve(self, measure: str) -> pd.DataFrame:
        """Mean and 95 % interval over seeds of one of MEASURES: epoch, group, mean, low, high, n.

        Of a long run at most MOST_POINTS epochs, evenly spread, the last among them. ``low`` and
        ``high`` are NaN where there is one seed. Drawn five times a second, hence arrays at once.
        """
        if not self.started or not self.epochs:
            return pd.DataFrame([], columns=CURVE_COLUMNS)
        count = len(self.epochs)
        shown = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int))
        epochs = [self.epochs[n] for n in shown]
        values = np.array([getattr(e, measure) for e in epochs])
        parts = []
        for group in dict.fromkeys(name for name, _ in self.started.students):
            own = [k for k, (name, _) in enumerate(self.started.students) if name == group]
            mean, low, high = intervals(values[:, own])
            columns = {"mean": mean, "low": low, "high": high, "n": len(own)}
            parts.append(
                pd.DataFrame({"epoch": [e.epoch for e in epochs], "group": group, **columns})
            )
        return pd.concat(parts, ignore_index=True)

    @property
    def teacher(self) -> pd.DataFrame:
        """Tidy: epoch, loss, accuracy; empty where the teacher came from the store."""
        rows = [(e.epoch, e.loss, e.accuracy) for e in self.teacher_epochs]
        return pd.DataFrame(rows, columns=["epoch", "loss", "accuracy"])

    @property
    def results(self) -> pd.DataFrame:
        """Tidy results on the test images: group, seed, accuracy, fidelity, ece."""
        columns = ["group", "seed", "accuracy", "fidelity", "ece"]
        if not self.finished or not self.started:
            return pd.DataFrame([], columns=columns)
        rows = []
        for group in self.finished.groups:
            seeds = [seed for name, seed in self.started.students if name == group["name"]]
            measures = zip(seeds, group["accuracy"], group["fidelity"], group["ece"], strict=True)
            rows += [(group["name"], *values) for values in measures]
        return pd.DataFrame(rows, columns=columns)


def fold(events: Iterable[Event]) -> History:
    """The history that ``events`` tell."""
    history = History()
    history.take(events)
    return history


def _put(known: list[Epoch], event: Epoch) -> None:
    """Keep ``known`` in the order of epochs, each once."""
    place = bisect.bisect_left(known, event.epoch, key=lambda each: each.epoch)
    known[place : place + (place < len(known) and known[place].epoch == event.epoch)] = [event]


def verdict_sentence(finished: RunFinished) -> str:
    """In words: did distillation help on the test images, hurt, or can nobody tell?"""
    return Gain.of(finished.gain).sentence()
