"""Several processes as one: the same batches, the same losses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from small_runs import new, ran, results, tensors

from kdlab.events import FullEpoch, FullStarted
from kdlab.full_run.engine import torchrun
from kdlab.full_run.engine.process_group import ProcessGroup, join, synced
from kdlab.full_run.run.folder import RunFolder

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "teacher": "resnet8",
    "student": "resnet8",
    "train_limit": 301,  # six batches of 50, which are shared out, and one of 1, which is not
    "batch_size": 50,
    "learning_rate": 0.005,
    "teacher_learning_rate": 0.005,
    "view_cache": "on",
}
STUCK_SECONDS = 900
"""Two processes that have not ended by then will not."""


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """Where two processes have been at work."""
    out = tmp_path_factory.mktemp("group")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDLAB_HOME", str(out / "home"))
        patch.setenv("KDLAB_DEVICE", "cpu")
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("PYTHONPATH", str(ROOT))
        new(out / "run", **SETTINGS)
        new(out / "refused", method="dist", method_parameters=())
        another = new(out / "held")
        another.claim()
        command = [
            sys.executable, *torchrun.launcher(2),
            str(Path(__file__).with_name("group_program.py")), str(out),
        ]  # fmt: skip
        with (out / "log").open("w+") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
            try:
                code = process.wait(STUCK_SECONDS)
            finally:
                another.release()
                process.terminate()  # it takes its two processes with it
                process.wait()
        assert code == 0, (out / "log").read_text()[-4000:]
    return out


@pytest.fixture
def alone(tmp_path):
    return ran(tmp_path / "alone", **SETTINGS)


def epochs(folder):
    return [event for event in folder.read()[0] if isinstance(event, FullEpoch)]


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one(together, alone):
    folder = RunFolder(together / "run")
    told = [json.loads((together / f"rank{rank}.json").read_text()) for rank in (0, 1)]
    assert [each["run"] for each in told] == ["finished", "finished"]
    ours, theirs = epochs(folder), epochs(alone)
    assert [(e.stage, e.epoch) for e in ours] == [(e.stage, e.epoch) for e in theirs]
    for one, other in zip(ours, theirs, strict=True):
        for what in ("loss", "hard", "soft"):
            assert getattr(one, what) == pytest.approx(getattr(other, what), rel=1e-3)
        assert one.train_accuracy == pytest.approx(other.train_accuracy, abs=2 / 301)
        assert one.accuracy == pytest.approx(other.accuracy, abs=0.02)
        assert (one.learning_rate, one.answered > 0) == (other.learning_rate, other.answered > 0)
    waited, first, second = told[0]["owner"], *(each["owner"] for each in told)
    assert (waited[:2], second) == (["running", True], []), "the first owns it, and alone tells"
    assert "has been at work in" in first[2]
    assert folder.status().state == "finished"
    (started,) = [event for event in folder.read()[0] if isinstance(event, FullStarted)]
    assert started.device["processes"] == 2
    assert results(folder).keys() == results(alone).keys()
    weights, expected = tensors(folder), tensors(alone)
    for file, state in expected.items():
        for name, tensor in state.items():
            torch.testing.assert_close(
                weights[file][name], tensor, rtol=0.01, atol=0.005, msg=f"{file}: {name}"
            )


@pytest.mark.slow
def test_a_group_whose_folder_another_process_holds_ends_as_a_whole(together):
    first, second = (
        json.loads((together / f"rank{rank}.json").read_text())["held"] for rank in (0, 1)
    )
    assert f"process {os.getpid()} on" in first
    assert "has been at work in" in first
    assert second == "failed"


@pytest.mark.slow
def test_a_method_that_needs_whole_batches_is_refused_before_anything_is_trained(together):
    for rank in (0, 1):
        said = json.loads((together / f"rank{rank}.json").read_text())["refused"]
        assert "method is 'dist' on 2 GPUs" in said
        assert "soft-targets" in said


@pytest.mark.slow
def test_the_norm_of_a_group_is_that_of_the_whole_batch(together):
    for rank in (0, 1):
        told = json.loads((together / f"rank{rank}.json").read_text())["norms"]
        assert set(told) == {"8", "7", "1"}
        for count, differences in told.items():
            for what, size in differences.items():
                assert size < 2e-5, (rank, count, what)


def test_every_row_of_a_batch_is_somebodys():
    for size in (1, 2, 3, 8):
        for count in range(size, 40):
            shares = [ProcessGroup(rank, size).share(count) for rank in range(size)]
            rows = [row for low, high in shares for row in range(low, high)]
            assert rows == list(range(count))
            assert max(h - low for low, h in shares) - min(h - low for low, h in shares) <= 1
            # the mean over processes of weighted sums is the mean over the batch
            weight = ProcessGroup(0, size).weight(count)
            assert sum(weight * (h - low) for low, h in shares) / size == pytest.approx(1)
        for count in range(1, size):
            group = ProcessGroup(size - 1, size)
            assert group.share(count) == (0, count)
            assert group.weight(count) * count == pytest.approx(1)
            assert group.copies(count) == size


def test_one_process_is_no_group(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    group = join(torch.device("cpu"))
    assert (group, group.first) == (ProcessGroup(), True)
    module = torch.nn.Sequential(torch.nn.BatchNorm2d(2))
    assert type(synced(module, group)[0]) is torch.nn.BatchNorm2d
    assert group.wrap(module, torch.device("cpu")) is module
    values = torch.ones(3)
    assert torch.equal(group.total(values), torch.ones(3))
    assert group.agree(True, torch.device("cpu")) is True
