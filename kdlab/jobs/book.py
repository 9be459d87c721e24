"""The book of all jobs that are not finished: for whom each is, which run, which begins next.

Pages write into it and the keeper reads it, each in a thread of its own, so that all of it is
behind one lock. It knows nothing of Dask but a future, which it keeps.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from kdlab.errors import KdlabError
from kdlab.events import Event
from kdlab.hosting.visitor import Visitor
from kdlab.jobs import turns
from kdlab.jobs.job import Job, JobState

if TYPE_CHECKING:
    from distributed import Future

Work = tuple[Callable[..., Iterator[Event]], tuple[Any, ...]]

MOST_REMEMBERED = 10_000
"""Visitors of whom it is known when they were served; who is forgotten has waited for longest."""


class Run:
    """What is remembered of a job that was handed to Dask."""

    def __init__(self, future: Future[int]) -> None:
        self.future = future
        self.released = False
        self.ended_at: float | None = None
        self.repaired_at = 0.0


class Book:
    """``jobs`` that are not finished, in the order of submission, and ``runs``, those that have a
    worker. ``slots``: how many can run at the same time."""

    def __init__(self, slots: int) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, Job] = {}
        self.runs: dict[str, Run] = {}
        self.slots = slots
        self._work: dict[str, Work] = {}
        self._served: dict[Visitor, int] = {}
        self._time = 0
        self._known: object = None
        self._places: dict[str, int] = {}

    def add(self, job: Job, work: Work) -> None:
        """Write down a new job, which waits from now on."""
        with self.lock:
            self.jobs[job.id] = job
            self._work[job.id] = work
            if job.visitor not in self._served:  # he has no claim to be before those who wait
                self._serve(job.visitor)

    def forget(self, job: Job) -> Run | None:
        """Strike out a job; what was remembered of its run, if it had begun."""
        with self.lock:
            self.jobs.pop(job.id, None)
            self._work.pop(job.id, None)
            return self.runs.pop(job.id, None)

    def clear(self, problem: KdlabError) -> None:
        """Strike out all, which fail with ``problem``."""
        with self.lock:
            for job in self.jobs.values():
                job._finish(JobState.FAILED, problem)
            self.jobs, self._work, self.runs = {}, {}, {}

    def next(self) -> tuple[Job, Work] | None:
        """The job that begins now and what it is to do, if a worker is free for it."""
        with self.lock:
            waiting = self._waiting()
            visitors = [job.visitor for job in waiting]
            place = turns.begins(visitors, self._running(), self.slots, self._served)
            if place is None:
                return None
            return waiting[place], self._work[waiting[place].id]

    def begin(self, job: Job, run: Run) -> None:
        """``job`` was handed over."""
        with self.lock:
            self.runs[job.id] = run
            self._serve(job.visitor)

    def position(self, job: Job) -> int:
        """1 for the job that begins next, 2 for the one after it, ...; 0 for one that has begun."""
        with self.lock:
            return self._places_now().get(job.id, 0)

    def _places_now(self) -> dict[str, int]:
        """The place of each job that has not begun. Every page asks for one in each of its reruns,
        so that the order is made once for each state of the queue."""
        now = [(job.id, job.visitor, job.state) for job in self.jobs.values()]
        runs = [one for one in self.runs if one in self.jobs]
        known = (self.slots, self._time, runs, now)
        if known != self._known:
            visitors = {name: visitor for name, visitor, _ in now}
            queued = [name for name, _, state in now if state is JobState.QUEUED]
            waiting = [name for name in queued if name not in self.runs]
            order = turns.order(
                [visitors[name] for name in waiting],
                [visitors[name] for name in runs],
                self.slots,
                self._served,
            )
            row = [name for name in runs if name in queued] + [waiting[place] for place in order]
            self._places = {name: place for place, name in enumerate(row, 1)}
            self._known = known
        return self._places

    def others(self, visitor: Visitor, owner: str = "") -> int:
        """How many jobs count for ``visitor`` beside the one of ``owner``, which a new one would
        replace. What is being stopped does not count."""
        with self.lock:
            return sum(
                job.visitor == visitor
                and not job.owners <= {owner}
                and not job.is_cancelling
                and not job.state.is_finished
                for job in self.jobs.values()
            )

    def _waiting(self) -> list[Job]:
        return [
            job
            for job in self.jobs.values()
            if job.id not in self.runs and job.state is JobState.QUEUED
        ]

    def _running(self) -> list[Visitor]:
        return [self.jobs[one].visitor for one in self.runs if one in self.jobs]

    def _serve(self, visitor: Visitor) -> None:
        self._time += 1
        self._served.pop(visitor, None)
        self._served[visitor] = self._time
        while len(self._served) > MOST_REMEMBERED:
            del self._served[next(iter(self._served))]
