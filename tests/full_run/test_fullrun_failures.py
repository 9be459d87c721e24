"""Bad inputs: each ends the run in a named state, with a sentence, and the folder stays valid."""

import errno
import json
import tarfile
import urllib.error
import urllib.request
import weakref

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch
import torchvision
from archives_made import write_zip
from small_runs import assert_same_run, config, new, ran, results

from kdlab import models
from kdlab.config import base
from kdlab.errors import ConfigError, StoreError
from kdlab.events import FullEpoch, FullStarted, StageDone
from kdlab.full_run.engine import estimate, objective
from kdlab.full_run.engine.steps import Steps
from kdlab.full_run.engine.train import FullRun
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import checkpoint, failures
from kdlab.full_run.run.folder import RunFolder
from kdlab.full_run.run.history import FullHistory
from kdlab.full_run.run.run import run
from kdlab.full_run.run.status import FAILURES
from kdlab.models.weights import dump_weights
from kdlab.system import files, records

CHECKPOINT = "checkpoint.safetensors"
STUDENT = StageDone(
    stage="distilled", seed=0, accuracy=0.5, best=0.5, best_epoch=1, fidelity=0.5, ece=0.1,
    seconds=1.0, images_per_second=1.0, reused=False,
).to_json()  # fmt: skip


def ends(folder, failure):
    """The sentence with which a run ends; its folder is still one."""
    status = run(folder)
    assert (status.state, status.failure) == ("failed", failure)
    said = folder.status()
    assert (said.state, said.failure, said.reason) == ("failed", failure, status.reason)
    assert said.failure in FAILURES
    assert said.resumable
    assert not said.alive
    assert status.reason.endswith(".")
    assert RunFolder(folder.path).config() == folder.config()
    events, offset = folder.read()
    assert offset == (folder.path / "events.jsonl").stat().st_size if events else offset == 0
    history = FullHistory()
    history.take(events)
    assert 0 <= history.share_done < 1
    assert not [path for path in folder.path.iterdir() if path.name.startswith(".check")]
    return status.reason


# -- the loss ---------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_names_the_rate_to_lower(tmp_path):
    folder = new(tmp_path / "run", learning_rate=10.0, weight_decay=0.1, epochs=6, seeds=2)
    reason = ends(folder, "loss")
    assert "labels only, seed 0" in reason
    assert "Lower learning_rate to a tenth" in reason
    told = [event for event in folder.read()[0] if isinstance(event, FullEpoch)]
    assert not np.isfinite(told[-1].loss)
    assert all(np.isfinite(event.loss) for event in told[:-1])
    # the teacher was done, and its network is good
    assert [(e.stage, e.seed) for e in folder.read()[0] if isinstance(e, StageDone)] == [
        ("teacher", 0)
    ]
    assert [path.stem for path in folder.weights()] == ["teacher"]


def test_a_teachers_loss_names_its_own_rate(tmp_path, monkeypatch):
    total = objective.Objective.total

    def infinite(self, hard, soft, warm):
        return total(self, hard, soft, warm) * float("inf")

    monkeypatch.setattr(objective.Objective, "total", infinite)
    folder = new(tmp_path / "run")
    reason = ends(folder, "loss")
    assert "teacher, seed 0" in reason
    assert "in epoch 1" in reason
    assert "teacher_learning_rate" in reason
    assert not (folder.path / CHECKPOINT).exists()
    monkeypatch.undo()
    assert run(folder).state == "finished"


# -- memory -----------------------------------------------------------------------------------


def holds(monkeypatch, most, error):
    """A device with memory for batches of ``most`` images."""
    step = Steps._step

    def limited(self, rows):
        if rows > most:
            raise type(error)(*error.args)  # one's own: a traceback holds on to what it passed
        step(self, rows)

    monkeypatch.setattr(Steps, "_step", limited)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        MemoryError(),
    ],
    ids=["cuda", "cpu", "python"],
)
def test_out_of_memory_names_a_batch_that_was_tried(tmp_path, monkeypatch, error):
    holds(monkeypatch, 40, error)
    reason = ends(new(tmp_path / "run", batch_size=128), "memory")
    assert "with batch_size 128" in reason
    assert "Set batch_size to 32, which was tried and fits" in reason


