"""A whole map from one place: in this process, or in shares over workers, as one stream."""

from __future__ import annotations

import time
from collections.abc import Iterator

from kdlab.events import Event, TeacherReady
from kdlab.experiments.run.run import PRELOAD
from kdlab.experiments.sweep.config import SweepConfig
from kdlab.experiments.sweep.run import run
from kdlab.jobs.crew import JobGroup, Task, elsewhere, stream_jobs
from kdlab.jobs.manager import JobManager


def spread(
    config: SweepConfig,
    *,
    workers: int = 1,
    cache: bool = True,
    manager: JobManager | None = None,
) -> Iterator[Event]:
    """Events of all shares of ``config``, as they come: over workers as
    :func:`kdlab.jobs.crew.stream_jobs` says, or of this process alone, which is one worker."""
    if manager is None and not elsewhere(workers):
        yield from run(config, cache=cache)
        return
    yield from stream_jobs(
        lambda shares: tasks(config, shares, cache),
        "map",
        ahead=TeacherReady,
        workers=workers,
        preload=PRELOAD,
        manager=manager,
    )


def jobs_of(
    manager: JobManager, config: SweepConfig, shares: int, owner: str, cache: bool = True
) -> JobGroup:
    """The jobs of one map. The first goes ahead until its teacher is ready, so that the others find
    it in the store."""
    return JobGroup(manager, tasks(config, shares, cache), owner, ahead=TeacherReady)


def tasks(config: SweepConfig, shares: int, cache: bool = True) -> list[Task]:
    """The shares of a map; the same share of the same map is one job for all who ask for it."""
    unique = "" if cache else f" {time.monotonic()}"
    return [
        Task(
            _share,
            (config, share, shares, cache),
            f"{config.fingerprint()} {share} of {shares}{unique}",
        )
        for share in range(shares)
    ]


def _share(config: SweepConfig, share: int, shares: int, cache: bool) -> Iterator[Event]:
    return run(config, share=share, shares=shares, cache=cache)
