"""A search from one place: in this process, or with the help of workers, as one stream."""

from __future__ import annotations

import time
from collections.abc import Iterator

from kdlab.events import Event, TeacherReady
from kdlab.experiments.run.run import PRELOAD
from kdlab.experiments.search.config import SearchConfig
from kdlab.experiments.search.run import run, share
from kdlab.jobs.crew import JobGroup, Task, elsewhere, stream_jobs
from kdlab.jobs.manager import JobManager


def spread(config: SearchConfig, *, workers: int = 1, cache: bool = True) -> Iterator[Event]:
    """Events of the search and of all who help with it: over workers as
    :func:`kdlab.jobs.crew.stream_jobs` says, or of this process alone, which is one worker."""
    if not elsewhere(workers):
        yield from run(config, cache=cache)
        return
    yield from stream_jobs(
        lambda count: tasks(config, count, cache),
        "search",
        ahead=TeacherReady,
        workers=workers,
        preload=PRELOAD,
    )


def jobs_of(manager: JobManager, config: SearchConfig, workers: int, owner: str) -> JobGroup:
    """One job that searches, and others that help, on ``workers`` in all."""
    return JobGroup(manager, tasks(config, workers), owner, ahead=TeacherReady)


def tasks(config: SearchConfig, workers: int, cache: bool = True) -> list[Task]:
    """The search itself, which also judges the best, and its helpers; the same search is one job
    for all who ask for it."""
    name = f"search {config.fingerprint()}" + ("" if cache else f" {time.monotonic()}")
    helpers = [Task(share, (config,), f"{name} {n}") for n in range(1, workers)]
    return [Task(_run, (config, cache), name), *helpers]


def _run(config: SearchConfig, cache: bool) -> Iterator[Event]:
    return run(config, cache=cache)