def test_where_no_batch_fits_a_smaller_network_is_named(tmp_path, monkeypatch):
    holds(monkeypatch, 0, torch.OutOfMemoryError("CUDA out of memory"))
    reason = ends(new(tmp_path / "run", batch_size=32), "memory")
    assert "Choose a smaller network or smaller images" in reason
    assert "Set batch_size" not in reason


def test_the_failed_steps_memory_is_free_before_a_smaller_batch_is_tried(tmp_path, monkeypatch):
    made, alive = [], []
    init = FullRun.__init__

    def noted(self, *args, **more):
        init(self, *args, **more)
        made.append(weakref.ref(self))

    monkeypatch.setattr(FullRun, "__init__", noted)
    holds(monkeypatch, 40, torch.OutOfMemoryError("CUDA out of memory"))
    monkeypatch.setattr(
        estimate, "fits", lambda *args: alive.append([m() is not None for m in made]) or True
    )
    ends(new(tmp_path / "run", batch_size=128), "memory")
    assert alive == [[False]]


def test_a_try_that_fails_otherwise_does_not_fit(tmp_path, monkeypatch):
    holds(monkeypatch, 40, torch.OutOfMemoryError("CUDA out of memory"))

    def broken(*args, **more):
        raise ValueError("something else")

    monkeypatch.setattr(estimate, "_Measured", broken)
    assert "Choose a smaller network" in ends(new(tmp_path / "run", batch_size=128), "memory")


@pytest.mark.parametrize(
    "text", ["CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`", "Unable to find an engine"]
)
def test_libraries_say_it_in_their_own_words(text):
    assert failures.is_memory(RuntimeError(text))
    assert not failures.is_memory(ValueError(text))


def test_memory_is_told_from_other_errors():
    assert failures.is_memory(RuntimeError("CUDA error: out of memory"))
    assert not failures.is_memory(RuntimeError("shapes do not match"))
    assert failures.out_of_memory(64, lambda batch: batch <= 8).count("batch_size to 8,") == 1
    assert "Set batch_size to 32, or" in failures.out_of_memory(64, None)


# -- the disk ---------------------------------------------------------------------------------


def full_disk(monkeypatch, name, after, code=errno.ENOSPC):
    """Files called ``name`` cannot be written any more, after so many of them."""
    write, seen = files.write, []

    def limited(path, content):
        if path.name == name:
            seen.append(path)
            if len(seen) > after:
                raise OSError(code, "No space left on device")
        write(path, content)

    monkeypatch.setattr(files, "write", limited)


@pytest.mark.parametrize(
    ("name", "after", "left"), [(CHECKPOINT, 3, 3), ("labels-only-seed0.safetensors", 0, 4)]
)
def test_a_full_disk_leaves_the_old_checkpoint_and_resume_finishes(
    tmp_path, monkeypatch, name, after, left
):
    whole = ran(tmp_path / "whole")
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "another-home"))
    folder = new(tmp_path / "run")
    with monkeypatch.context() as patch:
        full_disk(patch, name, after)
        reason = ends(folder, "disk")
    assert "No space left on device" in reason
    assert "resume" in reason
    heard = []
    assert run(folder, heard.append).state == "finished"
    assert sum(isinstance(event, FullEpoch) for event in heard) == 6 - left
    assert_same_run(whole, folder)


def test_a_disk_that_takes_no_events_is_a_full_disk(tmp_path):
    """A limit on the size of files stands for it; a status is smaller than that."""
    resource = pytest.importorskip("resource")
    folder = new(tmp_path / "run")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))
    try:
        status = run(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (status.state, status.failure) == ("failed", "disk")
    (folder.path / "events.jsonl").unlink()
    assert run(folder).state == "finished"


def test_a_home_that_takes_no_teacher_ends_no_run(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "file"))
    folder = new(tmp_path / "run")
    assert run(folder).state == "finished", "the teacher is kept for later runs: this one has it"


