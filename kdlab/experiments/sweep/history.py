"""fold: the events of a map, from all its shares -> arrays over cells and seeds.

Charts, tables and the command line read this and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kdlab.data import measure_of, noun_of
from kdlab.events import (
    DISTILLED,
    LABELS_ONLY,
    Event,
    SweepEpoch,
    SweepFinished,
    SweepStarted,
)
from kdlab.events.history import EventHistory, put_newer
from kdlab.experiments.sweep.config import SweepConfig
from kdlab.experiments.sweep.plan import plan
from kdlab.measure.curve import Curve
from kdlab.measure.gain import Gain, paired_gain
from kdlab.measure.intervals import intervals
from kdlab.measure.measures import ACCURACY, BITS, Measure
from kdlab.measure.results import Students, results_table

Floats = NDArray[np.float64]
MEASURES = ("validation", "test", "fidelity", "ece")
JUDGED = ("validation", "test")
"""Those that are numbers of what students are judged by."""


@dataclass(frozen=True)
class Difference:
    """Each cell against labels alone, paired by seed: (cells,) arrays, NaN where nothing is known.

    ``clear`` cells are those whose 95 % interval excludes zero. One in twenty cells is clear by
    chance alone.
    """

    mean: Floats
    low: Floats
    high: Floats

    @property
    def clear(self) -> NDArray[np.bool_]:
        """(cells,) which differences can be told from noise."""
        return (self.low > 0) | (self.high < 0)


class SweepHistory(EventHistory[SweepStarted, SweepFinished]):
    """What is known of the map ``config`` so far, from events of all its shares.

    Cells are numbered row by row from below, left to right, as :meth:`SweepConfig.cells` gives
    them; ``shape`` is (rows, columns).
    """

    BEGINS, ENDS = SweepStarted, SweepFinished

    def __init__(self, config: SweepConfig, events: Iterable[Event] = ()) -> None:
        self.config = config
        self.plan = plan(config)
        across, up = config.axes
        self.shape = (len(config.along(up)), len(config.along(across)))
        self.seconds: list[dict[str, float]] = []
        self._epochs: dict[int, list[SweepEpoch]] = {}
        self._cells = np.array(self.plan.cells)
        self._references = np.array(self.plan.references)
        super().__init__(events)

    def _keep(self, event: Event) -> None:
        if isinstance(event, SweepEpoch):
            known = self._epochs.setdefault(event.cohort, [])
            if known and known[0].members != event.members:
                known.clear()  # cut otherwise, by another version of the lab
            put_newer(known, event)

    def _finish(self, event: SweepFinished) -> None:
        super()._finish(event)  # one share of several
        if event.seconds not in self.seconds:
            self.seconds.append(event.seconds)

    # -- where it stands ------------------------------------------------------------------------

    @property
    def epochs_done(self) -> int:
        """Epochs of all cohorts together."""
        return sum(known[-1].epoch for known in self._epochs.values())

    @property
    def share_done(self) -> float:
        """0 to 1, over all cohorts of the map."""
        if self.started is None:
            return 0.0
        return self.epochs_done / (self.started.cohorts * self.started.epochs)

    def epoch(self, cell: int) -> int:
        """How many epochs the cell has behind it, -1 before it began."""
        own = self._of(self.plan.cells[cell])
        return own[-1].epoch if own else -1

    @property
    def complete(self) -> bool:
        """Whether every cohort has reached its last epoch."""
        started = self.started
        return started is not None and self.epochs_done == started.cohorts * started.epochs

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the pace of the cohorts so far; None before there is one."""
        return super().seconds_left if 0.02 < self.share_done < 1 else None

    @property
    def spent(self) -> float:
        """Seconds that the slowest cohort has taken so far."""
        return max((known[-1].seconds for known in self._epochs.values()), default=0.0)

    @property
    def cohorts_done(self) -> int:
        """How many cohorts have reached their last epoch, and are kept."""
        last = self.started.epochs if self.started else math.inf
        return sum(known[-1].epoch >= last for known in self._epochs.values())

    @property
    def students(self) -> int:
        """How many students the map has, labels only among them."""
        return len(self.plan.members) * self.config.seeds

    # -- cells ----------------------------------------------------------------------------------

    @property
    def judged(self) -> Measure:
        """By what the students are judged: "validation" and "test" are numbers of it."""
        return measure_of(self.config.dataset)

    @property
    def noun(self) -> str:
        """What its examples are called, in the plural."""
        return noun_of(self.config.dataset)

    def values(self, measure: str) -> Floats:
        """(cells, seeds) numbers as they stand now, NaN where nothing is known."""
        return self._members(measure)[self._cells]

    def plain(self, field: str) -> Floats:
        """(cells, seeds) of a field of the events, also where another is judged."""
        return self._members(field, plain=True)[self._cells]

    def baseline(self, measure: str) -> Floats:
        """(cells, seeds): the same measure of the labels-only student beside each cell, after as
        many epochs as the cell has, as far as it is itself: cohorts need not be equally far."""
        return self._pair(measure)[1]

    def _pair(self, measure: str) -> tuple[Floats, Floats]:
        """(cells, seeds) of each cell and of the student on labels alone beside it, after equally
        many epochs: as many as both have."""
        if self._even:
            members = self._members(measure)
            return members[self._cells], members[self._references]
        found = np.full((2, len(self._cells), self.config.seeds), math.nan)
        for cell, pair in enumerate(zip(self.plan.cells, self.plan.references, strict=True)):
            known = [self._of(member) for member in pair]
            if not all(known):
                continue
            at = min(events[-1].epoch for events in known)
            for place, (member, events) in enumerate(zip(pair, known, strict=True)):
                event = next(event for event in reversed(events) if event.epoch <= at)
                found[place, cell] = self._told(event, measure)[event.members.index(member)]
        return found[0], found[1]

    def mean(self, measure: str, *, alone: bool = False) -> tuple[Floats, Floats, Floats]:
        """Mean, low and high end of the 95 % interval: (cells,) each; ``alone``: of the labels-only
        student beside each cell."""
        values = self.baseline(measure) if alone else self.values(measure)
        return intervals(values, resolution=self._resolution(measure))

    def difference(self, measure: str) -> Difference:
        """Each cell against labels alone."""
        own, alone = self._pair(measure)
        mean, low, high = intervals(own - alone, resolution=self._resolution(measure))
        # Cells that are the labels-only student itself differ from it by nothing, and surely so.
        same = self._cells == self._references
        return Difference(mean, np.where(same, np.nan, low), np.where(same, np.nan, high))

    @property
    def comparisons(self) -> int:
        """How many cells differ from the student on labels alone beside them in more than name."""
        return int((self._cells != self._references).sum())

    @property
    def best(self) -> int | None:
        """The best cell on validation by its mean; the leftmost and lowest of equals. None before
        anybody has learned: first weights are nobody's merit."""
        if all(known[-1].epoch < 1 for known in self._epochs.values()):
            return None
        means = self._worth * self.values("validation").mean(axis=1)
        return None if np.isnan(means).all() else int(np.nanargmax(means))

    @property
    def plateau(self) -> list[int]:
        """Other cells that :attr:`best` is not surely better than on validation images, paired by
        seed, as cells share their seeds: chance may as well have chosen them. None with one seed,
        which has no interval, and no cell whose loss stopped being a number."""
        best = self.best
        if best is None:
            return []
        values = self.values("validation")
        leads = self._worth * (values[best] - values)
        _, low, _ = intervals(leads, resolution=self._resolution("validation"))
        return [cell for cell in np.flatnonzero(low <= 0).tolist() if cell != best]

    def cell(self, column: int, row: int) -> int | None:
        """The number of the cell in that column and row; :attr:`best` where there is none."""
        rows, columns = self.shape
        if 0 <= column < columns and 0 <= row < rows:
            return row * columns + column
        return self.best

    def gain(self, cell: int, measure: str = "test") -> Gain:
        """The gain of ``cell`` over labels alone, as
        :func:`kdlab.measure.gain.paired_gain`."""
        own, alone = (values[cell] for values in self._pair(measure))
        resolution = self._resolution(measure)
        judged = self.judged if measure in JUDGED else ACCURACY
        return paired_gain(alone.tolist(), own.tolist(), resolution, measure=judged)

    def curve(self, cell: int, measure: str = "validation") -> dict[str, Curve]:
        """Over epochs, of labels alone beside the cell and of the cell; of what has begun."""
        found = {}
        for group, member in (
            (LABELS_ONLY, self.plan.references[cell]),
            (DISTILLED, self.plan.cells[cell]),
        ):
            told = self._of(member)
            values = [self._told(event, measure)[event.members.index(member)] for event in told]
            if told:
                epochs = [event.epoch for event in told]
                found[group] = Curve.of(epochs, np.array(values), self._resolution(measure))
        return found

    def results(self) -> pd.DataFrame:
        """One row a student of a map that is complete, with both axes' values: NaN where they do
        not apply, as T does to a student on labels alone, which many cells are held against."""
        if not self.complete:
            return results_table([])
        across, up = self.config.axes
        places = [(x, y) for y in self.config.along(up) for x in self.config.along(across)]
        names = {"accuracy": "test"} | {name: name for name in ("validation", "fidelity", "ece")}
        if self.judged is BITS:
            names |= {"bits": "test_bits", "validation_bits": "validation_bits"}
        values = {name: self._members(field, plain=True).tolist() for name, field in names.items()}
        seeds = range(self.config.first_seed, self.config.first_seed + self.config.seeds)
        alone = set(self.plan.references)
        found = []
        for member in range(len(self.plan.members)):
            cells = [n for n, own in enumerate(self.plan.cells) if own == member]
            cells = cells or [n for n, own in enumerate(self.plan.references) if own == member]
            told = [{places[n][axis] for n in cells} for axis in (0, 1)]
            x, y = (known.pop() if len(known) == 1 else math.nan for known in told)
            found.append(
                Students(
                    LABELS_ONLY if member in alone else DISTILLED,
                    seeds,
                    {name: rows[member] for name, rows in values.items()},
                    {across.name: x, up.name: y},
                )
            )
        return results_table(found)

    # -- inside ---------------------------------------------------------------------------------

    @property
    def _even(self) -> bool:
        """Whether all cohorts are equally far, as they are at the end."""
        return len({known[-1].epoch for known in self._epochs.values()}) < 2

    def _resolution(self, measure: str) -> float:
        if self.started is None or (measure in JUDGED and self.judged is BITS):
            return 0.0
        return self.started.resolution(measure)

    @property
    def _worth(self) -> int:
        """By what a number that is judged is multiplied, so that more is better."""
        return -1 if self.judged.less else 1

    def _told(self, event: SweepEpoch, measure: str) -> tuple[tuple[float, ...], ...]:
        """What ``event`` tells of ``measure``, member by member: of text, bits stand for what is
        judged."""
        of_text = measure in JUDGED and self.judged is BITS
        found: tuple[tuple[float, ...], ...] = getattr(
            event, f"{measure}_bits" if of_text else measure
        )
        return found

    def _members(self, measure: str, *, plain: bool = False) -> Floats:
        """(members, seeds) of a measure; ``plain``: of the field of this name."""
        found = np.full((len(self.plan.members), self.config.seeds), math.nan)
        for known in self._epochs.values():
            last = known[-1]
            found[list(last.members)] = (
                getattr(last, measure) if plain else self._told(last, measure)
            )
        return found

    def _of(self, member: int) -> list[SweepEpoch]:
        for known in self._epochs.values():
            if member in known[0].members:
                return known
        return []
