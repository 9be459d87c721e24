"""Where a feed has its news from: jobs, a folder of another process, whatever changes by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol

from kdlab.events import Event
from kdlab.jobs.group import JobGroup
from kdlab.jobs.reader import Reader

UNTENDED_SECONDS = 20.0
"""After which nobody seems to watch a group of jobs."""


class Source(Protocol):
    """What a feed reads. Called with ``making`` of its feed held, but for :attr:`key` and
    :meth:`renew`."""

    seconds: float
    """Between two looks at least as often as this, where nothing says that there is news."""

    @property
    def key(self) -> Hashable:
        """Sources of the same key tell the same: they share a feed."""

    @property
    def told(self) -> Any:
        """What views are made of."""

    @property
    def over(self) -> bool:
        """Whether nothing will change any more, and all has been read."""

    def listen(self, call: Callable[[], None]) -> None:
        """Have ``call`` called, from any thread, when there may be news."""

    def look(self) -> bool:
        """Read what is new; whether anything is."""

    def joined(self, other: Any) -> None:
        """Another source of the same key is watched by the same feed from now on."""

    def left(self, other: Any) -> None:
        """Nobody watches ``other``, which had joined or is this one, any more."""

    def renew(self) -> None:
        """Somebody watches this very source."""

    def unlisten(self) -> None:
        """Nobody is there to be called any more."""


class Folded(Protocol):
    """A history of events."""

    def take(self, events: Iterable[Event]) -> None:
        """Add what was told since; telling twice changes nothing."""


class JobsSource:
    """The jobs of ``group``, folded into what ``begin`` gives: an empty history, or what is known
    of the work already. Groups whose first job is the same one share a feed; each renews its own
    leases."""

    seconds = 1.0

    def __init__(self, group: JobGroup, begin: Callable[[], Folded]) -> None:
        self.group = group
        self._begin = begin
        self._history = begin()
        self._groups = [group]
        self._read: dict[str, Reader] = {}
        self._torn = False
        self._call: Callable[[], None] = lambda: None
        self._place = group.queue_position
        self._lock = threading.Lock()

    @property
    def key(self) -> Hashable:
        """The first job."""
        return self.group.jobs[0].id

    @property
    def told(self) -> Told:
        """The history, and how the jobs stand."""
        return Told(self._history, self._place)

    @property
    def over(self) -> bool:
        """Whether all jobs have ended and all that they told is folded, or one has failed."""
        with self._lock:
            groups = list(self._groups)
        going = [group for group in groups if not group.released]
        # One whose page has gone is not tended: the others do not wait for it.
        fresh = time.monotonic() - UNTENDED_SECONDS
        watched = [group for group in going if group.tended_at > fresh] or going
        done = bool(watched) and all(group.error is not None or group.ended for group in watched)
        return done and not any(reader.behind for reader in self._read.values())

    def listen(self, call: Callable[[], None]) -> None:
        """Also to jobs that begin later, and to those that were read before."""
        for reader in self._read.values():
            reader.job.unlisten(self._call)
            reader.job.listen(call)
        self._call = call
        self._heed()

    def joined(self, other: JobsSource) -> None:
        """Another visitor's group."""
        with self._lock:
            self._groups = [g for g in self._groups if not g.released] + [other.group]
        self._heed()

    def left(self, other: Any) -> None:
        """His group does not count any more."""
        with self._lock:
            self._groups = [group for group in self._groups if group is not other.group]

    def unlisten(self) -> None:
        """Of no job."""
        for reader in self._read.values():
            reader.job.unlisten(self._call)

    def renew(self) -> None:
        """The leases of this group's owner; what waits for its turn is handed in."""
        self.group.tend()

    def look(self) -> bool:
        """Read the jobs. Where a worker died and another one began anew, all is folded anew."""
        self._heed()
        told = [reader.news() for reader in self._read.values()]
        new = [event for each in told for event in each.events]
        anew = self._torn or any(each.anew for each in told)
        self._torn = True  # until all of it is folded
        if anew:
            self._history = self._begin()
            new = [event for reader in self._read.values() for event in reader.known]
        self._history.take(new)
        self._torn = False
        before, self._place = self._place, self.group.queue_position
        waits = self._place > 0  # why it waits may be another reason now
        return bool(new) or anew or waits or before != self._place

    def _heed(self) -> None:
        """Read and hear those that have begun since, too."""
        with self._lock:
            jobs = [job for group in self._groups for job in group.jobs]
        for job in jobs:
            if job.id not in self._read:
                self._read[job.id] = Reader(job)
                job.listen(self._call)


class Told:
    """What views of jobs are made of: their ``history``, and the first one's place in the queue."""

    def __init__(self, history: Any, place: int) -> None:
        self.history = history
        self.place = place
