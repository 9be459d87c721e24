"""A run whose process is killed in the middle of an epoch."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_runs import assert_same_run, new, ran, result

from kdlab.events import FullEpoch, FullPart
from kdlab.fullrun.run import run

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"student": "resnet8", "train_limit": 500, "batch_size": 8, "view_cache": "on"}
PATIENCE_SECONDS = 120


def within(folder, stage, epoch):
    """Whether the process is in the middle of that epoch."""
    now = None
    with contextlib.suppress(ValueError):
        now = folder.now()
    return (
        isinstance(now, FullPart)
        and (now.stage, now.epoch, now.what) == (stage, epoch, "student")
        and 0 < now.done < now.total
    )


def epochs(folder):
    return [(e.stage, e.epoch) for e in folder.read()[0] if isinstance(e, FullEpoch)]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_run_that_was_killed_in_mid_epoch_ends_as_if_nothing_had_been(tmp_path, monkeypatch):
    whole = ran(tmp_path / "whole", **SETTINGS)
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "another-home"))
    folder = new(tmp_path / "run", **SETTINGS)
    command = [sys.executable, "-m", "kdlab", "full-run", "--out", str(folder.path), "--resume"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        while not within(folder, "distilled", 2):
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < end, folder.now()
            time.sleep(0.002)
        assert folder.status().alive
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
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
