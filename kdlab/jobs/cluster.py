"""The lab's own Dask cluster: one scheduler and some workers, each its own process on loopback,
which speak with nobody but each other and the lab (``identity``).

Why not one of Dask's: the workers of ``LocalCluster`` run the server's main script again (spawn
imports ``__main__``), and ``SubprocessCluster``, which does not, refuses Windows and leaves its
processes behind when the server is killed. This one is the same idea with ``subprocess.Popen``.
"""

from __future__ import annotations

import contextlib
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

if TYPE_CHECKING:
    from distributed.security import Security

START_SECONDS = 180.0
"""A cold disk may take a minute to import torch; longer means that something hangs."""

DEATHS_A_MINUTE = 6
"""More workers than this (and three for each) lost within a minute: starting more is no help."""

ROOT = Path(__file__).parents[2]

QUIET = {"DASK_LOGGING__DISTRIBUTED": "warning"}

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
"""Small networks are many times slower on two threads than on one; speed comes from workers."""


class Cluster:
    """``workers`` processes that import the modules ``preload``; one thread's, but for close().

    The order of calls: start, connect, tend now and then, close. JobError where it does not work.
    """

    def __init__(self, workers: int, preload: Sequence[str]) -> None:
        self._address = ""
        self._identity: Identity | None = None
        self._count = workers
        self._preload = list(preload)
        self._lock = threading.Lock()
        self._closed = False
        self._folder = ""
        self._all: list[subprocess.Popen[str]] = []
        self._logs: dict[int, Path] = {}
        self._scheduler: subprocess.Popen[str] | None = None
        self._workers: list[subprocess.Popen[str]] = []
        self._deaths: list[float] = []
        self._started = time.monotonic()

    def start(self) -> None:
        """Start all processes side by side and return while they still import."""
        self._folder = tempfile.mkdtemp(prefix="kdlab-")
        self._scheduler = self._run("scheduler")
        self._workers = [self._run("worker", *self._preload) for _ in range(self._count)]

    @property
    def security(self) -> Security:
        """What a client of the scheduler must show; there is one after connect."""
        assert self._identity is not None
        return self._identity.security()

    def connect(self) -> str:
        """Give all their identity, wait for the scheduler, tell the workers where it is; returns
        its address."""
        assert self._scheduler is not None
        assert self._scheduler.stdout is not None
        self._identity = Identity.fresh()
        self._tell(self._scheduler, self._identity.to_line())
        limit = threading.Timer(START_SECONDS, self._scheduler.kill)
        limit.daemon = True
        limit.start()
        self._address = self._scheduler.stdout.readline().strip()
        limit.cancel()
        if not self._address:
            raise self._problem("the scheduler's process ended at once", self._scheduler)
        for process in self._workers:
            self._greet(process)
        return self._address

    def tend(self, *, starting: bool = False) -> None:
        """Replace workers that died. JobError where that is hopeless, or the scheduler is gone.

        While the cluster is ``starting``, one dead worker is enough: it cannot import its modules.
        """
        assert self._scheduler is not None
        if self._scheduler.poll() is not None:
            raise self._problem("the scheduler's process ended", self._scheduler)
        now = time.monotonic()
        if starting and now > self._started + START_SECONDS:
            what = f"no worker was ready after {START_SECONDS:g} seconds"
            raise self._problem(what, self._workers[0])
        for place, process in enumerate(self._workers):
            if process.poll() is None:
                continue
            self._deaths = [at for at in self._deaths if at > now - 60] + [now]
            if starting or len(self._deaths) > DEATHS_A_MINUTE + 3 * self._count:
                raise self._problem("a worker's process ended by itself", process)
            _close_pipes(process)
            self._workers[place] = self._run("worker", *self._preload)
            self._greet(self._workers[place])

    def close(self) -> None:
        """End all processes, remove their folder; also from another thread, also twice."""
        with self._lock:
            self._closed = True
        for process in self._all:
            process.terminate()
        for process in self._all:
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _close_pipes(process)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, role: str, *modules: str) -> subprocess.Popen[str]:
        imports = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        command = [sys.executable, "-m", "kdlab.jobs.process", str(os.getpid()), self._folder, role]
        path = Path(self._folder) / f"{role}-{len(self._logs)}.log"
        with self._lock, path.open("wb") as log:
            if self._closed:
                raise JobError(
                    "the lab is closing", "a request while it is running", "Start the lab again"
                )
            self._all = [process for process in self._all if process.poll() is None]
            process = subprocess.Popen(
                [*command, *modules],
                env=os.environ | QUIET | ONE_THREAD | {"PYTHONPATH": imports},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if role == "scheduler" else log,
                stderr=log,
                text=True,
            )
            self._all.append(process)
            self._logs[process.pid] = path
            return process

    def _greet(self, process: subprocess.Popen[str]) -> None:
        assert self._identity is not None
        self._tell(process, self._identity.to_line(), self._address)

    def _tell(self, process: subprocess.Popen[str], *lines: str) -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError):  # it has died already, which tend() will see
            process.stdin.writelines(f"{line}\n" for line in lines)
            process.stdin.close()

    def _problem(self, what: str, process: subprocess.Popen[str]) -> JobError:
        try:
            said = self._logs[process.pid].read_text(errors="replace").strip().splitlines()
        except OSError:
            said = []
        return JobError(
            f"{what}: {said[-1].strip() if said else 'it left no message'}",
            "a scheduler and workers that can be started on this machine",
            "Check the installation of the lab, then try again",
        )


def _close_pipes(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what was not written yet, to a dead process
                pipe.close()
