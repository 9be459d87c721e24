"""A whole map from one place: in this process, or in shares over workers, as one stream."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kdlab.errors import JobError, KdlabError
from kdlab.events import Event, TeacherReady
from kdlab.sweep.config import SweepConfig
from kdlab.sweep.run import run
from kdlab.work import PRELOAD

if TYPE_CHECKING:
    from kdlab.jobs import Job, JobManager

POLL_SECONDS = 0.05


def spread(
    config: SweepConfig,
    *,
    workers: int = 1,
    cache: bool = True,
    manager: JobManager | None = None,
) -> Iterator[Event]:
    """Events of all shares of ``config``, as they come.

    Over the workers of ``manager``, of the cluster that KDLAB_SCHEDULER names, or over ``workers``
    processes that are started for this; one is this process itself. The first share goes ahead
    until its teacher is ready: the others then find it in the store. Errors of a share are raised.
    """
    if manager is None and workers == 1 and not os.environ.get("KDLAB_SCHEDULER"):
        yield from run(config, cache=cache)
        return
    from kdlab.jobs import JobManager

    own = manager is None
    manager = manager or JobManager(workers=workers, preload=PRELOAD)
    crew: Crew | None = None
    try:
        manager.start()
        manager.wait()
        if manager.problem is not None:
            raise manager.problem
        crew = Crew(manager, config, manager.slots, "map", cache)
        while True:
            finished = crew.finished  # asked before the last events are read
            yield from crew.news()
            if crew.error is not None:
                raise crew.error
            if finished:
                return
            time.sleep(POLL_SECONDS)
    finally:
        if crew is not None:
            crew.release()
        if own:
            manager.close()


class Crew:
    """The jobs of one map. The first goes ahead until its teacher is ready, then the others follow
    and find the teacher in the store. Whoever reads also renews the leases."""

    def __init__(
        self, manager: JobManager, config: SweepConfig, shares: int, owner: str, cache: bool = True
    ) -> None:
        self._manager = manager
        self._config = config
        self._shares = shares
        self._owner = owner
        self._cache = cache
        self._jobs: list[Job] = []
        self._read: list[tuple[int, int]] = []
        self._submit()

    def _submit(self) -> None:
        """Hand the next share to the workers; the same share of the same map is one job for all
        who ask for it. An owner has one job at a time, so each share has an owner of its own."""
        share = len(self._jobs)
        key = f"{self._config.fingerprint()} {share} of {self._shares}"
        key += "" if self._cache else f" {time.monotonic()}"
        arguments = self._config, share, self._shares, self._cache
        owner = f"{self._owner}#{share}"
        self._jobs.append(self._manager.submit(_share, *arguments, owner=owner, key=key))
        self._read.append((0, 0))

    def news(self) -> list[Event]:
        """What the shares have told since the last time."""
        found: list[Event] = []
        for place, job in enumerate(self._jobs):
            attempt, seen = self._read[place]
            now, new = job.read(attempt, seen)
            self._read[place] = (now, (seen if now == attempt else 0) + len(new))
            found += new
            if not job.state.is_finished:
                job.renew(f"{self._owner}#{place}")
        if any(isinstance(event, TeacherReady) for event in found):
            while len(self._jobs) < self._shares:
                self._submit()
        return found

    @property
    def finished(self) -> bool:
        """Whether no share will tell anything more."""
        return all(job.state.is_finished for job in self._jobs)

    @property
    def error(self) -> KdlabError | None:
        """Why the map did not come to its end, None where it may still."""
        for job in self._jobs:
            if job.error is not None:
                return job.error
            if job.state == "cancelled":
                return JobError("the map was stopped", "a map that runs to its end", "Run it again")
        return None

    @property
    def queue_position(self) -> int:
        """Of the first share: 0 once it has begun."""
        return self._jobs[0].queue_position

    def release(self) -> None:
        """Leave all shares; those that nobody else watches are stopped."""
        for place, job in enumerate(self._jobs):
            job.release(f"{self._owner}#{place}")


def _share(config: SweepConfig, share: int, shares: int, cache: bool) -> Iterator[Event]:
    return run(config, share=share, shares=shares, cache=cache)
