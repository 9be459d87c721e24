"""What a run's folder may hold instead of what the lab wrote: a value, nothing, or a sentence."""

from __future__ import annotations

import json
import platform

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_runs import config, new

from kdlab.errors import KdlabError, StoreError
from kdlab.events import Event, FullPart, StageDone
from kdlab.full_run.recipe import pretrained, teacher_file
from kdlab.full_run.recipe import pretrained_own as own
from kdlab.full_run.recipe import pretrained_weights as published
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import checkpoint, digest, log, past
from kdlab.full_run.run.checkpoint import CheckpointMeta, Kept
from kdlab.full_run.run.folder import runs
from kdlab.full_run.run.history import FullHistory
from kdlab.full_run.run.status import STATES
from kdlab.models import header
from kdlab.system import locks
from kdlab.system.owners import Owner
from tests.fuzzing import damaged, fuzz, harmed, told

pytestmark = pytest.mark.attack

DONE = StageDone(
    stage="teacher", seed=0, accuracy=0.5, best=0.5, best_epoch=1, fidelity=1.0, ece=0.1,
    seconds=1.0, images_per_second=1.0, reused=False,
)  # fmt: skip
PART = FullPart(
    stage="teacher", seed=0, epoch=1, what="student", done=1, total=2, images_per_second=1.0
)
HERE = Owner("here", 1, "", "", "2026-01-02 03:04:05")
"""A process that is there on every machine."""
LOG = (DONE.to_json() + "\n").encode() * 3


def mark(**changes):
    known = {
        "fingerprint": config().fingerprint(), "precision": "fp32", "stage": 1, "epoch": 1,
        "best": 0.5, "best_epoch": 1, "seconds": 1.0, "training_seconds": 1.0, "log": len(LOG),
        "log_digest": log.digest(LOG), "done": (Kept(DONE, "ab"),),
    }  # fmt: skip
    return CheckpointMeta(**known | changes)


def encoded(text):
    return text.encode("utf-8", "surrogatepass")


def of_parts(head, data):
    """A safetensors file with this header."""
    return len(head).to_bytes(8, "little") + head + data


def parted(content):
    """(its header, what follows)."""
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


# -- what people and pages read ---------------------------------------------------------------


def test_a_configuration(tmp_path):
    folder = new(tmp_path / "run")
    path = folder.path / "config.json"

    @fuzz(250)
    @given(damaged(json.loads(path.read_text())))
    def read(text):
        path.write_bytes(encoded(text))
        assert [run.path for run in runs(tmp_path)] == [folder.path]
        try:
            found = folder.config()
        except KdlabError as error:
            told(error)
        else:
            assert FullRunConfig.from_json(found.to_json()) == found
            found.fingerprint().encode()
            found.to_query()
            found.teacher_config()
            found.reference()

    read()


@pytest.mark.parametrize("name", ["now.json", "launched.json", "lock"])
def test_what_processes_say_of_themselves(tmp_path, monkeypatch, name):
    monkeypatch.setattr(platform, "node", lambda: "here")
    folder = new(tmp_path / "run")
    known = json.loads(PART.to_json() if name == "now.json" else HERE.to_bytes())

    @fuzz()
    @given(damaged(known) | st.binary(max_size=300))
    def read(text):
        content = text if isinstance(text, bytes) else encoded(text)
        (folder.path / name).write_bytes(content)
        status = folder.status()
        assert status.state in STATES
        f"{status.reason}{status.failure}{status.host}{status.since}".encode()
        assert isinstance(folder.owned.owner(), Owner | None)
        assert isinstance(folder.now(), Event | None)
        assert not locks.held(folder.path / "lock")

    read()


@pytest.mark.parametrize("field", ["host", "born", "boot", "since"])
def test_half_a_letter_names_no_owner(tmp_path, field):
    folder = new(tmp_path / "run")
    said = json.loads(HERE.to_bytes()) | {field: "\ud800"}
    (folder.path / "lock").write_text(json.dumps(said))
    assert folder.owned.owner() is None
    assert folder.status().state == "new"


def test_a_log(tmp_path):
    """Pages read it from the beginning, a process up to its mark."""
    folder = new(tmp_path / "run")
    path = folder.path / "events.jsonl"
    old = mark(log_digest="")

    @fuzz(250)
    @given(
        harmed(LOG) | damaged(json.loads(DONE.to_json())).map(lambda t: encoded(t) + b"\n" + LOG)
    )
    def read(content):
        path.write_bytes(content)
        try:
            history = FullHistory()
            history.take(folder.read()[0])
            assert 0 <= history.share_done <= 1
            history.accuracies()
            history.results()
        except StoreError as error:
            told(error)
        whole = content[: len(LOG)] == LOG
        assert (past._told(folder.path, mark()) is not None) == whole
        assert all(isinstance(e, Event) for e in past._told(folder.path, old) or ())

    read()


# -- what a process goes on from --------------------------------------------------------------


