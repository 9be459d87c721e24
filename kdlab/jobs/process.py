"""One process of the lab's own cluster: ``python -m kdlab.jobs.process PARENT FOLDER scheduler``,
``... worker [module ...]`` or ``... nursery [module ...]``; ``cluster`` starts them, nobody else
needs to.

All read the cluster's identity from stdin. The scheduler then prints its address on stdout. A
worker imports its modules first (torch takes seconds) and only then reads the scheduler's address
from stdin and offers itself, so that a worker that can be seen is a worker that is fast. A nursery
does the same, and forks workers. Each ends when the process PARENT has gone, however it went.

Scheduler and workers listen on one port each, of the loopback interface, and answer nobody without
that identity.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Coroutine
from typing import Any

import dask
import psutil
from distributed import Scheduler, Worker
from distributed.security import Security

from kdlab.hosting import open_files
from kdlab.jobs import nursery
from kdlab.jobs.connection import FORGETFUL
from kdlab.jobs.identity import Identity

SETTINGS = {
    # New kinds of task count as half a second, and Dask gives the next run to the worker with the
    # least work in seconds; a run must outweigh the short calls beside it.
    "distributed.scheduler.default-task-durations": {"kdlab-run": "60s", "kdlab-call": "10ms"},
    # A run that has ended three workers ends the fourth too; each costs the others seconds.
    "distributed.scheduler.allowed-failures": 2,
    # The statistical profiler looks at every thread 100 times a second; nobody looks at it here.
    "distributed.worker.profile.enabled": False,
    **FORGETFUL,
}


class Unserved:
    """A node of Dask without its HTTP server, which answers everybody and is opened even where no
    dashboard is asked for."""

    def start_http_server(self, *arguments: Any, **more: Any) -> None:
        """Nothing is opened."""


class OurScheduler(Unserved, Scheduler):
    """Listens on one port only."""


class OurWorker(Unserved, Worker):
    """Listens on one port only."""


async def scheduler(security: Security) -> None:
    """Serve as the scheduler, on a free port of the loopback interface."""
    async with OurScheduler(
        host="127.0.0.1", port=0, protocol="tls", security=security, dashboard=False
    ) as server:
        sys.stdout.write(f"{server.address}\n")
        sys.stdout.flush()
        await server.finished()


async def worker(address: str, folder: str, security: Security) -> None:
    """Serve as a worker: one run at a time, and a second thread for short calls beside it."""
    async with OurWorker(
        address,
        host="127.0.0.1",
        protocol="tls",
        security=security,
        dashboard=False,
        nthreads=2,
        resources={"run": 1},
        memory_limit=0,  # nothing here is worth spilling to disk
        local_directory=tempfile.mkdtemp(dir=folder),
    ) as server:
        await server.finished()


def follow(parent: int, folder: str, *, forked_by: int = 0) -> None:
    """End this process at once when the process ``parent`` has gone, and leave no ``folder``; or
    when the nursery has that forked it."""
    try:
        process = psutil.Process(parent)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if forked_by and os.getppid() != forked_by:
                os._exit(0)
            time.sleep(0.5)
    except psutil.NoSuchProcess:
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def serve_as(server: Coroutine[Any, Any, None]) -> None:
    """Be a node of Dask until told to stop; never returns."""
    # The kind of loop that Dask and tornado are made for; Windows alone would choose another.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(server)
    os._exit(0)  # a run that is still in its thread must not hold the process


def rear(parent: int, folder: str, modules: list[str]) -> None:
    """Fork workers until the input ends, or this process is told to."""
    say = nursery.Mouth()
    ready = nursery.watch_over(parent)
    prepare(modules)
    asked = nursery.Lines(0)
    ready()
    try:
        told = [asked.next(None) or "" for _ in range(2)]
    except EOFError:  # the lab has ended before it had a scheduler
        return
    watch = functools.partial(follow, parent, folder, forked_by=os.getpid())

    def become() -> None:
        threading.Thread(target=watch, daemon=True).start()
        serve_as(worker(told[1], folder, Identity.from_line(told[0]).security()))

    nursery.Nursery(become, say).serve(asked)


def prepare(modules: list[str]) -> None:
    """What every process does before it serves."""
    open_files.raise_limit()
    dask.config.set(SETTINGS)
    for module in modules:
        importlib.import_module(module)
    # Who knocks without a certificate is refused; that must not fill the disk with lines about it.
    logging.getLogger("distributed.comm.tcp").setLevel(logging.ERROR)


def main(parent: int, folder: str, role: str, modules: list[str]) -> None:
    """Be what ``role`` says until told to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which stops us
    if role != "scheduler" and hasattr(os, "nice"):
        os.nice(15)  # training fills every core; whoever opens a page comes first
    if role == "nursery":
        rear(parent, folder, modules)
        return
    threading.Thread(target=follow, args=(parent, folder), daemon=True).start()
    prepare(modules)
    security = Identity.from_line(sys.stdin.readline()).security()
    if role == "scheduler":
        serve_as(scheduler(security))
    serve_as(worker(sys.stdin.readline().strip(), folder, security))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
