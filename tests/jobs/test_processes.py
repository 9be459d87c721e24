"""No process outlives the lab, and nothing is said on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil

from tests.jobs.conftest import wait_until

ROOT = Path(__file__).parents[2]
SERVER = """
import sys, time
from pathlib import Path
from kdlab.jobs import JobManager
from tests.jobs.iterators import hold
assert "torch" not in sys.modules and "distributed" not in sys.modules
manager = JobManager(workers=1)
job = manager.submit(hold, sys.argv[1], owner="ann", key="k")
queued = manager.submit(hold, sys.argv[1], owner="bob", key="l")
while not job.events:
    time.sleep(0.01)
Path(sys.argv[1] + ".ready").touch()
if sys.argv[2] == "stay":
    time.sleep(600)
"""


def serve(tmp_path: Path, what: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVER, str(tmp_path / "go"), what],
        env={name: value for name, value in os.environ.items() if name != "KDLAB_SCHEDULER"}
        | {"PYTHONPATH": str(ROOT)}
        | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path)),  # each system reads its own
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_interpreter_ends_with_a_job_running_and_says_nothing(tmp_path):
    server = serve(tmp_path, "go")
    wait_until((tmp_path / "go.ready").exists)
    out, err = server.communicate(timeout=60)
    assert (server.returncode, out, err) == (0, b"", b"")
    assert not list(tmp_path.glob("kdlab-*"))


def test_killed_server_takes_its_processes_with_it(tmp_path):
    server = serve(tmp_path, "stay")
    wait_until((tmp_path / "go.ready").exists)
    children = psutil.Process(server.pid).children(recursive=True)
    assert len(children) >= 2
    server.kill()
    server.communicate()
    wait_until(lambda: all(is_gone(child) for child in children))
    if os.name != "nt":  # where a process cannot remove the log that it has open itself
        wait_until(lambda: not list(tmp_path.glob("kdlab-*")))
