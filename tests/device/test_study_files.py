"""The students of studies and searches as files for a device."""

from __future__ import annotations

import json

import pytest
import torch

from kdlab import data
from kdlab.device.network import Deployed, raw_inputs
from kdlab.errors import ConfigError
from kdlab.events import ArmDone, SearchFinished
from kdlab.experiments.search import experiment as search
from kdlab.experiments.study import device_files, students
from kdlab.experiments.study.run import KIND, run
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS, find

QUICK = {"teacher": "mlp-24", "teacher_epochs": 2, "epochs": 2, "seeds": 2, "first_seed": 11}


def asked(name, **changes):
    study = find(name)
    return study, study.config(**QUICK | changes)


def networks_of(name, store, **changes):
    """(What each arm came to, the networks that were kept) of a study that is trained."""
    study, config = asked(name, **changes)
    events = list(run(study, config, store))
    *_, split = data.load(config)
    content = store.part(KIND, config, students.FILE)
    assert content is not None
    done = {event.arm: event for event in events if isinstance(event, ArmDone)}
    return study.planned(config).arms, done, students.networks(content, config, split), split


@pytest.mark.parametrize(
    ("name", "changes"),
    [("chains", {"student": "mlp-6"}), ("teachers", {"student": "mlpbn-6", "labels": 200})],
)
def test_the_first_seeds_students_are_kept(name, changes, tmp_path):
    arms, done, kept, split = networks_of(name, Store(tmp_path, bundled=None), **changes)
    assert [each.role for each in kept] == [arm.label for arm in arms]
    raw = raw_inputs(split, split.test)
    for arm, network in zip(arms, kept, strict=True):
        with torch.inference_mode():
            right = Deployed(network)(raw).argmax(1) == split.test.targets
        assert float(right.float().mean()) == pytest.approx(done[arm.name].accuracy[0], abs=1e-6)


def test_students_of_smaller_images_stay(tmp_path):
    arms, _, kept, _ = networks_of("resolution", Store(tmp_path, bundled=None), student="mlp-6")
    whole = [arm.label for arm in arms if arm.factor == 1]
    assert [each.role for each in kept] == whole
    assert 0 < len(whole) < len(arms)


@pytest.mark.slow
def test_the_files_of_a_study(tmp_path, monkeypatch, kdlab):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    settings = tmp_path / "study.json"
    _, config = asked("temperature", student="mlp-6", temperature=2)
    settings.write_text(config.to_json(), encoding="utf-8")
    out = tmp_path / "out"
    ask = ["export", str(settings), "--of", "temperature", "--out", str(out), "--json"]
    code, told, progress = kdlab(*ask)
    assert code == 0
    found = json.loads(told)["files"]
    assert {path.name for path in out.iterdir()} == {each["name"] for each in found}
    assert len(found) > 2
    assert len({each["name"] for each in found}) == len(found)
    assert "writing teacher as ONNX" in progress


@pytest.mark.slow
def test_what_is_damaged_is_trained_again(tmp_path):
    store = Store(tmp_path, bundled=None)
    study, config = asked("chains", student="mlp-4")
    list(run(study, config, store))
    path = tmp_path / KIND / config.fingerprint() / students.FILE
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    source = device_files.export(study, config, store=store)
    told = []
    while path.read_bytes() != whole:
        told.append(next(source))
    assert any(isinstance(event, ArmDone) for event in told)
    source.close()


def test_a_study_that_keeps_none_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(students, "MOST_BYTES", 10)
    study, config = asked("chains", student="mlp-4")
    with pytest.raises(ConfigError, match="keeps no networks"):
        list(device_files.export(study, config, store=Store(tmp_path, bundled=None)))


def test_a_search_gives_the_run_of_its_best(monkeypatch):
    finished = SearchFinished(
        trials=1, best={"config": {**QUICK, "student": "mlp-6"}}, front=[], importance={}, test={},
        machine="", seconds=1.0,
    )  # fmt: skip
    asked_for = []

    def export(config, formats, beside, train):
        asked_for.append((config, formats, beside, train))
        yield from ()
        return ["files"]

    monkeypatch.setattr(search, "load_result", lambda config, bundled: [finished])
    monkeypatch.setattr(search.device_files, "export", export)
    source = EXPERIMENTS["search"].device_files(EXPERIMENTS["search"].config(), "onnx", ())
    with pytest.raises(StopIteration) as end:
        next(source)
    assert end.value.value == ["files"]
    assert asked_for[0][0].student == "mlp-6"


def test_without_a_search_there_is_no_best(monkeypatch):
    monkeypatch.setattr(search, "load_result", lambda config, bundled: [])
    with pytest.raises(ConfigError, match="Run the search first"):
        next(EXPERIMENTS["search"].device_files(EXPERIMENTS["search"].config()))