def test_a_digest_of_data(tmp_path):
    path = tmp_path / digest.NAME
    facts = {
        "classes": ["a", "b"], "shape": [1, 8, 8], "counts": {"train": 9, "test": 3},
        "contents": {"train": "00", "test": "11"},
    }  # fmt: skip
    whole = facts | {digest.CHECKSUM: digest._sum(facts)}
    path.write_text(json.dumps(whole))
    right = digest._read(path)
    assert right is not None

    @fuzz(250)
    @given(damaged(whole))
    def read(text):
        path.write_bytes(encoded(text))
        try:
            found = digest._read(path)
        except StoreError as error:
            told(error)
        else:
            unsealed = digest.CHECKSUM not in json.loads(text)
            assert found == right or unsealed

    read()


def test_a_mark():
    """Even one that is sealed."""
    assert checkpoint._from_json(checkpoint._to_json(mark())) == mark()

    @fuzz(400)
    @given(damaged(json.loads(checkpoint._to_json(mark()))))
    def read(text):
        try:
            found = checkpoint._from_json(text)
        except (StoreError, *checkpoint._NO_CHECKPOINT):
            return
        assert len(found.done) == found.stage if found.done is not None else found.stage >= 0
        assert min(found.epoch, found.log, found.best, found.seconds) >= 0
        assert checkpoint._from_json(checkpoint._to_json(found)) == found

    read()


def test_a_checkpoint(tmp_path):
    folder = tmp_path
    state = {"model.a": torch.arange(6.0).view(2, 3), "model.n": torch.tensor(3)}
    checkpoint.write(folder, state, mark())
    path = folder / checkpoint.NAME
    whole = path.read_bytes()
    head, data = parted(whole)
    ours = mark().fingerprint

    @fuzz(400)
    @given(harmed(whole) | damaged(head).map(lambda text: of_parts(encoded(text), data)))
    def read(content):
        path.write_bytes(content)
        try:
            found = checkpoint.read(folder, ours)
        except StoreError as error:
            told(error)
            return
        assert found is not None
        if "checksum" in parted(content)[0]["__metadata__"]:
            assert found[1] == mark()
            assert all(torch.equal(found[0][name], state[name]) for name in state)

    read()


# -- weights of torchvision's networks --------------------------------------------------------

NAME = "torchvision-mobilenet-v3-small"


@pytest.fixture(scope="module")
def tensors():
    """Some of the network's tensors: enough to be taken for it, few enough to be damaged often."""
    import torchvision

    with torch.device("meta"):
        module = torchvision.models.mobilenet_v3_small()
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


@st.composite
def states(draw, shapes):
    """A state dict like the network's: names, shapes and kinds of numbers are right or odd."""
    kinds = [torch.float32] * 6 + [torch.float16, torch.float64, torch.int64, torch.bool]
    kinds += [torch.uint8, torch.complex64]
    found = {}
    for name, shape in shapes.items():
        way = draw(st.sampled_from(["right"] * 60 + ["gone", "name", "shape", "kind", "nan"]))
        if way == "gone":
            continue
        if way == "name":
            odd = ["", "module." + name, name + ".x", "fc", "\u202e", "head.weight"]
            name = draw(st.sampled_from(odd))
        if way == "shape":
            shape = tuple(draw(st.lists(st.integers(0, 9), max_size=5)))
        kind = draw(st.sampled_from(kinds)) if way == "kind" else torch.float32
        kind = torch.int64 if name.endswith("num_batches_tracked") else kind
        found[name] = torch.zeros(shape, dtype=kind)
        if way == "nan" and found[name].is_floating_point():
            found[name] += float("nan")
    return found


@pytest.mark.slow
def test_a_state_dict_of_torchvisions_or_nearly(tensors, tmp_path):
    record = pretrained.find(NAME)

    @fuzz(40)
    @given(states(tensors), st.booleans())
    def read(state, renamed):
        if renamed:
            state = {f"backbone.{name}": tensor for name, tensor in state.items()}
        content = safetensors.torch.save(state)
        path = tmp_path / "w.safetensors"
        path.write_bytes(content)
        doors = (
            lambda: teacher_file.told(path),
            lambda: teacher_file.is_whole(NAME, str(path)),
            lambda: published.check(content, record),
            lambda: own.check(content, NAME, "w.safetensors"),
        )
        for door in doors:
            try:
                door()
            except KdlabError as error:
                told(error)

    read()


def test_the_header_of_a_file_of_weights(tmp_path):
    record = pretrained.find(NAME)
    small = {"classifier.3.weight": torch.zeros(5, 1024), "classifier.3.bias": torch.zeros(5)}
    whole = safetensors.torch.save(small, {"class_names": json.dumps(list("abcde"))})
    head, data = parted(whole)
    path = tmp_path / "w.safetensors"

    @fuzz(200)
    @given(harmed(whole) | damaged(head).map(lambda text: of_parts(encoded(text), data)))
    def read(content):
        path.write_bytes(content)
        found = teacher_file.told(path)
        if found is not None:
            assert isinstance(found, header.Tensors)
            assert isinstance(teacher_file.own_head(found, record), bool)
        for check in (published.check, lambda c, r: own.check(c, NAME, "w.safetensors")):
            try:
                check(content, record)
            except KdlabError as error:
                told(error)

    read()
