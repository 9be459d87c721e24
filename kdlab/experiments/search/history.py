"""fold: the events of a search, from all who take part -> trials and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from kdlab.events import (
    DISTILLED,
    LABELS_ONLY,
    Event,
    SearchFinished,
    SearchStarted,
    TrialsDone,
)
from kdlab.events.history import EventHistory
from kdlab.experiments.search.judged import measure_in
from kdlab.experiments.search.result import front, ranked
from kdlab.measure.measures import ACCURACY, BITS, MEASURES, Measure
from kdlab.measure.results import Students, results_table

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
ON_DEVICE = ("int8_bytes", "int8_latency_ms")
"""Columns of a search with a limit of these."""
Row = dict[str, Any]


def repeatable(finished: SearchFinished) -> list[str]:
    """A sentence where another search with the same settings may find something else."""
    if finished.workers < 2:
        return []
    return [
        f"Found by {finished.workers} workers, which asked in the order of their speed: another "
        "search with these settings may try other students."
    ]


FEW_TRIALS = 30
"""Complete trials below which a share of importance is hardly more than chance: PED-ANOVA holds the
best tenth of them against all, and of ten trials that is one."""


class SearchHistory(EventHistory[SearchStarted, SearchFinished]):
    """What is known of a search so far, from events in any order."""

    BEGINS, ENDS = SearchStarted, SearchFinished

    def __init__(
        self, events: Iterable[Event] = (), judged: Measure = ACCURACY, noun: str = ""
    ) -> None:
        """``judged``: by what its trials will be judged; those that there are say it themselves.
        ``noun``: what is classified, which no event says."""
        self._judged, self._noun = judged, noun
        self._trials: dict[int, Row] = {}
        self._seconds = 0.0
        self._before: int | None = None
        super().__init__(events)

    @property
    def noun(self) -> str:
        """What is classified, in the plural."""
        return self._noun or ("characters" if self.judged is BITS else "examples")

    def _keep(self, event: Event) -> None:
        if isinstance(event, TrialsDone):
            self._trials |= {int(row["number"]): row for row in event.trials}
            self._seconds = max(self._seconds, event.seconds)

    def _begin(self, event: SearchStarted) -> None:
        """Whoever helps begins later, and knows of trials that this search has trained: the first
        to begin says how many there were before."""
        super()._begin(event)
        known = self._before
        self._before = event.resumed if known is None else min(known, event.resumed)

    @property
    def trials(self) -> list[Row]:
        """All trials that ended, by number."""
        return [self._trials[number] for number in sorted(self._trials)]

    @property
    def too_few(self) -> str:
        """That so few trials hardly say which settings mattered, in a sentence; empty of more."""
        done = sum(row["state"] == "complete" for row in self.trials)
        if done >= FEW_TRIALS:
            return ""
        return (
            f"Too few trials to say which settings mattered: {done} were trained to the end, and "
            f"with fewer than {FEW_TRIALS} these shares are hardly more than chance."
        )

    @property
    def judged(self) -> Measure:
        """By what its students are judged."""
        return measure_in(self._trials.values(), self._judged)

    @property
    def best(self) -> Row | None:
        """The complete trial that is best on validation so far: the one with the highest mean
        accuracy, of text with the fewest bits per character."""
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

    @property
    def seconds_left(self) -> float | None:
        """Until the last trial, at the pace of those that were trained since this search was
        begun or gone on with; None before the first of them."""
        if self.started is None or self.finished is not None or not self._seconds:
            return None
        new = len(self._trials) - (self._before or 0)
        if new < 1:
            return None
        return self._seconds / new * max(0, self.started.trials - len(self._trials))

    def results(self) -> pd.DataFrame:
        """The best student and the same one on labels alone, with fresh seeds: one row a seed, its
        architecture and the teacher's accuracy on test images beside it, of text also its bits."""
        if self.finished is None:
            return results_table([])
        test = self.finished.test
        teacher = {"teacher_accuracy": test["teacher"]}
        if self.judged is BITS:
            teacher["teacher_bits"] = test["teacher_bits"]
        return results_table(
            Students(
                group,
                test["seeds"],
                {name: test[key][name] for name in MEASURES if name in test[key]},
                {"student": test[key]["student"], **teacher},
            )
            for group, key in ((LABELS_ONLY, "labels_only"), (DISTILLED, "best"))
        )

    def table(self) -> pd.DataFrame:
        """One row a trial: COLUMNS, where they were measured ON_DEVICE, and the mean validation
        accuracy over its seeds, of text also the bits per character."""
        told = [ACCURACY.name] + [BITS.name] * (self.judged is BITS)
        columns = [*COLUMNS, *(name for name in ON_DEVICE if any(name in r for r in self.trials))]
        rows = [
            [row.get(name) for name in columns] + [sum(row[name]) / len(row[name]) for name in told]
            for row in self.trials
        ]
        return pd.DataFrame(rows, columns=[*columns, *(f"validation_{name}" for name in told)])