# -- the data ---------------------------------------------------------------------------------


def images(folder, **changes):
    return {
        "dataset": "images", "folder": str(folder), "image_size": 8, "train_limit": "all",
        "batch_size": 8, **changes,
    }  # fmt: skip


def test_a_damaged_archive_ends_the_run_and_a_whole_one_goes_on(tmp_path):
    archive = tmp_path / "photos.zip"
    write_zip(archive, side=8, each=12)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    folder = new(tmp_path / "run", **images(archive))
    assert "photos.zip" in ends(folder, "data")
    archive.write_bytes(whole)
    assert run(folder).state == "finished"


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 and nothing else"])
def test_an_archive_that_is_none_is_named(tmp_path, content):
    archive = tmp_path / "photos.zip"
    if content is not None:
        archive.write_bytes(content)
    assert "photos.zip" in ends(new(tmp_path / "run", **images(archive)), "data")


def test_a_download_that_stopped_half_way_is_told_with_what_to_do(tmp_path, monkeypatch):
    """Half an archive in the folder, no network, no complete set of files."""
    home = tmp_path / "data"
    home.mkdir()
    monkeypatch.setenv("KDLAB_DATA", str(home))

    def offline(*args, **more):
        raise urllib.error.URLError("name or service not known")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    (home / torchvision.datasets.CIFAR10.filename).write_bytes(b"\x1f\x8b\x08 half of it")
    (home / "cifar-10-batches-py").mkdir()
    (home / "cifar-10-batches-py" / "data_batch_1").write_bytes(b"\x80\x02 half of it")
    with pytest.raises(tarfile.ReadError), tarfile.open(next(home.glob("*.gz"))):
        pass
    folder = new(tmp_path / "run", dataset="cifar10", teacher="resnet8")
    reason = ends(folder, "data")
    assert "name or service not known" in reason
    assert "KDLAB_DATA" in reason
    assert str(home) in reason


def test_one_training_image_is_too_few(tmp_path):
    reason = ends(new(tmp_path / "run", train_limit=1), "settings")
    assert "train_limit" in reason


# -- networks ---------------------------------------------------------------------------------


def own_teacher(path, name="cnn-8", classes=10, shape=(1, 8, 8)):
    module = models.build(name, shape, classes, 0)
    path.write_bytes(dump_weights(module, name, shape, classes))
    return str(path)


def test_a_teacher_of_another_architecture_is_named(tmp_path):
    file = own_teacher(tmp_path / "own.safetensors", "resnet8")
    reason = ends(new(tmp_path / "run", teacher_file=file), "network")
    assert "holds resnet8" in reason
    assert "Set the teacher to resnet8" in reason


def test_a_teacher_of_other_classes_or_images_is_named(tmp_path):
    for changes, word in (({"classes": 7}, "7 classes"), ({"shape": (3, 8, 8)}, "(3, 8, 8)")):
        file = own_teacher(tmp_path / "own.safetensors", **changes)
        reason = ends(new(tmp_path / word, teacher_file=file), "network")
        assert word in reason
        assert "Choose the data with which it was trained" in reason


def test_weights_that_belong_to_another_network_than_they_say(tmp_path):
    module = models.build("cnn-16", (1, 8, 8), 10, 0)
    file = tmp_path / "own.safetensors"
    file.write_bytes(dump_weights(module, "cnn-8", (1, 8, 8), 10))
    assert "cnn-8" in ends(new(tmp_path / "run", teacher_file=str(file)), "network")


