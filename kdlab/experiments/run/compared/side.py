"""One of two finished runs that are compared."""

from __future__ import annotations

from dataclasses import dataclass

from kdlab import checks
from kdlab.config.schema import DistilConfig
from kdlab.events import DISTILLED, LABELS_ONLY, RunFinished, RunStarted
from kdlab.experiments.run.history import History
from kdlab.measure.gain import Gain
from kdlab.measure.measures import ACCURACY, BITS, Measure


@dataclass(frozen=True)
class Side:
    """A finished run: its configuration, normal, and its history."""

    config: DistilConfig
    history: History

    @classmethod
    def of(cls, config: DistilConfig, history: History) -> Side:
        """The run of ``config``; ValueError where it is not finished."""
        if history.started is None or history.finished is None:
            raise ValueError("only finished runs are compared")
        return cls(checks.normal(config), history)

    @property
    def started(self) -> RunStarted:
        """Who took part."""
        assert self.history.started is not None, "the run is finished"
        return self.history.started

    @property
    def finished(self) -> RunFinished:
        """Its result."""
        assert self.history.finished is not None, "the run is finished"
        return self.history.finished

    @property
    def measure(self) -> Measure:
        """By what its students are judged."""
        return ACCURACY if self.finished.teacher_bits is None else BITS

    @property
    def resolution(self) -> float:
        """The step in which its results come."""
        return 1 / max(1, self.started.test_size) if self.measure is ACCURACY else 0.0

    @property
    def teacher(self) -> float:
        """What its teacher comes to on the test part."""
        bits = self.finished.teacher_bits
        return self.finished.teacher_accuracy if bits is None else bits

    @property
    def seeds(self) -> tuple[int, ...]:
        """Those of its students, rising."""
        return tuple(sorted({seed for _, seed in self.started.students}))

    def results(self, group: str) -> dict[int, float]:
        """Seed -> what the student of this group came to on the test part."""
        seeds = [seed for name, seed in self.started.students if name == group]
        found = [each[self.measure.name] for each in self.finished.groups if each["name"] == group]
        return dict(zip(seeds, found[0] if found else (), strict=False))

    def gains(self) -> dict[int, float]:
        """Seed -> what the teacher added."""
        alone, taught = self.results(LABELS_ONLY), self.results(DISTILLED)
        return {seed: taught[seed] - alone[seed] for seed in alone if seed in taught}

    @property
    def gain(self) -> Gain:
        """The gain of the run itself, as its page tells it."""
        return Gain.of(self.finished.gain)
