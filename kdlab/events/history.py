"""What all work has in common when its events are folded: notes, progress, failure, time left."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

from kdlab.events.base import (
    DataRead,
    Epoch,
    Event,
    Finished,
    Progress,
    Remark,
    RunFailed,
    Started,
    notes,
)
from kdlab.events.single import TeacherJudged

if TYPE_CHECKING:
    import pandas as pd

S = TypeVar("S", bound=Started)
F = TypeVar("F", bound=Finished)
OfEpoch = TypeVar("OfEpoch", bound=Epoch)


class EventHistory(Generic[S, F]):
    """What is known of one piece of work so far, which begins with an ``S`` and ends with an ``F``:
    ``BEGINS`` and ``ENDS``. Those of other work, in a damaged file, tell nothing of this one.

    :meth:`take` adds events as they come; what comes twice counts once. Each kind of work keeps its
    own events in :meth:`_keep`.
    """

    BEGINS: type[S]
    ENDS: type[F]

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.started: S | None = None
        self.finished: F | None = None
        self.failed: RunFailed | None = None
        self.progress: Progress | None = None
        self.data: DataRead | None = None
        """What was understood of somebody's own images or text."""
        self.teacher_judged: TeacherJudged | None = None
        """What answers that were brought in a file are worth."""
        self.remarks: list[str] = []
        self.notes: list[str] = []
        """Sentences on the user's own images, text and weights, the remarks among them."""
        self.take(events)

    def take(self, events: Iterable[Event]) -> None:
        """Add what was told since; what is known already changes nothing."""
        for event in events:
            _add(self.notes, notes(event))
            match event:
                case Progress():
                    self.progress = event
                case RunFailed():
                    self.failed = event
                case DataRead():
                    self.data = event
                case Remark():
                    _add(self.remarks, [event.text])
                case TeacherJudged():
                    self.teacher_judged = event
                case Started() | Finished():
                    if isinstance(event, self.BEGINS):
                        self._begin(event)
                    elif isinstance(event, self.ENDS):
                        self._finish(event)
                case _:
                    self._keep(event)

    def _keep(self, event: Event) -> None:
        """Add an event that only this kind of work tells."""
        raise NotImplementedError

    def _begin(self, event: S) -> None:
        self.started = event

    def _finish(self, event: F) -> None:
        self.finished = event

    @property
    def complete(self) -> bool:
        """Whether all is known."""
        return self.finished is not None

    def results(self) -> pd.DataFrame:
        """What its students came to: :func:`kdlab.measure.results.results_table`, empty before."""
        raise NotImplementedError

    @property
    def share_done(self) -> float:
        """0 to 1."""
        raise NotImplementedError

    @property
    def spent(self) -> float | None:
        """Seconds that it has taken so far; None where they say nothing of those to come."""
        return None

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the pace so far; None before there is one."""
        if self.spent is None or not self.share_done:
            return None
        return self.spent * (1 / self.share_done - 1)


def put(known: list[OfEpoch], event: OfEpoch) -> None:
    """Keep ``known`` in the order of epochs, each once: the later of two that tell of the same."""
    place = bisect.bisect_left(known, event.epoch, key=lambda each: each.epoch)
    known[place : place + (place < len(known) and known[place].epoch == event.epoch)] = [event]


def put_newer(known: list[OfEpoch], event: OfEpoch) -> None:
    """Add ``event`` where its epoch lies beyond all that are ``known``."""
    if not known or event.epoch > known[-1].epoch:
        known.append(event)


def _add(known: list[str], texts: Iterable[str]) -> None:
    known += [text for text in texts if text not in known]
