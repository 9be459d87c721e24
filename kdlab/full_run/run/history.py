"""A full run's events as what charts and tables read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kdlab.events import (
    DISTILLED,
    LABELS_ONLY,
    Event,
    FullEpoch,
    FullFinished,
    FullStarted,
    StageDone,
    StageStarted,
)
from kdlab.events.history import EventHistory
from kdlab.measure.curve import Curve
from kdlab.measure.intervals import interval
from kdlab.measure.results import Students, results_table

if TYPE_CHECKING:
    import pandas as pd

STAGES = ("teacher", LABELS_ONLY, DISTILLED)


class FullHistory(EventHistory[FullStarted, FullFinished]):
    """What has been told so far, each event once, as a run's log has them.

    ``epochs`` of all stages, in order.
    """

    BEGINS, ENDS = FullStarted, FullFinished

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._names: set[tuple[Any, ...]] = set()
        self.stages: list[StageStarted] = []
        self.epochs: list[FullEpoch] = []
        self.done: list[StageDone] = []
        super().__init__(events)

    def _keep(self, event: Event) -> None:
        match event:
            case StageStarted():
                self._once(self.stages, event)
            case FullEpoch():
                self._once(self.epochs, event)
            case StageDone():
                self._once(self.done, event)

    def _once(self, known: list[Any], event: Any) -> None:
        name = (type(event), event.stage, event.seed, getattr(event, "epoch", None))
        if name not in self._names:
            self._names.add(name)
            known.append(event)

    @property
    def now(self) -> StageStarted | None:
        """The stage in training, None before the first and after the last."""
        if not self.stages or self.finished is not None:
            return None
        last = self.stages[-1]
        over = {(stage.stage, stage.seed) for stage in self.done}
        return None if (last.stage, last.seed) in over else last

    @property
    def share_done(self) -> float:
        """Of all the work, 0 to 1: an epoch counts with what it costs."""
        if self.finished is not None:
            return 1.0
        planned = self._planned()
        whole = sum(count * self._work(stage) for stage, count in planned.items())
        done = sum(self._trained(stage) * self._work(stage) for stage in planned)
        return done / whole if whole else 0.0

    @property
    def seconds_left(self) -> float | None:
        """From the mean seconds of an epoch of each kind of stage; of a kind that has not begun
        from what its epochs cost beside the others'. None before the first epoch."""
        if not self.epochs:
            return None
        spent = {name: [e.seconds for e in self.epochs if e.stage == name] for name in STAGES}
        known = {name: _mean(seconds) for name, seconds in spent.items() if seconds}
        work = sum(len(spent[name]) * self._work((name, 0)) for name in known)
        pace = sum(sum(spent[name]) for name in known) / work
        return sum(
            (count - self._trained(stage)) * known.get(stage[0], pace * self._work(stage))
            for stage, count in self._planned().items()
        )

    def _work(self, stage: tuple[str, int]) -> float:
        """What an epoch of this stage costs beside others."""
        known = self.started.work if self.started is not None else {}
        return known.get(stage[0], 1.0)

    def _planned(self) -> dict[tuple[str, int], int]:
        """Epochs of each stage; 0 for a teacher that was there."""
        if self.started is None:
            return {}
        known = {(s.stage, s.seed): s.epochs for s in self.stages}
        reused = {(s.stage, s.seed) for s in self.done if s.reused}
        return {
            stage: 0 if stage in reused else known.get(stage, self.started.epochs)
            for stage in self.started.stages
        }

    def _trained(self, stage: tuple[str, int]) -> int:
        """Epochs, also those before a log that began anew, which only a result or the stage's
        beginning tells of."""
        if any((s.stage, s.seed) == stage for s in self.done):
            return self._planned().get(stage, 0)
        told = [e.epoch for e in self.epochs if (e.stage, e.seed) == stage]
        return max(told + [s.epoch for s in self.stages if (s.stage, s.seed) == stage], default=0)

    def curve(self, stage: str, what: str) -> Curve:
        """``what`` (a field of FullEpoch) over epochs, with 95 % intervals over the seeds of a
        stage that have come so far."""
        values: dict[int, list[float]] = {}
        for epoch in self.epochs:
            if epoch.stage == stage:
                values.setdefault(epoch.epoch, []).append(float(getattr(epoch, what)))
        return Curve.from_rows([(n, *interval(values[n]), len(values[n])) for n in sorted(values)])

    def accuracies(self) -> dict[str, list[float]]:
        """Accuracies on the test images after the last epoch, by stage, one per seed."""
        return {
            name: [s.accuracy for s in self.done if s.stage == name]
            for name in STAGES
            if any(s.stage == name for s in self.done)
        }

    def results(self) -> pd.DataFrame:
        """One row a stage and seed that is done, the teacher among them; its stage's mean and 95 %
        interval over seeds beside it, and what it took."""
        ends = {name: interval(values) for name, values in self.accuracies().items()}
        return results_table(
            Students(
                done.stage,
                [done.seed],
                {"accuracy": [done.accuracy], "fidelity": [done.fidelity], "ece": [done.ece]},
                {
                    **dict(zip(("mean", "low", "high"), ends[done.stage], strict=True)),
                    "best_on_curve": done.best,
                    "best_epoch": done.best_epoch,
                    "seconds": done.seconds,
                    "images_per_second": done.images_per_second,
                    "reused": done.reused,
                },
            )
            for done in self.done
        )

    def rows(self) -> list[dict[str, Any]]:
        """One row an epoch and stage, for a file."""
        return [
            {
                "group": e.stage,
                "seed": e.seed,
                "epoch": e.epoch,
                "accuracy": e.accuracy,
                "loss": e.loss,
                "hard": e.hard,
                "soft": e.soft,
                "train_accuracy": e.train_accuracy,
                "learning_rate": e.learning_rate,
                "seconds": e.seconds,
                "images_per_second": e.images_per_second,
                **{f"share_{name}": share for name, share in e.shares.items()},
                "memory_bytes": e.memory_bytes,
                "utilisation": e.utilisation,
                "answered": e.answered,
            }
            for e in self.epochs
        ]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
