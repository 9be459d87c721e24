"""A search from one place: in this process, or with the help of workers, as one stream."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator

from kdlab.events import Event
from kdlab.experiments import runner
from kdlab.experiments.search.config import SearchConfig
from kdlab.experiments.search.run import run, share
from kdlab.jobs.crew import JobGroup, Task
from kdlab.jobs.manager import JobManager


def spread(config: SearchConfig, *, workers: int = 1, cache: bool = True) -> Iterator[Event]:
    """Events of the search and of all who help with it, as :func:`kdlab.experiments.runner.spread`
    has them."""
    yield from runner.spread(
        functools.partial(tasks, config, cache=cache), "search", workers=workers
    )


def jobs_of(manager: JobManager, config: SearchConfig, workers: int, owner: str) -> JobGroup:
    """One job that searches, and others that help, on ``workers`` in all."""
    return runner.job_group(manager, tasks(config, workers), owner)


def tasks(config: SearchConfig, workers: int, cache: bool = True) -> list[Task]:
    """The search itself, which also judges the best, and its helpers; the same search is one job
    for all who ask for it."""
    name = f"search {config.fingerprint()}" + ("" if cache else f" {time.monotonic()}")
    helpers = [Task(share, (config,), f"{name} {n}") for n in range(1, workers)]
    return [Task(_run, (config, cache), name), *helpers]


def _run(config: SearchConfig, cache: bool) -> Iterator[Event]:
    return run(config, cache=cache)
