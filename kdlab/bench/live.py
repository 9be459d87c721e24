"""A live run through the worker processes: how soon the first point, how soon a stop."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil

from kdlab.bench import Row
from kdlab.config.schema import DistilConfig
from kdlab.events import StudentsEpoch
from kdlab.experiments.run import run as work
from kdlab.experiments.runner import PRELOAD
from kdlab.jobs import Job, JobManager
from kdlab.storage.store import Store

ROUNDS = 5
PATIENCE_SECONDS = 120.0


def rows() -> Iterator[Row]:
    """Measured at the core's side of the page: from submit to the event, from cancel to the end."""
    with tempfile.TemporaryDirectory() as home:
        manager = JobManager(preload=PRELOAD)
        try:
            start = time.perf_counter()
            manager.start()
            manager.wait(PATIENCE_SECONDS)
            yield Row("worker processes up", f"{time.perf_counter() - start:.1f} s")
            yield from _measure(manager, Store(Path(home)))
            yield _memory(manager)
        finally:
            manager.close()


def _measure(manager: JobManager, store: Store) -> Iterator[Row]:
    first, whole, stop = [], [], []
    for seed in range(ROUNDS):
        config = DistilConfig(first_seed=100 * seed)
        start = time.perf_counter()
        job = manager.submit(work.run, config, store, owner="bench", key=f"whole-{seed}")
        _until(partial(_point, job))
        first.append(time.perf_counter() - start)
        _until(partial(_ended, job))
        whole.append(time.perf_counter() - start)
    for seed in range(ROUNDS):
        config = DistilConfig(first_seed=100 * seed, epochs=2000)
        job = manager.submit(work.run, config, store, owner="bench", key=f"stop-{seed}")
        _until(partial(_point, job))
        start = time.perf_counter()
        job.cancel()
        _until(partial(_ended, job))
        stop.append(time.perf_counter() - start)
    point, end = statistics.median(first), statistics.median(stop)
    yield Row("click to first curve point, teacher cached", f"{point:.2f} s", "1.5 s", point <= 1.5)
    yield Row(
        "the whole default run, measured latency included", f"{statistics.median(whole):.1f} s"
    )
    yield Row("stop obeyed after", f"{end:.2f} s", "0.5 s", end <= 0.5)


def _memory(manager: JobManager) -> Row:
    """Of the processes that were started for the lab, the scheduler first; what several share is
    divided among them, where the system tells."""
    found = [psutil.Process(pid).memory_full_info() for pid in manager.pids]
    alone = [getattr(each, "pss", each.uss) / 1e6 for each in found]
    told = ", ".join(f"{each:.0f}" for each in alone)
    return Row(
        f"memory of the scheduler and {manager.workers} workers, which runs have used",
        f"{sum(alone):.0f} MB ({told})",
    )


def _point(job: Job) -> bool:
    return any(isinstance(event, StudentsEpoch) for event in job.events)


def _ended(job: Job) -> bool:
    return job.state.is_finished


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while not condition():
        if time.perf_counter() > deadline:
            raise TimeoutError("the lab did not get there in two minutes")
        time.sleep(0.005)
