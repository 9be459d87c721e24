"""The limit of open files, raised in processes of their own whose limit was lowered before."""

from __future__ import annotations

import subprocess
import sys

import pytest

resource = pytest.importorskip("resource", reason="a limit of POSIX systems")

from kdlab.hosting.open_files import MOST, raise_limit  # noqa: E402

LOWERED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
"""
TELL = "\nprint(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"


def limit_after(code: str, soft: int, hard: int) -> int:
    """The soft limit of a process that had ``soft`` and ``hard`` and then ran ``code``."""
    command = [sys.executable, "-c", LOWERED + code + TELL, str(soft), str(hard)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize(("soft", "hard", "after"), [(128, 200, 200), (200, 200, 200)])
def test_the_soft_limit_becomes_the_hard_one(soft, hard, after):
    code = "from kdlab.hosting.open_files import raise_limit\nraise_limit()"
    assert limit_after(code, soft, hard) == after


@pytest.mark.parametrize(
    ("limits", "allowed", "asked"),
    [
        pytest.param((256, resource.RLIM_INFINITY), MOST, [MOST], id="no hard limit"),
        pytest.param((256, 10 * MOST), MOST, [MOST], id="a very high one"),
        pytest.param(
            (256, MOST), 20_000, [MOST, MOST // 2, MOST // 4], id="the system allows less"
        ),
        pytest.param((256, 1000), 0, [1000, 500], id="nothing more is allowed"),
        pytest.param((MOST, MOST), MOST, [], id="high already"),
        pytest.param((2 * MOST, 10 * MOST), MOST, [], id="never lowered"),
        pytest.param((resource.RLIM_INFINITY, resource.RLIM_INFINITY), MOST, [], id="without end"),
    ],
)
def test_what_is_asked_of_the_system(limits, allowed, asked, monkeypatch):
    found = []

    def setrlimit(what, values):
        found.append(values[0])
        assert values[1] == limits[1], "the hard limit stays"
        if values[0] > allowed:
            raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda what: limits)
    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    raise_limit()
    assert found == asked


def test_the_server_raises_it(tmp_path):
    code = """
from unittest import mock
with mock.patch("kdlab.jobs.JobManager.start"), mock.patch("kdlab.measure.intervals.prepare"):
    from pages.ui.shell import workers
    workers.HEAD_START_SECONDS = 0
    workers.manager()
"""
    assert limit_after(code, 900, 1000) == 1000


def test_a_process_of_the_cluster_raises_it(tmp_path):
    code = """
import io, os
from kdlab.jobs import process
sys.stdin = io.StringIO("")
try:
    process.main(os.getpid(), "FOLDER", "worker", [])
except Exception:  # it was given no identity
    pass
""".replace("FOLDER", str(tmp_path / "none"))
    assert limit_after(code, 900, 1000) == 1000
