"""A run whose process is killed in the middle of an epoch."""

import os
import signal

import pytest
from children import Child
from small_runs import assert_same_run, new, ran, result

from kdlab.events import FullEpoch, FullPart
from kdlab.full_run.run.run import run

pytestmark = pytest.mark.attack

SETTINGS = {"student": "resnet8", "train_limit": 100, "batch_size": 8, "view_cache": "on"}


def epochs(folder):
    return [(e.stage, e.epoch) for e in folder.read()[0] if isinstance(e, FullEpoch)]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_run_that_was_killed_in_mid_epoch_ends_as_if_nothing_had_been(tmp_path, monkeypatch):
    whole = ran(tmp_path / "whole", **SETTINGS)
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "another-home"))
    folder = new(tmp_path / "run", **SETTINGS)
    command = ("full-run", "--out", folder.path, "--resume")
    child = Child("stops_itself.py", "distilled", 2, *command)
    try:
        told = child.hear()  # from the middle of that epoch, where it waits
        assert 0 < told["done"] < told["total"]
        now = folder.now()
        assert isinstance(now, FullPart)
        assert (now.stage, now.epoch, now.what) == ("distilled", 2, "student")
        assert (now.done, now.total) == (told["done"], told["total"])
        status = folder.status()
        assert (status.alive, status.pid) == (True, child.pid)
        os.kill(child.pid, signal.SIGKILL)
    finally:
        child.end()
    before = epochs(folder)
    assert before[-1] == ("distilled", 1)
    assert (folder.path / "checkpoint.safetensors").is_file()
    assert not (folder.path / "distilled-seed0.safetensors").exists()
    assert folder.status().state == "interrupted"
    assert folder.status().resumable

    heard = []
    assert run(folder, heard.append).state == "finished"
    assert [(e.stage, e.epoch) for e in heard if isinstance(e, FullEpoch)] == [("distilled", 2)]
    assert epochs(folder) == epochs(whole)
    assert_same_run(whole, folder)
    ours, theirs = result(folder), result(whole)
    assert [g["accuracy"] for g in ours.groups] == [g["accuracy"] for g in theirs.groups]
    assert ours.teacher_accuracy == theirs.teacher_accuracy
