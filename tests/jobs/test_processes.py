"""No process outlives the lab, and nothing is said on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.jobs.conftest import listening, wait_until
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
SERVER = """
import sys, time
from pathlib import Path
from kdlab.jobs import JobManager
from tests.jobs.iterators import hold
from tests.patience import PATIENCE
assert "torch" not in sys.modules and "distributed" not in sys.modules
manager = JobManager(workers=1, lease=3600)  # nobody renews here
job = manager.submit(hold, sys.argv[1], owner="ann", key="k")
queued = manager.submit(hold, sys.argv[1], owner="bob", key="l")
while not job.events:
    time.sleep(0.01)
Path(sys.argv[1] + ".ready").touch()
if sys.argv[2] == "stay":
    time.sleep(36000)
"""


def serve(folder: Path, what: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVER, str(folder / "go"), what],
        env={name: value for name, value in os.environ.items() if name != "KDLAB_SCHEDULER"}
        | {"PYTHONPATH": str(ROOT)}
        | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)),  # each system reads its own
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


Served = dict[str, tuple[subprocess.Popen[bytes], Path]]


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    """Two servers that start side by side, and their folders: one ends by itself as soon as its job
    runs ("go"), one stays ("stay")."""
    folders = {what: tmp_path_factory.mktemp(what) for what in ("go", "stay")}
    servers = {what: (serve(folder, what), folder) for what, folder in folders.items()}
    yield servers
    for server, _ in servers.values():
        server.kill()
        server.communicate()


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_interpreter_ends_with_a_job_running_and_says_nothing(served):
    server, folder = served["go"]
    wait_until((folder / "go.ready").exists)
    out, err = server.communicate(timeout=PATIENCE)
    assert (server.returncode, out, err) == (0, b"", b"")
    assert not list(folder.glob("kdlab-*"))


def test_a_lab_of_one_worker_opens_two_doors_on_loopback(served):
    server, folder = served["stay"]
    wait_until((folder / "go.ready").exists)
    lab = psutil.Process(server.pid)
    found = [place for each in (lab, *lab.children(recursive=True)) for place in listening(each)]
    assert [host for host, _ in found] == ["127.0.0.1", "127.0.0.1"]
    assert listening(lab) == []


def test_killed_server_takes_its_processes_with_it(served):
    server, folder = served["stay"]
    wait_until((folder / "go.ready").exists)
    children = psutil.Process(server.pid).children(recursive=True)
    assert len(children) >= 2
    server.kill()
    server.communicate()
    wait_until(lambda: all(is_gone(child) for child in children))
    if os.name != "nt":  # where a process cannot remove the log that it has open itself
        wait_until(lambda: not list(folder.glob("kdlab-*")))
