"""A map on two workers against the same map on one."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kdlab.bench import Row
from kdlab.bench.sweeps import MAP
from kdlab.experiments.runner import PRELOAD
from kdlab.experiments.sweep import SweepConfig
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.jobs import JobManager
from kdlab.jobs.group import POLL_SECONDS

WORKER_EPOCHS = 60
PATIENCE_SECONDS = 180.0


def rows() -> Iterator[Row]:
    """The same map in one share and in two, on two workers that have done such work before: the
    second is idle while the first works alone."""
    with _own_home():
        manager = JobManager(workers=2, preload=PRELOAD)
        try:
            manager.start()
            manager.wait(PATIENCE_SECONDS)
            warm = MAP.model_copy(update={"epochs": 1, "x_axis": "width", "widths": (4, 8)})
            _over(manager, warm, 2)
            times: tuple[list[float], list[float]] = ([], [])
            for round_ in range(2):
                for shares, kept in zip((1, 2), times, strict=True):
                    # fresh seeds: what was trained before would only be replayed
                    seed = 100 + 10 * round_ + 5 * shares
                    update = {"first_seed": seed, "epochs": WORKER_EPOCHS}
                    start = time.perf_counter()
                    _over(manager, MAP.model_copy(update=update), shares)
                    kept.append(time.perf_counter() - start)
        finally:
            manager.close()
    one, two = (statistics.median(found) for found in times)
    yield Row(
        f"that map with {WORKER_EPOCHS} epochs on two workers against one, teacher stored",
        f"{two:.1f} s against {one:.1f} s: {one / two:.2f} times faster",
        "faster",
        one > two,
    )


def _over(manager: JobManager, config: SweepConfig, shares: int) -> None:
    """Run a map to its end in ``shares``."""
    group = SWEEP.jobs(manager, config, shares, "bench")
    deadline = time.perf_counter() + PATIENCE_SECONDS
    try:
        while not group.finished:
            group.news()
            if group.error is not None:
                raise group.error
            if time.perf_counter() > deadline:
                raise TimeoutError("the workers did not get there in three minutes")
            time.sleep(POLL_SECONDS)
    finally:
        group.release()


@contextmanager
def _own_home() -> Iterator[None]:
    """A folder of results that workers started meanwhile write to, gone afterwards."""
    before = os.environ.get("KDLAB_HOME")
    with tempfile.TemporaryDirectory() as home:
        os.environ["KDLAB_HOME"] = home
        try:
            yield
        finally:
            if before is None:
                del os.environ["KDLAB_HOME"]
            else:
                os.environ["KDLAB_HOME"] = before
