from __future__ import annotations

import json

import numpy as np
import pytest

from kdlab.config.presets import PRESETS
from kdlab.config.schema import DistilConfig
from kdlab.device.program import program_of
from kdlab.errors import DamagedError, ModelError, StoreError
from kdlab.events import (
    Progress,
    Remark,
    RunFailed,
    RunFinished,
    StudentsEpoch,
    TeacherEpoch,
    TeacherReady,
)
from kdlab.experiments.run import networks
from kdlab.experiments.run import run as work
from kdlab.experiments.run.history import fold
from kdlab.measure.gain import Gain
from kdlab.storage.store import BUNDLED, Store
from kdlab.training import teachers

QUICK = DistilConfig(teacher="mlp-32", teacher_epochs=3, student="mlp-8", epochs=4, seeds=2)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home", bundled=None)


def test_a_run_is_trained_once_and_replayed_after(store):
    first = list(work.run(QUICK, store))
    assert isinstance(first[-1], RunFinished)
    assert set(first[-1].seconds) == {"teacher", "students", "total"}
    again = list(work.run(QUICK, store))
    kept = [e.to_json() for e in first if not isinstance(e, Progress)]
    assert [e.to_json() for e in again] == kept


def test_without_the_cache_the_numbers_are_the_same(store):
    first, second = (list(work.run(QUICK, store, cache=False)) for _ in range(2))
    assert any(isinstance(e, TeacherEpoch) for e in second)
    assert first[-1].groups == second[-1].groups
    assert first[-1].gain == second[-1].gain


def test_a_teacher_is_a_fact(store):
    list(work.run(QUICK, store))
    other = QUICK.model_copy(update={"temperature": 2.0})
    events = list(work.run(other, store))
    assert not any(isinstance(e, TeacherEpoch) for e in events)
    (ready,) = [e for e in events if isinstance(e, TeacherReady)]
    assert ready.cached
    assert (
        fold(list(work.run(QUICK, store))).teacher_ready.validation_accuracy
        == ready.validation_accuracy
    )


def test_a_cached_teacher_teaches_the_same(store, tmp_path):
    list(work.run(QUICK.model_copy(update={"alpha": 0.1}), store))
    with_cache = list(work.run(QUICK, store))[-1]
    fresh = list(work.run(QUICK, Store(tmp_path / "other", bundled=None)))[-1]
    assert with_cache.groups == fresh.groups


def test_a_stopped_run_leaves_nothing_behind(store):
    run = work.run(QUICK, store)
    for event in run:
        if isinstance(event, StudentsEpoch):
            run.close()
            break
    assert store.events(QUICK) is None
    runs = store.home / "runs"
    assert not runs.exists() or not list(runs.iterdir())


def test_weights_answer_as_the_run_said(digits_split):
    store = Store()  # the one that a worker would open
    list(work.run(QUICK, store))
    outputs = store.teacher_outputs(QUICK.teacher_config())
    answers = work.answer(QUICK, digits_split.validation.inputs[:3].numpy())
    assert set(answers) == {"teacher", "labels only", "distilled"}
    np.testing.assert_allclose(answers["teacher"], outputs.logits[:3], rtol=1e-4, atol=1e-5)
    mean, std = outputs.mean[0], outputs.std[0]
    again = (outputs.inputs[0] / 255 - mean) / std
    np.testing.assert_allclose(again, digits_split.validation.inputs[0], atol=1e-5)
    assert outputs.inputs.dtype == np.uint8
    assert outputs.inputs.shape == (200, 1, 8, 8)


def test_weights_leave_as_programs_for_a_browser(store, digits_split, monkeypatch):
    list(work.run(QUICK, store))
    programs = networks.programs(QUICK, store)
    assert [(each["role"], each["architecture"]) for each in programs] == [
        ("teacher", "mlp-32"), ("labels only", "mlp-8"), ("distilled", "mlp-8"),
    ]  # fmt: skip
    known = [program_of(one).as_json() for one in networks.networks(QUICK, digits_split, store)]
    assert programs == known
    monkeypatch.setattr(networks, "MOST_BYTES", 4000)
    with pytest.raises(ModelError, match="mlp-32 and two of mlp-8 have 15 kB of weights"):
        networks.programs(QUICK, store)
    with pytest.raises(StoreError, match="Train it"):
        networks.programs(QUICK.model_copy(update={"first_seed": 99}), store)


def test_saved_weights_can_be_loaded_as_a_teacher(store):
    """A distilled student becomes the next teacher."""
    list(work.run(QUICK, store))
    content = store.weights(QUICK)["distilled"]
    mark = work.bring_weights(QUICK.teacher_config(), content, store)["mark"]
    loaded = QUICK.model_copy(update={"teacher": "mlp-8", "teacher_weights": mark})
    events = list(work.run(loaded, store))
    assert not any(isinstance(e, TeacherEpoch) for e in events)
    first = fold(list(work.run(QUICK, store))).finished
    assert fold(events).finished.teacher_accuracy == first.groups[1]["accuracy"][0]


def test_a_run_that_was_never_trained_does_not_answer():
    with pytest.raises(StoreError, match="Train it"):
        work.answer(QUICK.model_copy(update={"first_seed": 99}), np.zeros((1, 1, 8, 8)))


def test_weights_that_are_not_there_are_asked_for(store):
    with pytest.raises(ModelError, match="not in the store"):
        list(work.run(QUICK.model_copy(update={"teacher_weights": "abc"}), store))


