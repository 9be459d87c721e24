"""``python -m kdlab export``: files of runs and of full runs, and what cannot be written."""

from __future__ import annotations

import dataclasses
import errno
import importlib.util
import json
import math

import numpy as np
import pytest
import small
import small_runs

from kdlab.config.schema import DistilConfig
from kdlab.device import agreement, exported, formats, onnx_file, quantised, runtime
from kdlab.device.collected import collected
from kdlab.device.network import raw_inputs
from kdlab.errors import ModelError, StoreError
from kdlab.events import Remark
from kdlab.experiments.run import device_files, networks, run
from kdlab.storage.store import Store
from kdlab.system import files

QUICK = DistilConfig(
    teacher="mlp-32", teacher_epochs=3, student="mlp-8", epochs=3, seeds=2, first_seed=40
)


@pytest.fixture(scope="module")
def trained_home(tmp_path_factory):
    """A home in which one run is kept."""
    home = tmp_path_factory.mktemp("trained")
    list(run.run(QUICK, Store(home)))
    return home


@pytest.fixture
def here(trained_home, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(trained_home))
    return trained_home


@pytest.mark.slow
def test_the_files_of_a_run_say_what_its_networks_say(here, kdlab, tmp_path, digits_split):
    out = tmp_path / "new" / "student"
    name = QUICK.fingerprint()[:8]
    code, told, _ = kdlab("export", name, "--format", "int8,onnx", "--out", str(out), "--json")
    assert code == 0
    said = json.loads(told)
    roles = {"teacher": "teacher", "labels-only": "labels only", "distilled": "distilled"}
    names = {f"{role}{end}" for role in roles for end in (".onnx", "-int8.onnx")}
    assert {path.name for path in out.iterdir()} == names == {f["name"] for f in said["files"]}
    raw = raw_inputs(digits_split, digits_split.test).numpy()
    targets = digits_split.test.targets.numpy()
    own = {n.role: n for n in networks.networks(QUICK, digits_split)}
    for each in said["files"]:
        content = (out / each["name"]).read_bytes()
        assert each["bytes"] == len(content)
        found = runtime.logits(runtime.session(content), raw)
        assert each["accuracy"] == pytest.approx((found.argmax(1) == targets).mean())
        wanted = agreement.by_torch(own[each["network"]], raw)
        kind = "fp32" if each["format"] == "onnx" else "int8"
        agreement.check(agreement.compare(found, wanted), kind, each["network"])
        assert onnx_file.said(content)["run"] == QUICK.fingerprint()
        assert each["latency_ms"]["low"] <= each["latency_ms"]["median"]
    finished = Store().load_run(QUICK)[-1]
    accuracies = {f["name"]: f["accuracy"] for f in said["files"]}
    assert accuracies["teacher.onnx"] == pytest.approx(finished.teacher_accuracy)
    firsts = {group["name"]: group["accuracy"][0] for group in finished.groups}
    assert accuracies["distilled.onnx"] == pytest.approx(firsts["distilled"])
    assert accuracies["labels-only.onnx"] == pytest.approx(firsts["labels only"])


@pytest.mark.slow
def test_a_run_that_is_not_there_is_trained_first(kdlab, tmp_path):
    settings = tmp_path / "run.json"
    config = QUICK.model_copy(update={"dataset": "moons", "points": 200, "teacher_epochs": 1})
    settings.write_text(config.to_json(), encoding="utf-8")
    out = tmp_path / "out"
    code, told, progress = kdlab("export", str(settings), "--out", str(out))
    assert code == 0
    assert {path.name for path in out.iterdir()} == {
        "teacher.onnx", "labels-only.onnx", "distilled.onnx"
    }  # fmt: skip
    assert "distilled.onnx" in told
    assert "training the students" in progress
    assert Store().load_run(config)


def test_who_is_to_stand_beside_the_student_has_to_be_there(here, kdlab, tmp_path):
    out = tmp_path / "out"
    ask = ["export", QUICK.fingerprint(), "--format", "html", "--out", str(out)]
    code, _, why = kdlab(*ask, "--beside", "pupil")
    assert code == 2
    assert "the network is 'pupil'. Allowed: some of teacher, labels-only, distilled" in why
    assert not out.exists(), "a folder that was made for nothing is gone"
    code, _, _ = kdlab(*ask, "--beside", "labels-only,Teacher,distilled")
    assert code == 0
    held = (out / "student.html").read_text(encoding="utf-8")
    for role in ("distilled", "labels only", "teacher"):
        assert held.count(f'"role": "{role}"') == 1


