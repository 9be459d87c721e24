"""fold: the events of a study -> curves, results and gains of its arms.

Charts, tables, findings and the command line read this and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

from kdlab.config import DistilConfig
from kdlab.events import (
    ArmDone,
    ArmEpoch,
    Event,
    Exhibit,
    Progress,
    RunFailed,
    StudyFinished,
    StudyStarted,
    TeacherEpoch,
)
from kdlab.intervals import interval, paired_gain, verdict

MEASURES = ("validation", "test", "fidelity", "hard", "soft")


class StudyHistory:
    """What is known of the study ``config`` so far; :meth:`take` events as they come."""

    def __init__(self, config: DistilConfig, events: Iterable[Event] = ()) -> None:
        self.config = config
        self.started: StudyStarted | None = None
        self.finished: StudyFinished | None = None
        self.failed: RunFailed | None = None
        self.progress: Progress | None = None
        self.exhibits: dict[str, dict[str, Any]] = {}
        self.done: dict[str, ArmDone] = {}
        self._epochs: dict[str, list[ArmEpoch]] = {}
        self.take(events)

    def take(self, events: Iterable[Event]) -> None:
        """Add what the run has told since; what is known already changes nothing."""
        for event in events:
            match event:
                case ArmEpoch():
                    known = self._epochs.setdefault(event.arm, [])
                    if not known or event.epoch > known[-1].epoch:
                        known.append(event)
                case ArmDone():
                    self.done[event.arm] = event
                case Exhibit():
                    self.exhibits[event.name] = event.content
                case StudyStarted():
                    self.started = event
                case StudyFinished():
                    self.finished = event
                case RunFailed():
                    self.failed = event
                case Progress():
                    self.progress = event
                case TeacherEpoch():
                    self.progress = Progress(
                        stage="training a teacher", done=event.epoch, total=max(1, event.epochs)
                    )

    # -- where it stands ------------------------------------------------------------------------

    @property
    def arms(self) -> list[dict[str, Any]]:
        """{name, label, student, against, teacher} of every arm, in the order of the plan."""
        return self.started.arms if self.started else []

    def label(self, arm: str) -> str:
        """The words for an arm."""
        return next((str(a["label"]) for a in self.arms if a["name"] == arm), arm)

    def against(self, arm: str) -> str:
        """The arm on labels alone beside which ``arm`` is judged."""
        return next((str(a["against"]) for a in self.arms if a["name"] == arm), arm)

    @property
    def share_done(self) -> float:
        """0 to 1: the mean over arms of their epochs."""
        if not self.arms:
            return 0.0
        last = [self._epochs.get(str(a["name"]), []) for a in self.arms]
        shares = [known[-1].epoch / max(1, known[-1].epochs) if known else 0.0 for known in last]
        return sum(shares) / len(shares)

    @property
    def seconds_left(self) -> float | None:
        """Not told: the arms of a study cost too differently for an honest estimate."""
        return None

    # -- arms -----------------------------------------------------------------------------------

    def epochs(self, arm: str) -> list[ArmEpoch]:
        """What was told of ``arm``, epoch by epoch."""
        return self._epochs.get(arm, [])

    def curve(self, arm: str, measure: str = "test") -> pd.DataFrame:
        """epoch, mean, low, high of ``measure``, one of MEASURES: 95 % intervals over seeds."""
        rows = []
        for event in self.epochs(arm):
            values = getattr(event, measure)
            if values:
                rows.append((event.epoch, *interval(values)))
        return pd.DataFrame(rows, columns=["epoch", "mean", "low", "high"])

    def values(self, arm: str, measure: str = "accuracy") -> tuple[float, ...]:
        """One number a seed of an arm that is done: accuracy (test), validation, fidelity, ece."""
        done = self.done.get(arm)
        return () if done is None else tuple(getattr(done, measure))

    def mean(self, arm: str, measure: str = "accuracy") -> tuple[float, float, float]:
        """Mean, low and high end of the 95 % interval over seeds."""
        return interval(self.values(arm, measure), resolution=self.resolution(measure))

    def gain(self, arm: str, against: str = "", measure: str = "accuracy") -> dict[str, Any] | None:
        """``arm`` minus ``against`` (empty: its arm on labels alone), paired by seed; None before
        both are done."""
        own, other = (self.values(name, measure) for name in (arm, against or self.against(arm)))
        if not own or not other:
            return None
        return paired_gain(other, own, self.resolution(measure))

    def verdict(self, arm: str, against: str = "") -> str:
        """helped, hurt, unclear or one seed; "" before both are done, or where a student's numbers
        stopped being numbers."""
        gain = self.gain(arm, against)
        return "" if gain is None or math.isnan(gain["mean"]) else verdict(gain)

    def resolution(self, measure: str = "accuracy") -> float:
        """The step in which a measure comes: one image where it counts images, else 0."""
        if self.started is None or measure == "ece":
            return 0.0
        images = self.started.validation_size if measure == "validation" else self.started.test_size
        return 1 / images

    def table(self) -> pd.DataFrame:
        """One row an arm that is done: figures as fractions, FLOPs and seconds as they were."""
        rows = []
        for arm in self.arms:
            name = str(arm["name"])
            done = self.done.get(name)
            if done is None:
                continue
            mean, low, high = self.mean(name)
            gain = self.gain(name) if self.against(name) != name else None
            ci = gain["ci95"] if gain and gain["ci95"] else (math.nan, math.nan)
            rows.append(
                {
                    "arm": name,
                    "label": arm["label"],
                    "student": arm["student"],
                    "teacher": arm["teacher"],
                    "accuracy": mean,
                    "low": low,
                    "high": high,
                    "against": self.against(name) if gain else "",
                    "gain": gain["mean"] if gain else math.nan,
                    "gain_low": ci[0],
                    "gain_high": ci[1],
                    "fidelity": self.mean(name, "fidelity")[0],
                    "ece": self.mean(name, "ece")[0],
                    **{k: v for k, v in done.cost.items() if k != "architecture"},
                }
            )
        return pd.DataFrame(rows)

    def rows(self) -> pd.DataFrame:
        """One row an arm and seed, for a CSV file."""
        seeds = self.started.seeds if self.started else ()
        return pd.DataFrame(
            [
                {
                    "arm": name,
                    "label": self.label(name),
                    "seed": seed,
                    "test_accuracy": done.accuracy[n],
                    "validation_accuracy": done.validation[n],
                    "fidelity": done.fidelity[n],
                    "calibration_error": done.ece[n],
                }
                for name, done in self.done.items()
                for n, seed in enumerate(seeds)
            ]
        )
