"""fold: the events of a search, from all who take part -> trials and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from kdlab.events import Event, SearchFinished, SearchStarted, TrialsDone
from kdlab.events.history import EventHistory
from kdlab.experiments.search.result import front, ranked

COLUMNS = (
    "number",
    "state",
    "student",
    "teacher",
    "method",
    "temperature",
    "alpha",
    "parameters",
    "bytes",
    "flops_per_image",
    "latency_ms",
    "epochs",
)
Row = dict[str, Any]


def repeatable(finished: SearchFinished) -> list[str]:
    """A sentence where another search with the same settings may find something else."""
    if finished.workers < 2:
        return []
    return [
        f"Found by {finished.workers} workers, which asked in the order of their speed: another "
        "search with these settings may try other students."
    ]


class SearchHistory(EventHistory):
    """What is known of a search so far, from events in any order."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.started: SearchStarted | None = None
        self.finished: SearchFinished | None = None
        self._trials: dict[int, Row] = {}
        super().__init__(events)

    def _keep(self, event: Event) -> None:
        match event:
            case TrialsDone():
                self._trials |= {int(row["number"]): row for row in event.trials}
            case SearchStarted():
                self.started = event
            case SearchFinished():
                self.finished = event

    @property
    def trials(self) -> list[Row]:
        """All trials that ended, by number."""
        return [self._trials[number] for number in sorted(self._trials)]

    @property
    def best(self) -> Row | None:
        """The complete trial with the highest mean validation accuracy so far."""
        return next(iter(ranked(self.trials)), None)

    @property
    def front(self) -> list[Row]:
        """The Pareto front so far, from small to large; see
        :func:`kdlab.experiments.search.result.front`."""
        return front(self.trials)

    @property
    def share_done(self) -> float:
        """0 to 1, in trials."""
        if self.started is None:
            return 0.0
        return min(1.0, len(self._trials) / self.started.trials)

    def table(self) -> pd.DataFrame:
        """One row a trial: COLUMNS, and the mean validation accuracy over its seeds."""
        rows = [
            [row.get(name) for name in COLUMNS] + [sum(row["accuracy"]) / len(row["accuracy"])]
            for row in self.trials
        ]
        return pd.DataFrame(rows, columns=[*COLUMNS, "validation_accuracy"])