def test_a_page_has_nothing_trained(kdlab, monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    with pytest.raises(StoreError, match="not on this machine"):
        collected(device_files.export, QUICK, "onnx")


def test_a_network_without_numbers_is_left_out(digits_split):
    good = small.network("mlp-4", (1, 8, 8), 10)
    bad = dataclasses.replace(small.network("mlp-4", (1, 8, 8), 10), role="teacher")
    next(bad.module.parameters()).data.fill_(math.nan)
    inputs = exported.Inputs.of(digits_split)

    def made(*networks):
        found, events = exported.all_files(networks, inputs, formats.find("onnx")), []
        while True:
            try:
                events.append(next(found))
            except StopIteration as end:
                return end.value, events

    files, events = made(bad, good)
    assert [each.role for each in files] == ["distilled"]
    assert [e.text for e in events if isinstance(e, Remark)] == [
        "teacher is left out: its answers are NaN or infinite."
    ]
    with pytest.raises(ModelError, match="no network gives finite answers"):
        made(bad)


def test_roles_that_differ_in_signs_have_files_of_their_own():
    each = [
        exported.Exported(f"{exported.stem(role)}.onnx", role, "onnx", b"", {})
        for role in ("X", "X 2", "x", "蒸留", "")
    ]
    names = [file.name for file in exported._apart(each)]
    assert len(set(names)) == 5
    assert all(name.endswith(".onnx") for name in names)


@pytest.mark.slow
def test_the_files_of_a_full_run(kdlab, tmp_path):
    folder = small_runs.ran(tmp_path / "run", seeds=2, first_seed=5)
    out = tmp_path / "out"
    code, told, _ = kdlab("export", str(folder.path), "--seed", "6", "--out", str(out), "--json")
    assert code == 0
    accuracies = {f["name"]: f["accuracy"] for f in json.loads(told)["files"]}
    done = small_runs.results(folder)
    (teacher,) = (facts for stage, facts in done.items() if stage[0] == "teacher")
    assert accuracies == {
        "teacher.onnx": pytest.approx(teacher["accuracy"]),
        "labels-only.onnx": pytest.approx(done["labels only", 6]["accuracy"]),
        "distilled.onnx": pytest.approx(done["distilled", 6]["accuracy"]),
    }  # fmt: skip
    code, _, why = kdlab("export", str(folder.path), "--seed", "7", "--out", str(out))
    assert code == 2
    assert "students of seed 5, 6 are" in why


def test_a_full_run_that_has_made_nothing(kdlab, tmp_path):
    folder = small_runs.new(tmp_path / "run")
    code, _, why = kdlab("export", str(folder.path), "--out", str(tmp_path / "out"))
    assert code == 2
    assert "holds no network" in why


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["nothing"], "'nothing' is not a run"),
        (["ffffffff"], "'ffffffff' is not a run"),
        (["few-labels", "--format", "onnx,exe"], "the format is 'exe'"),
        (["few-labels", "--format", ","], "no format was named"),
        (["few-labels", "--of", "sweep"], "--of is 'sweep'"),
        (["nothing", "--of", "teachers"], "'nothing' is not a study"),
        (["few-labels", "--seed", "x"], "--seed is 'x'"),
        (["few-labels", "--seed", "3"], "is not a full run"),
        (["few-labels", "--beside", "teacher"], "--format has no html"),
        (["few-labels", "--colour", "red"], "--colour is not an option"),
        (["missing.json"], "'missing.json' cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_told(argv, said, kdlab, tmp_path):
    out = tmp_path / "out"
    code, told, why = kdlab("export", *argv, "--out", str(out))
    assert (code, told) == (2, "")
    assert said in why
    assert not out.exists() or not list(out.iterdir())


def test_what_a_format_needs_is_told_before_the_work(kdlab, tmp_path, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "executorch" else there(name)
    )
    code, _, why = kdlab("export", "few-labels", "--format", "pte", "--out", str(tmp_path / "out"))
    assert code == 2
    assert "executorch is not installed" in why
    assert "uv pip install" in why
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.skipif(not formats.FORMATS["pte"].is_there, reason="needs executorch")
@pytest.mark.filterwarnings("ignore")
def test_an_executorch_file_says_what_the_network_says(here, kdlab, tmp_path):
    out = tmp_path / "out"
    code, told, _ = kdlab(
        *("export", QUICK.fingerprint(), "--format", "pte", "--out", str(out), "--json"),
    )
    assert code == 0
    each = json.loads(told)["files"][-1]
    assert each["difference"] <= agreement.FP32
    assert (out / "distilled.pte").stat().st_size == each["bytes"]


def test_a_folder_is_wanted(kdlab):
    code, _, why = kdlab("export", "few-labels")
    assert code == 2
    assert "--out is missing" in why


def test_two_runs_that_begin_alike(kdlab, tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    for end in "ab":
        folder = tmp_path / "runs" / f"123456{end}"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(QUICK.to_json(), encoding="utf-8")
    code, _, why = kdlab("export", "123456", "--out", str(tmp_path / "out"))
    assert code == 2
    assert "2 runs have fingerprints that begin with 123456" in why


def test_a_folder_that_cannot_be_written_is_told_before_the_work(kdlab, tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    code, _, why = kdlab("export", "few-labels", "--out", str(tmp_path / "file"))
    assert code == 1
    assert "cannot be written" in why
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.slow
def test_a_file_that_says_something_else_is_not_written(here, kdlab, tmp_path, monkeypatch):
    def spoilt(content, *rest, **more):
        model = onnx_file.onnx.load_from_string(content)
        for tensor in model.graph.initializer:
            values = onnx_file.onnx.numpy_helper.to_array(tensor)
            if values.dtype == np.float32:
                tensor.CopyFrom(onnx_file.onnx.numpy_helper.from_array(-values, tensor.name))
        return bytes(model.SerializeToString())

    monkeypatch.setattr(quantised, "to_int8", spoilt)
    out = tmp_path / "out"
    code, _, why = kdlab("export", QUICK.fingerprint(), "--format", "onnx,int8", "--out", str(out))
    assert code == 1
    assert "as int8 teacher answers" in why
    assert not out.exists()


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_half_written(here, kdlab, tmp_path, monkeypatch):
    out = tmp_path / "out"
    write = files.write

    def full(path, content):
        if path.name == "labels-only.onnx":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    monkeypatch.setattr(files, "write", full)
    code, _, why = kdlab("export", QUICK.fingerprint(), "--out", str(out))
    assert code == 1
    assert "No space left on device" in why
    assert [path.name for path in out.iterdir()] == ["teacher.onnx"]
    runtime.session((out / "teacher.onnx").read_bytes())