def test_a_loaded_teacher_survives_settings_that_do_not_concern_it(store):
    list(work.run(QUICK, store))
    mark = work.bring_weights(QUICK.teacher_config(), store.weights(QUICK)["distilled"], store)[
        "mark"
    ]
    loaded = QUICK.model_copy(
        update={"teacher": "mlp-8", "teacher_weights": mark, "teacher_epochs": 9, "teacher_seed": 5}
    )
    assert isinstance(list(work.run(loaded, store))[-1], RunFinished)


def test_weights_of_another_data_set_do_not_fit(store):
    list(work.run(QUICK, store))
    content = store.weights(QUICK)["teacher"]
    with pytest.raises(ModelError, match="digits"):
        work.bring_weights(QUICK.teacher_config().model_copy(update={"dataset": "mnist"}), content)
    moons = QUICK.model_copy(update={"dataset": "moons"})
    with pytest.raises(ModelError):
        work.bring_weights(moons.teacher_config(), content, store)
    with pytest.raises(ModelError):
        work.bring_weights(QUICK.teacher_config(), b"\x80\x04pickle", store)


def test_a_home_that_cannot_be_written_is_named(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    with pytest.raises(StoreError, match="KDLAB_HOME"):
        list(work.run(QUICK, Store(blocker / "home", bundled=None)))


def test_a_damaged_result_is_an_error_in_words(store):
    list(work.run(QUICK, store))
    folder = store.home / "runs" / QUICK.fingerprint()
    for damage in (b"nonsense\n", b"\xff\xfe\x00"):
        (folder / "events.jsonl").write_bytes(damage)
        with pytest.raises(StoreError, match="Delete"):
            store.events(QUICK)


@pytest.mark.parametrize(
    "rest", [b"", b'{"event": "Progress", "stage": "x", "done": 0, "total": 0}']
)
def test_a_run_that_was_cut_short_is_damaged_and_is_made_again(store, rest):
    list(work.run(QUICK, store))
    folder = store.home / "runs" / QUICK.fingerprint()
    whole = (folder / "events.jsonl").read_bytes()
    (folder / "events.jsonl").write_bytes(rest)
    with pytest.raises(DamagedError):
        store.events(QUICK)
    told = [e.text for e in work.run(QUICK, store) if isinstance(e, Remark)]
    assert ["a stored run is damaged" in text.lower() for text in told] == [True]
    assert not any(isinstance(e, Remark) for e in store.events(QUICK)), "it is no news any more"
    assert len((folder / "events.jsonl").read_bytes()) == pytest.approx(len(whole), rel=0.2)
    assert store.events(QUICK)
    assert not list(folder.parent.glob(".*")), "nothing is left aside"


def test_a_folder_without_its_configuration_is_replaced(store):
    folder = store.home / "runs" / QUICK.fingerprint()
    folder.mkdir(parents=True)
    (folder / "debris").write_text("x")
    list(work.run(QUICK, store))
    assert store.events(QUICK)
    assert not (folder / "debris").exists()


def test_settings_without_effect_share_a_result(store):
    """Whoever tried the spirals first still finds the digits."""
    list(work.run(QUICK, store))
    same = QUICK.model_copy(update={"noise": 0.4, "folder": "/home/me", "points": 500})
    assert store.load_run(same) is not None
    assert store.weights(same) is not None


def test_the_teachers_answers_are_kept_and_used(store):
    list(work.run(QUICK, store))
    stored = store.teacher_logits(QUICK.teacher_config())
    assert {name: logits.shape for name, logits in stored.items()} == {
        "train": (1097, 10), "validation": (200, 10), "test": (500, 10),
    }  # fmt: skip
    again = list(work.run(QUICK.model_copy(update={"alpha": 0.2}), store))
    stages = {e.stage for e in again if isinstance(e, Progress)}
    assert "asking the teacher" not in stages


def test_a_folder_that_may_have_changed_is_read_again(store):
    own = QUICK.model_copy(update={"dataset": "images", "folder": "/photos"})
    assert store.load_run(own) is None
    assert store.teacher_logits(own.teacher_config()) is None


def test_a_result_that_cannot_be_kept_is_shown_all_the_same(store, monkeypatch):
    def full(*_):
        raise StoreError("the disk is full", "space", "Free some")

    monkeypatch.setattr(store, "record_run", full)
    run, seen = work.run(QUICK, store), []
    with pytest.raises(StoreError, match="full"):
        seen.extend(run)
    assert isinstance(seen[-1], RunFinished)


def test_a_teacher_that_blows_up_ends_the_run_in_words(store, monkeypatch):
    def explode(config, split):
        yield RunFailed(reason="The teacher's loss became nan. Allowed: a finite loss.", epoch=1)

    monkeypatch.setattr(teachers, "train_teacher", explode)
    events = list(work.run(QUICK, store))
    assert isinstance(events[-1], RunFailed)
    assert store.events(QUICK) is None


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_shows_what_it_says(name):
    """``finding`` is held against the results that come with the lab."""
    preset = PRESETS[name]
    history = fold(Store(BUNDLED, bundled=None).events(preset.config))
    assert Gain.of(history.finished.gain).verdict == preset.finding
    assert preset.config.seeds >= 5


def test_the_bundled_runs_are_said_to_be_bundled(store):
    with_lab = Store(store.home)
    config = PRESETS["few-labels"].config
    assert with_lab.is_bundled(config)
    assert with_lab.events(config)
    assert with_lab.load_run(config) is None
    assert json.loads((BUNDLED / "runs" / config.fingerprint() / "config.json").read_text())
