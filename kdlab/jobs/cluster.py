"""The lab's own Dask cluster: one scheduler and some workers, each its own process on loopback,
which speak with nobody but each other and the lab (``identity``).

Why not one of Dask's: the workers of ``LocalCluster`` run the server's main script again (spawn
imports ``__main__``), and ``SubprocessCluster``, which does not, refuses Windows and leaves its
processes behind when the server is killed. This one is the same idea with ``subprocess.Popen``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kdlab.errors import JobError
from kdlab.jobs.identity import Identity
from kdlab.jobs.workers import close_pipes, kind, tell

if TYPE_CHECKING:
    from distributed.security import Security

START_SECONDS = 180.0
"""A cold disk may take a minute to import torch; longer means that something hangs."""

END_SECONDS = 4.0
"""A nursery ends its workers first."""

DEATHS_A_MINUTE = 6
"""More workers than this (and three for each) lost within a minute: starting more is no help."""

ROOT = Path(__file__).parents[2]

QUIET = {"DASK_LOGGING__DISTRIBUTED": "warning"}

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
"""Small networks are many times slower on two threads than on one; speed comes from workers."""


NO_CONTEXT = {"PYTORCH_NVML_BASED_CUDA_CHECK": "1"}
"""Whether there is a GPU is asked of its driver: who has opened it can no longer be forked."""


class Cluster:
    """``workers`` processes that import the modules ``preload``; one thread's, but for close().

    The order of calls: start, connect, tend now and then, close. JobError where it does not work.
    """

    def __init__(self, workers: int, preload: Sequence[str]) -> None:
        self._identity: Identity | None = None
        self._count = workers
        self._lock = threading.Lock()
        self._closed = False
        self._folder = ""
        self._all: list[subprocess.Popen[str]] = []
        self._started_so_far = 0
        self._scheduler: tuple[subprocess.Popen[str], Path] | None = None
        self._workers = kind()(self._run, preload)
        self._deaths: list[float] = []
        self._started = time.monotonic()

    def start(self) -> None:
        """Start all processes side by side and return while they still import."""
        self._folder = tempfile.mkdtemp(prefix="kdlab-")
        self._scheduler = self._run("scheduler", heard=True)
        for _ in range(self._count):
            self._workers.add()

    @property
    def security(self) -> Security:
        """What a client of the scheduler must show; there is one after connect."""
        assert self._identity is not None
        return self._identity.security()

    def connect(self) -> str:
        """Give all their identity, wait for the scheduler, tell the workers where it is; returns
        its address."""
        assert self._scheduler is not None
        process, log = self._scheduler
        assert process.stdout is not None
        self._identity = Identity.fresh()
        tell(process, self._identity.to_line(), last=True)
        limit = threading.Timer(START_SECONDS, process.kill)
        limit.daemon = True
        limit.start()
        address = process.stdout.readline().strip()
        limit.cancel()
        if not address:
            raise _problem("the scheduler's process ended at once", log)
        self._workers.greet(self._identity.to_line(), address)
        return address

    def tend(self, *, starting: bool = False) -> None:
        """Replace workers that died. JobError where that is hopeless, or the scheduler is gone.

        While the cluster is ``starting``, one dead worker is enough: it cannot import its modules.
        """
        assert self._scheduler is not None
        process, log = self._scheduler
        if process.poll() is not None:
            raise _problem("the scheduler's process ended", log)
        now = time.monotonic()
        if starting and now > self._started + START_SECONDS:
            what = f"no worker was ready after {START_SECONDS:g} seconds"
            raise _problem(what, self._workers.log() or log)
        for lost in self._workers.lost():
            self._deaths = [at for at in self._deaths if at > now - 60] + [now]
            if starting or len(self._deaths) > DEATHS_A_MINUTE + 3 * self._count:
                raise _problem("a worker's process ended by itself", lost)
            self._workers.add()

    def pids(self) -> list[int]:
        """Of all processes: the scheduler's first."""
        scheduler = [] if self._scheduler is None else [self._scheduler[0].pid]
        return scheduler + self._workers.pids()

    def close(self) -> None:
        """End all processes, remove their folder; also from another thread, also twice."""
        with self._lock:
            self._closed = True
        for process in self._all:
            process.terminate()
        for process in self._all:
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            close_pipes(process)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(
        self, role: str, *modules: str, heard: bool = False
    ) -> tuple[subprocess.Popen[str], Path]:
        imports = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        command = [sys.executable, "-m", "kdlab.jobs.process", str(os.getpid()), self._folder, role]
        with self._lock:
            path = Path(self._folder) / f"{role}-{self._started_so_far}.log"
            if self._closed:
                raise JobError(
                    "the lab is closing", "a request while it is running", "Start the lab again"
                )
            self._started_so_far += 1
            self._all = [process for process in self._all if process.poll() is None]
            with path.open("wb") as log:
                process = subprocess.Popen(
                    [*command, *modules],
                    env=os.environ | QUIET | ONE_THREAD | NO_CONTEXT | {"PYTHONPATH": imports},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE if heard else log,
                    stderr=log,
                    text=True,
                )
            self._all.append(process)
        return process, path


def _problem(what: str, log: Path) -> JobError:
    try:
        said = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        said = []
    return JobError(
        f"{what}: {said[-1].strip() if said else 'it left no message'}",
        "a scheduler and workers that can be started on this machine",
        "Check the installation of the lab, then try again",
    )