def test_a_teacher_whose_answers_are_no_numbers_is_named(tmp_path):
    """Its weights are finite, and what it says of images is not: no student can learn from it."""
    module = models.build("cnn-8", (1, 8, 8), 10, 0)
    with torch.no_grad():
        for layer in (module[0], module[-1]):
            layer.weight.mul_(1e30)
    file = tmp_path / "own.safetensors"
    file.write_bytes(dump_weights(module, "cnn-8", (1, 8, 8), 10))
    reason = ends(new(tmp_path / "run", teacher_file=str(file)), "network")
    assert "NaN or infinite" in reason
    assert "Load other weights" in reason


@pytest.mark.parametrize("content", [None, b"", b"not weights at all", b"\xff" * 4000])
def test_a_teacher_that_cannot_be_read_is_a_sentence(tmp_path, content):
    file = tmp_path / "own.safetensors"
    if content is not None:
        file.write_bytes(content)
    reason = ends(new(tmp_path / "run", teacher_file=str(file)), "network")
    assert "safetensors" in reason


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"student": "resnet21"}, "network"),
        ({"method": "telepathy"}, "settings"),
        ({"dataset": "moons"}, "settings"),
        ({"dataset": "nothing"}, "settings"),
        ({"recipe": "crd"}, "settings"),
    ],
)
def test_settings_that_cannot_be_run_are_told(tmp_path, changes, failure):
    reason = ends(new(tmp_path / "run", **changes), failure)
    assert next(iter(changes.values())) in reason


# -- the folder -------------------------------------------------------------------------------


@pytest.fixture
def begun(tmp_path):
    """A run that was stopped after the labels-only student's first epoch."""
    folder = new(tmp_path / "run")

    def tell(event):
        if isinstance(event, FullEpoch) and event.stage == "labels only":
            folder.ask_to_stop()

    assert run(folder, tell).state == "stopped"
    return folder


def test_a_run_does_not_go_on_with_another_loss_than_it_began_with(begun, monkeypatch):
    """The lab was updated meanwhile, and its method gives other numbers."""
    before = (begun.path / "events.jsonl").read_bytes()
    method = begun.config().method
    monkeypatch.setattr(base, "REVISED", {"method": {method: 1000}})
    reason = ends(begun, "folder")
    assert "earlier version of the lab" in reason
    assert "another folder" in reason
    assert (begun.path / "events.jsonl").read_bytes() == before
    monkeypatch.undo()
    assert run(begun).state == "finished"


def test_a_configuration_that_was_changed_does_not_go_on(begun):
    old = (begun.path / "config.json").read_text()
    changed = begun.config().model_copy(update={"alpha": 0.1})
    (begun.path / "config.json").write_text(changed.to_json())
    before = (begun.path / "events.jsonl").read_bytes()
    reason = ends(begun, "folder")
    assert "another configuration" in reason
    assert "Restore the old config.json" in reason
    assert (begun.path / "events.jsonl").read_bytes() == before
    (begun.path / "config.json").write_text(old)
    assert run(begun).state == "finished"


@pytest.mark.parametrize("keep", [0, 100, -50])
def test_a_checkpoint_that_is_damaged_is_told_and_can_be_deleted(begun, keep):
    path = begun.path / CHECKPOINT
    path.write_bytes(path.read_bytes()[:keep])
    reason = ends(begun, "folder")
    assert CHECKPOINT in reason
    assert "Delete the checkpoint" in reason
    path.unlink()
    assert run(begun).state == "finished"
    assert results(begun)["teacher", 0]["reused"], "it was done, and this machine has kept it"


def rewritten(begun, tensors=None, mark=None, *, checksum):
    """The checkpoint with other contents; with a right ``checksum``, as if the lab had erred."""
    path = begun.path / CHECKPOINT
    state, known = checkpoint.read(begun.path, begun.config().fingerprint())
    with safetensors.safe_open(path, "pt") as file:
        told = file.metadata()
    said = json.dumps(json.loads(records.to_json(known)) | (mark or {}))
    state = state if tensors is None else {name: tensors(t) for name, t in state.items()}
    told = {"mark": said, "checksum": told["checksum"]}
    if checksum:
        told["checksum"] = checkpoint._checksum(state, said)
    path.write_bytes(safetensors.torch.save(state, told))


