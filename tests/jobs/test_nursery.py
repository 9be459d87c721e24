"""Where workers come from: forked by a process that has imported what they need, or each for
itself."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

import psutil
import pytest

from kdlab.jobs import JobManager, workers
from kdlab.jobs.nursery import Lines, Mouth, Nursery
from kdlab.system import machine, memory
from tests.jobs.conftest import wait_until
from tests.jobs.test_processes import ROOT, is_gone
from tests.patience import PATIENCE

forks = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux")


def test_lines_come_whole_and_one_by_one():
    read, write = os.pipe()
    lines = Lines(read)
    os.write(write, b"fir")
    assert lines.next(0.0) is None
    os.write(write, b"st\nsecond\nthi")
    assert [lines.next(0.0) for _ in range(3)] == ["first", "second", None]
    os.close(write)
    with pytest.raises(EOFError):
        lines.next(None)
    os.close(read)


def nurseries(manager: JobManager) -> list[psutil.Process]:
    """Those that fork the workers of ``manager``: one, or none while another one is begun."""
    found = map(psutil.Process, manager._keeper.connection.cluster._workers.pids())
    with contextlib.suppress(psutil.NoSuchProcess):
        return [each for each in found if each.ppid() == os.getpid()]
    return []


def another(manager: JobManager, gone: psutil.Process) -> bool:
    """Whether there is another nursery than ``gone``, with two workers."""
    return any(each != gone and len(each.children()) == 2 for each in nurseries(manager))


@forks
def test_workers_share_what_they_all_import(manager):
    (parent,) = nurseries(manager)
    children = parent.children()
    assert len(children) == 2
    assert manager.call(os.getpid) in {child.pid for child in children}
    own = [child.memory_full_info().uss for child in children]
    assert max(own) < parent.memory_info().rss / 2


@forks
def test_when_their_nursery_has_gone_there_is_another_one(manager):
    (gone,) = nurseries(manager)
    children = gone.children()
    gone.kill()
    wait_until(lambda: all(map(is_gone, children)))
    wait_until(lambda: another(manager, gone))
    (now,) = nurseries(manager)
    known = {child.pid for child in now.children()}
    wait_until(lambda: manager.call(os.getpid, timeout=PATIENCE) in known)


@forks
def test_who_ends_the_nursery_ends_its_workers_first(manager):
    (parent,) = nurseries(manager)
    children = parent.children()
    parent.send_signal(signal.SIGTERM)
    wait_until(lambda: all(map(is_gone, children)))
    wait_until(lambda: another(manager, parent))


@forks
def test_what_an_import_prints_is_no_word_of_the_nursery(tmp_path, monkeypatch):
    (tmp_path / "talks.py").write_text("import os\nprint('+ 7 1 hello')\nos.write(1, b'- 0\\n')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    alone = JobManager(workers=1, lease=3600, preload=["talks"])
    try:
        first = alone.call(os.getpid, timeout=PATIENCE)
        assert first in alone.pids
        psutil.Process(first).kill()
        wait_until(lambda: len(alone.pids) == 3 and first not in alone.pids)
        assert alone.call(os.getpid, timeout=PATIENCE) in alone.pids
    finally:
        alone.close()


@forks
def test_a_fork_that_fails_is_one_worker_less_and_the_others_go_on(monkeypatch, tmp_path):
    told, say = [], Mouth.__call__
    monkeypatch.setattr(Mouth, "__call__", lambda self, line: told.append(line) or say(self, line))
    here, beside = os.dup(1), os.dup(2)
    heard, spoken = os.pipe()
    os.dup2(spoken, 1)
    try:
        mouth = Mouth()
    finally:
        os.dup2(here, 1)
        os.dup2(beside, 2)
    monkeypatch.setattr(os, "fork", lambda: (_ for _ in ()).throw(BlockingIOError(11, "no more")))
    read, write = os.pipe()
    os.write(write, f"{tmp_path}/a.log\n{tmp_path}/b.log\n".encode())
    os.close(write)
    Nursery(lambda: None, mouth).serve(Lines(read))
    assert told == ["- 0", "- 1"]
    mouth.close()
    for each in (read, heard, spoken, here, beside):
        os.close(each)


@forks
def test_a_nursery_that_still_imports_ends_with_its_server(tmp_path):
    (tmp_path / "slow.py").write_text("import time, pathlib, sys\n"
                                      "pathlib.Path(__file__).with_suffix('.begun').touch()\n"
                                      "time.sleep(36000)\n")  # fmt: skip
    server = (
        "import os, subprocess, sys, time\n"
        "command = [sys.executable, '-m', 'kdlab.jobs.process', str(os.getpid()), sys.argv[1],"
        " 'nursery', 'slow']\n"
        "one = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "print(one.pid, flush=True)\n"
        "time.sleep(36000)\n"
    )
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    lab = subprocess.Popen(
        [sys.executable, "-c", server, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
    )
    with lab:
        nursery = psutil.Process(int(lab.stdout.readline()))
        wait_until((tmp_path / "slow.begun").exists)
        lab.kill()
    wait_until(lambda: is_gone(nursery))


def test_where_nothing_is_forked_each_worker_imports_for_itself(monkeypatch):
    monkeypatch.setattr("kdlab.jobs.cluster.kind", lambda: workers.Spawned)
    alone = JobManager(workers=1, lease=3600)
    try:
        alone.start()
        assert alone.wait(PATIENCE) == "ready"
        first = alone.call(os.getpid, timeout=PATIENCE)
        assert first in alone._keeper.connection.cluster.pids()
        psutil.Process(first).kill()
        wait_until(lambda: first not in alone._keeper.connection.cluster.pids())
        wait_until(lambda: len(alone._keeper.connection.cluster.pids()) == 2)
    finally:
        alone.close()


@pytest.mark.parametrize(
    ("cores", "gib", "forked", "expected"),
    [(8, 8.0, True, 8), (8, 4.0, True, 8), (4, 4.0, False, 4), (8, 4.0, False, 4),
     (2, 1.0, True, 1), (64, 256.0, True, 8), (4, 0.0, True, 4)],
)  # fmt: skip
def test_there_are_as_many_workers_as_cores_and_memory_allow(
    monkeypatch, cores, gib, forked, expected
):
    monkeypatch.setattr(machine, "cores", lambda: cores)
    monkeypatch.setattr(memory, "usable_gib", lambda: gib)
    monkeypatch.setattr(workers, "kind", lambda: workers.Forked if forked else workers.Spawned)
    assert workers.usual() == expected


@pytest.mark.parametrize(
    ("told", "gib"),
    [("max", 16.0), (str(2 * 2**30), 2.0), (str(2**63 - 4096), 16.0), ("no number", 16.0),
     (None, 16.0), (str(64 * 2**30), 16.0)],
)  # fmt: skip
@pytest.mark.parametrize(
    ("groups", "file"),
    [
        ("0::/", "memory.max"),
        ("0::/system.slice/lab.service", "system.slice/memory.max"),
        ("5:cpu:/x\n4:hugetlb,memory:/docker/a", "memory/docker/a/memory.limit_in_bytes"),
    ],
)
def test_a_container_or_a_service_has_the_memory_that_it_was_given(
    monkeypatch, tmp_path, groups, file, told, gib
):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    if told is not None:
        path.write_text(f"{told}\n")
    (tmp_path / "groups").write_text(f"{groups}\n")
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(memory, "MOUNT", tmp_path)
    monkeypatch.setattr(machine, "memory_gib", lambda: 16.0)
    assert memory.usable_gib() == gib
