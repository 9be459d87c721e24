from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from kdlab.jobs import JobManager, ManagerState
from tests.patience import PATIENCE


class HandClock:
    """A clock that moves only when a test turns it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def listening(process: psutil.Process) -> list[tuple[str, int]]:
    """Where a process waits for whoever comes: addresses and ports, of TCP and UDP."""
    return [
        (each.laddr.ip, each.laddr.port)
        for each in process.net_connections("inet")
        if each.status == psutil.CONN_LISTEN or (each.type == socket.SOCK_DGRAM and each.laddr)
    ]


@pytest.fixture(scope="session")
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def two_workers(clock: HandClock) -> Iterator[JobManager]:
    manager = JobManager(workers=2, preload=["tests.jobs.iterators"], clock=clock)
    manager.start()
    assert manager.wait(PATIENCE) is ManagerState.READY, manager.problem
    yield manager
    manager.close()


@pytest.fixture
def manager(two_workers: JobManager) -> Iterator[JobManager]:
    """The shared manager, with no job left over from the test before."""
    yield two_workers
    for job in list(two_workers._book.jobs.values()):
        job.cancel()
    wait_until(lambda: not two_workers._book.jobs)
