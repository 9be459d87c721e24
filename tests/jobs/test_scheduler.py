"""Jobs on a Dask cluster that somebody else started: KDLAB_SCHEDULER."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kdlab import jobs
from kdlab.errors import JobError
from kdlab.experiments.runner import PRELOAD
from kdlab.jobs import JobManager, JobState, ManagerState
from kdlab.jobs.connection import Connection
from tests.jobs import iterators
from tests.jobs.conftest import wait_until
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


def dask(log: Path, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
            env=os.environ | {"PYTHONPATH": str(ROOT)} | more,
            stdout=out,
            stderr=out,
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Nobody answers there, and nobody else can take it meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture(scope="module")
def scheduler(folder) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    log = folder / "scheduler.log"
    process = dask(log, "scheduler", "--host", "127.0.0.1", "--port", "0")
    wait_until(lambda: "Scheduler at:" in log.read_text())
    line = next(line for line in log.read_text().splitlines() if "Scheduler at:" in line)
    yield line.split()[-1], process
    kill(process)


@pytest.fixture(scope="module")
def workers(scheduler, folder) -> Iterator[None]:
    """Two plain workers, which do not know the resource that our own ones have."""
    options = ["--host", "127.0.0.1", "--nthreads", "2", "--no-nanny"]
    here = ["--local-directory", str(folder)]
    processes = [
        dask(folder / "workers.log", "worker", scheduler[0], *options, *here) for _ in range(2)
    ]
    yield
    for process in processes:
        kill(process)


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "http://host:80", "tcp://host", "yes"])
def test_address_of_the_wrong_form_is_a_problem(address):
    manager = JobManager(address)
    manager.start()
    assert manager.wait(PATIENCE) is ManagerState.FAILED
    assert isinstance(manager.problem, JobError)
    assert address in manager.problem.received
    manager.close()


def test_scheduler_that_does_not_answer_is_a_problem(silent_port, monkeypatch):
    monkeypatch.setenv("KDLAB_SCHEDULER", f"tcp://127.0.0.1:{silent_port}")
    manager = JobManager(timeout=0.5)
    job = manager.submit(iterators.count, 3, owner="ann", key="k")
    assert job.wait(PATIENCE)
    assert job.state is JobState.FAILED
    assert manager.state is ManagerState.FAILED
    assert job.error is manager.problem
    assert f"127.0.0.1:{silent_port} did not answer" in job.error.received
    again = manager.submit(iterators.count, 3, owner="ann", key="k")
    assert again.wait(PATIENCE)
    assert (again is job, again.state) == (False, JobState.FAILED)
    with pytest.raises(JobError, match="did not answer"):
        manager.call(iterators.square, 2, timeout=PATIENCE)
    manager.close()


@pytest.mark.parametrize(
    "text", [jobs.__doc__, (ROOT / ".github" / "HOSTING.md").read_text(encoding="utf-8")]
)
def test_the_documented_worker_preloads_what_our_own_do(text):
    (command,) = re.findall(r"python -m dask worker (?:\\\n|[^`\n])*", text)
    assert tuple(re.findall(r"--preload (\S+)", command)) == PRELOAD


def test_scheduler_without_workers_is_a_problem(scheduler, monkeypatch):
    await_worker = Connection._await_worker

    def at_once(connection, *where):
        connection._timeout = 0.0  # it had all the time to connect; no worker will ever come
        await_worker(connection, *where)

    monkeypatch.setattr(Connection, "_await_worker", at_once)
    manager = JobManager(scheduler[0], timeout=PATIENCE)
    manager.start()
    assert manager.wait(PATIENCE) is ManagerState.FAILED
    assert "has no worker" in manager.problem.received
    manager.close()


def test_job_of_a_killed_server_stops(scheduler, workers, tmp_path):
    """Its driver must notice by itself: nobody is left to cancel it."""
    script = (
        "from kdlab.jobs import JobManager\n"
        "from tests.jobs.iterators import until_closed\n"
        "import sys\n"
        f"manager = JobManager(timeout={PATIENCE})\n"
        "manager.submit(until_closed, sys.argv[1], owner='ann', key='k').wait()\n"
    )
    begun, closed = tmp_path / "closed.begun", tmp_path / "closed"
    server = subprocess.Popen(
        [sys.executable, "-c", script, str(closed)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "KDLAB_SCHEDULER": scheduler[0]},
    )
    wait_until(begun.exists)
    assert not closed.exists()
    kill(server)
    wait_until(closed.exists)


def test_job_moves_to_the_other_worker_when_its_own_is_killed(scheduler, workers, tmp_path):
    total = 40
    go = tmp_path / "go"
    manager = JobManager(scheduler[0], timeout=PATIENCE)
    job = manager.submit(iterators.hold, str(go), total, owner="ann", key="k")
    wait_until(lambda: len(job.events) == total - 1)
    attempt, chart = job.read(0, 0)
    first = int(chart[0].stage)
    assert attempt == 1
    psutil.Process(first).kill()
    wait_until(lambda: job.restarts == 1)
    go.touch()
    assert job.wait(PATIENCE)
    assert job.state is JobState.DONE, job.error
    assert [event.done for event in job.events] == list(range(total))
    (second,) = {int(event.stage) for event in job.events}
    assert second != first
    assert job.restarts == 1
    assert job.read(attempt, len(chart)) == (2, job.events)  # the reader's chart starts again
    manager.close()


def test_a_job_hears_what_it_is_told_on_a_worker_of_somebody_else(scheduler, workers):
    manager = JobManager(scheduler[0], timeout=PATIENCE)
    job = manager.submit(iterators.listen, 2, owner="ann", key="k")
    wait_until(lambda: job.events)
    job.tell({"number": 1})
    wait_until(lambda: any(event.done == 1 for event in job.events))
    job.tell({"number": 2})
    assert job.wait(PATIENCE)
    assert job.state is JobState.DONE, job.error
    assert job.events[-1].done == 2
    manager.close()


def test_lost_scheduler_fails_its_jobs(scheduler, workers, tmp_path):
    address, process = scheduler
    manager = JobManager(address, timeout=PATIENCE)
    job = manager.submit(iterators.hold, str(tmp_path / "go"), owner="ann", key="k")
    wait_until(lambda: job.events)
    kill(process)
    assert job.wait(PATIENCE)
    assert job.state is JobState.FAILED
    assert isinstance(job.error, JobError)
    assert manager.wait(PATIENCE) is ManagerState.FAILED
    assert manager.problem is job.error
    manager.close()