@pytest.mark.parametrize("checksum", [True, False], ids=["sealed", "not sealed"])
@pytest.mark.parametrize(
    "tensors", [lambda t: torch.zeros(3, 3), lambda t: t.reshape(-1)[:1].clone()],
    ids=["other", "broadcast"],
)  # fmt: skip
def test_a_checkpoint_of_another_network_is_no_checkpoint(begun, tensors, checksum):
    rewritten(begun, tensors, checksum=checksum)
    assert "Delete the checkpoint" in ends(begun, "folder")


@pytest.mark.parametrize(
    "mark",
    [{"epoch": 99}, {"epoch": -1}, {"epoch": 0}, {"epoch": 1.5}, {"epoch": "1"}, {"stage": -1},
     {"stage": None}, {"log": -5}, {"best": float("nan")}, {"seconds": "long"},
     {"best": 10**400}, {"done": []}, {"done": 3}, {"done": [{"told": "{}", "digest": ""}]},
     {"done": [{"told": STUDENT, "digest": ""}]}, {"log_digest": 5}, {"colour": 1}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("checksum", [True, False], ids=["sealed", "not sealed"])
def test_a_mark_that_cannot_be_is_told(begun, mark, checksum):
    rewritten(begun, mark=mark, checksum=checksum)
    assert "Delete the checkpoint" in ends(begun, "folder")


def test_any_bit_that_changed_is_told(begun):
    path = begun.path / CHECKPOINT
    content = path.read_bytes()
    fingerprint = begun.config().fingerprint()
    size = 8 + int.from_bytes(content[:8], "little")
    for place in range(size, len(content), max(1, (len(content) - size) // 40)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        with pytest.raises(StoreError, match="at least one bit has changed"):
            checkpoint.read(begun.path, fingerprint)
    path.write_bytes(content)
    assert checkpoint.read(begun.path, fingerprint) is not None


@pytest.mark.parametrize("garbage", [b"\0" * 900, b"what\n", b'{"event": "FullEp', b"\xff\n\xfe\n"])
def test_what_follows_the_checkpoints_mark_in_the_log_is_cut_unread(begun, garbage):
    _, mark = checkpoint.read(begun.path, begun.config().fingerprint())
    events = begun.path / "events.jsonl"
    whole = events.read_bytes()
    events.write_bytes(whole[: mark.log] + garbage)
    assert run(begun).state == "finished"
    assert events.read_bytes()[: mark.log] == whole[: mark.log]


@pytest.mark.parametrize("content", ["", '{"epochs": 0}', '{"colour": 3}'])
def test_a_configuration_that_cannot_be_read_is_no_run_at_work(tmp_path, content):
    folder = new(tmp_path / "run")
    (folder.path / "config.json").write_text(content)
    with pytest.raises((ConfigError, StoreError)):
        run(folder)
    assert folder.status().state == "new"


def test_an_error_that_nobody_foresaw_has_a_name_too(tmp_path, monkeypatch, capsys):
    def surprise(self, rows):
        raise ZeroDivisionError("of a moon")

    monkeypatch.setattr(Steps, "_step", surprise)
    folder = new(tmp_path / "run")
    reason = ends(folder, "crash")
    assert reason.startswith("ZeroDivisionError: of a moon.")
    assert "ZeroDivisionError" in capsys.readouterr().err
    monkeypatch.undo()
    assert run(folder).state == "finished"


def test_a_reader_that_fails_ends_the_run_in_a_state(tmp_path):
    def tell(event):
        if isinstance(event, FullStarted):
            raise ValueError("nobody listens")

    folder = new(tmp_path / "run")
    assert run(folder, tell).failure == "crash"
    assert json.loads((folder.path / "status.json").read_text())["state"] == "failed"
    assert isinstance(config(), FullRunConfig)
