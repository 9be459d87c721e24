"""A whole map from one place: in this process, or in shares over workers, as one stream."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kdlab.events import Event, TeacherReady
from kdlab.jobs.crew import Crew, Task
from kdlab.sweep.config import SweepConfig
from kdlab.sweep.run import run
from kdlab.work import PRELOAD

if TYPE_CHECKING:
    from kdlab.jobs import JobManager

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
        crew = crew_of(manager, config, manager.slots, "map", cache)
        while True:
            yield from crew.news()
            if crew.error is not None:
                raise crew.error
            if crew.finished:
                return
            time.sleep(POLL_SECONDS)
    finally:
        if crew is not None:
            crew.release()
        if own:
            manager.close()


def crew_of(
    manager: JobManager, config: SweepConfig, shares: int, owner: str, cache: bool = True
) -> Crew:
    """The jobs of one map. The first goes ahead until its teacher is ready, so that the others find
    it in the store. The same share of the same map is one job for all who ask for it."""
    unique = "" if cache else f" {time.monotonic()}"
    tasks = [
        Task(
            _share,
            (config, share, shares, cache),
            f"{config.fingerprint()} {share} of {shares}{unique}",
        )
        for share in range(shares)
    ]
    return Crew(manager, tasks, owner, ahead=TeacherReady)


def _share(config: SweepConfig, share: int, shares: int, cache: bool) -> Iterator[Event]:
    return run(config, share=share, shares=shares, cache=cache)
