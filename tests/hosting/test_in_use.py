"""What a process uses is seen by all others, until it has ended, however it ends."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import others

from kdlab.config.schema import TeacherConfig
from kdlab.errors import StoreError
from kdlab.hosting import in_use
from kdlab.hosting.in_use import used, using
from kdlab.storage import folders
from kdlab.storage.store import Store
from kdlab.system import locks, owners
from kdlab.system.paths import BUNDLED, default_home

pytestmark = pytest.mark.attack

NAME = "0123456789abcdef"


def left(home):
    return sorted(p.name for p in (home / in_use.FOLDER).iterdir())


def test_it_is_in_use_inside_and_no_longer():
    home = default_home()
    with using(home, "runs", NAME), using(home, "uploads", f"{NAME}.tar.gz"):
        assert used(home) == {("runs", NAME), ("uploads", f"{NAME}.tar.gz")}
        with using(home, "runs", NAME):
            pass
        assert ("runs", NAME) in used(home), "one of two users has ended"
    assert used(home) == set()
    assert left(home) == []


def test_an_error_inside_ends_it():
    with pytest.raises(ZeroDivisionError), using(default_home(), "runs", NAME):
        _ = 1 / 0
    assert used(default_home()) == set()


def test_another_process_that_is_killed_uses_nothing_any_more():
    home = default_home()
    other = others.start("hold", home, "runs", NAME)
    try:
        assert other.stdout.readline() == "held\n"
        assert used(home) == {("runs", NAME)}
        assert len(left(home)) == 1
    finally:
        os.kill(other.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        other.communicate()
    assert len(left(home)) == 1, "a killed process tidies nothing up"
    assert used(home) == set()
    assert left(home) == []


def test_a_process_of_another_machine_counts_for_a_day_where_its_lock_cannot_be_seen():
    home = default_home()
    with using(home, "runs", NAME):
        path = next((home / in_use.FOLDER).iterdir())
        far = {**json.loads(locks.read(path)), "host": "elsewhere", "boot": "another"}
    assert not path.exists()
    path.write_bytes(json.dumps(far).encode())
    assert owners.parse(path.read_bytes()) is not None
    assert used(home) == {("runs", NAME)}
    os.utime(path, (0, 0))
    assert used(home) == set()
    assert left(home) == []


def test_a_home_that_cannot_be_written_can_be_read(tmp_path):
    home = tmp_path / "file"
    home.write_text("no folder")
    inside = []
    with using(home, "runs", NAME):
        inside.append(1)
    assert inside
    with pytest.raises(StoreError, match="KDLAB_HOME"), using(home, "runs", NAME, must=True):
        pytest.fail("whoever writes is told")


def test_nothing_is_written_where_the_results_lie_that_come_with_the_lab():
    with using(BUNDLED, "runs", NAME, must=True):
        assert not (BUNDLED / in_use.FOLDER).exists()
        assert not (BUNDLED / "quota.lock").exists()


def test_who_registers_waits_for_who_decides():
    home = default_home()
    home.mkdir(exist_ok=True)
    other = None
    try:
        with in_use.gate(home):
            other = others.start("hold", home, "runs", NAME)
            # whatever it has done by now: it is not registered before the gate is open
            while not (home / in_use.FOLDER).exists():
                assert other.poll() is None
            assert used(home) == set()
        assert other.stdout.readline() == "held\n"
        assert used(home) == {("runs", NAME)}
    finally:
        if other is not None:
            other.kill()
            other.communicate()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_what_was_released_is_free_though_a_forked_process_has_its_handle(tmp_path):
    reading, writing = os.pipe()
    with locks.waited(tmp_path / "lock"):
        child = os.fork()
        if not child:
            os.close(writing)
            os.read(reading, 1)  # until the other one has looked
            os._exit(0)
    os.close(reading)
    try:
        found = locks.take(tmp_path / "lock")
        assert found is not None
        found.release()
    finally:
        os.close(writing)
        os.waitpid(child, 0)


def test_a_page_does_not_wait_long_for_who_is_stopped_at_the_gate(monkeypatch):
    store = Store()
    config = TeacherConfig()
    store.record_teacher(config, b"weights")
    monkeypatch.setattr(locks, "PATIENCE", float("inf"))  # a test that waited would never end
    monkeypatch.setattr(folders, "READ_PATIENCE", 0.0)
    with in_use.gate(default_home()):
        assert store._find("teachers", config) is not None
        with store._reading("teachers", config) as folder:
            assert folder is not None
