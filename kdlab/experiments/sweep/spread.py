"""A whole map from one place: in this process, or in shares over workers, as one stream."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator

from kdlab.events import Event
from kdlab.experiments import runner
from kdlab.experiments.sweep.config import SweepConfig
from kdlab.experiments.sweep.run import run
from kdlab.jobs.crew import JobGroup, Task
from kdlab.jobs.manager import JobManager


def spread(
    config: SweepConfig,
    *,
    workers: int = 1,
    cache: bool = True,
    manager: JobManager | None = None,
) -> Iterator[Event]:
    """Events of all shares of ``config``, as :func:`kdlab.experiments.runner.spread` has them."""
    shares = functools.partial(tasks, config, cache=cache)
    yield from runner.spread(shares, "map", workers=workers, manager=manager)


def jobs_of(
    manager: JobManager, config: SweepConfig, shares: int, owner: str, cache: bool = True
) -> JobGroup:
    """The jobs of one map."""
    return runner.job_group(manager, tasks(config, shares, cache), owner)


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
