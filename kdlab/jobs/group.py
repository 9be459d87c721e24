"""Several jobs that work on one thing: the first goes ahead, the others follow."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kdlab.errors import JobError, KdlabError
from kdlab.events import Event
from kdlab.hosting.visitor import Visitor, current
from kdlab.jobs.job import Job
from kdlab.jobs.mailbox import Message
from kdlab.jobs.manager import JobManager
from kdlab.jobs.reader import Reader

POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Task:
    """What one job runs; the same ``key`` is the same work, whoever asks for it."""

    factory: Callable[..., Iterator[Event]]
    arguments: tuple[Any, ...]
    key: str


class JobGroup:
    """The jobs of ``tasks``, for ``owner`` and ``visitor`` as :meth:`JobManager.submit` has them.
    The first begins; when it has told an event of the kind ``ahead`` (its teacher is ready, and
    lies in the store), the others follow, each as soon as the visitor may have one more job.
    Whoever reads, or calls :meth:`tend`, also renews the leases. From any thread. JobError where
    the first may not begin."""

    def __init__(
        self,
        manager: JobManager,
        tasks: Sequence[Task],
        owner: str,
        *,
        ahead: type[Event],
        visitor: Visitor | None = None,
    ) -> None:
        self._manager = manager
        self._tasks = list(tasks)
        self._owner = owner
        self._visitor = visitor or current()
        self._ahead = ahead
        self._going_ahead = True
        self._jobs: list[Job] = []
        self._readers: list[Reader] = []
        self._lock = threading.RLock()
        self.tended_at = time.monotonic()
        """When somebody was last seen to watch it."""
        self.released = False
        """Whether its owner has left it."""
        self._submit()
        self._first = Reader(self._jobs[0])  # of what sends the others off

    def _submit(self) -> None:
        """Hand the next task to the workers. An owner has one job at a time, so each task has an
        owner of its own."""
        place = len(self._jobs)
        task = self._tasks[place]
        owner = f"{self._owner}#{place}"
        job = self._manager.submit(
            task.factory, *task.arguments, owner=owner, key=task.key, visitor=self._visitor
        )
        self._jobs.append(job)
        self._readers.append(Reader(job))

    def tend(self) -> None:
        """Renew the leases, and hand in what waits: the others once the first has gone ahead."""
        with self._lock:
            if self.released:
                return
            self.tended_at = time.monotonic()
            for place, job in enumerate(self._jobs):
                if not job.state.is_finished:
                    job.renew(f"{self._owner}#{place}")
            if self._going_ahead:
                self._look_ahead()
            stops = any(job.is_cancelling for job in self._jobs)
            if not self._going_ahead and self.error is None and not stops:
                with contextlib.suppress(JobError):  # one job too many for now: tried again later
                    while len(self._jobs) < len(self._tasks):
                        self._submit()

    def _look_ahead(self) -> None:
        if any(isinstance(event, self._ahead) for event in self._first.news().events):
            self._going_ahead = False

    def news(self) -> list[Event]:
        """What the jobs have told since the last time."""
        with self._lock:
            self.tend()
            return [event for reader in self._readers for event in reader.news().events]

    @property
    def jobs(self) -> list[Job]:
        """Those that were handed in, the first one first."""
        with self._lock:
            return list(self._jobs)

    @property
    def ended(self) -> bool:
        """Whether no job will tell anything more.

        A first job that ended since the last look is not the end: the others follow it.
        """
        with self._lock:
            if self._going_ahead:
                self._look_ahead()
            waits = not self._going_ahead and len(self._jobs) < len(self._tasks)
            if waits and self.error is None and not self.released:
                return False
            return all(job.state.is_finished for job in self._jobs)

    @property
    def finished(self) -> bool:
        """Whether it has :attr:`ended` and :meth:`news` has given all that was told."""
        with self._lock:
            return self.ended and not any(reader.behind for reader in self._readers)

    @property
    def error(self) -> KdlabError | None:
        """Why the work did not come to its end, None where it may still."""
        for job in self._jobs:
            if job.error is not None:
                return job.error
            if job.state == "cancelled":
                return JobError("the work was stopped", "work that is not stopped", "Run it again")
        return None

    @property
    def cancelled(self) -> bool:
        """Whether it was stopped before its end, by nobody's error: its reader was away for longer
        than a lease holds, or the machine's owner had it stop for all."""
        return all(job.error is None for job in self._jobs) and any(
            job.state == "cancelled" for job in self._jobs
        )

    @property
    def shared(self) -> bool:
        """Whether others watch one of the jobs, too."""
        return any(job.owners - {f"{self._owner}#{n}"} for n, job in enumerate(self.jobs))

    @property
    def queue_position(self) -> int:
        """Of the first job: 0 once it has begun."""
        return self._jobs[0].queue_position

    def tell(self, message: Message) -> None:
        """Bring a small message to all that have begun or wait; see :meth:`Job.tell`."""
        for job in self._jobs:
            job.tell(message)

    def cancel(self) -> None:
        """Leave all jobs, and stop them for all who watch: also those of these tasks that others
        have handed in."""
        with self._lock:
            self.release()
            self._manager.cancel({task.key for task in self._tasks})

    def release(self) -> None:
        """Leave all jobs; those that nobody else watches are stopped."""
        with self._lock:
            self.released = True
            for place, job in enumerate(self._jobs):
                job.release(f"{self._owner}#{place}")


def elsewhere(workers: int) -> bool:
    """Whether work goes to other processes: to several here, or to KDLAB_SCHEDULER's."""
    return workers > 1 or bool(os.environ.get("KDLAB_SCHEDULER"))


def stream_jobs(
    tasks: Callable[[int], Sequence[Task]],
    owner: str,
    *,
    ahead: type[Event],
    workers: int = 1,
    preload: Sequence[str] = (),
    manager: JobManager | None = None,
    visitor: Visitor | None = None,
) -> Iterator[Event]:
    """Events of a group of jobs as they come, until all have ended; ``tasks`` are asked for as many
    as there are workers.

    Those are ``manager``'s, or the cluster's that KDLAB_SCHEDULER names, or ``workers`` processes
    that are started for this. The first error of a job is raised.
    """
    own = manager is None
    manager = manager or JobManager(workers=workers, preload=preload)
    group: JobGroup | None = None
    try:
        manager.start()
        manager.wait()
        if manager.problem is not None:
            raise manager.problem
        group = JobGroup(manager, tasks(manager.slots), owner, ahead=ahead, visitor=visitor)
        while True:
            yield from group.news()
            if group.error is not None:
                raise group.error
            if group.finished:
                return
            time.sleep(POLL_SECONDS)
    finally:
        if group is not None:
            group.release()
        if own:
            manager.close()
