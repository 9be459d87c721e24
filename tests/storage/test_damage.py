"""What is damaged: told with its entry, deleted only while it is, made again by whoever trains."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import pytest

from kdlab.checks import normal
from kdlab.config.presets import MNIST_PAIR
from kdlab.config.schema import DistilConfig, TeacherConfig
from kdlab.data import measure_of
from kdlab.errors import DamagedError, StoreError
from kdlab.events import Remark, RunFinished, from_json
from kdlab.experiments import search
from kdlab.experiments.run import run as work
from kdlab.experiments.search.config import SEARCHES
from kdlab.experiments.sweep import kept
from kdlab.experiments.sweep.presets import MAPS
from kdlab.jobs.driver import rebuilt
from kdlab.measure.measures import BITS
from kdlab.storage import damage
from kdlab.storage.store import BUNDLED, Store
from kdlab.studies import STUDIES, load_result

pytestmark = pytest.mark.attack

QUICK = DistilConfig(teacher="mlp-16", teacher_epochs=1, student="mlp-4", epochs=1, seeds=2)
SMALL = ("--json", "--teacher", "mlp-16", "--teacher-epochs", "1", "--student", "mlp-4",
         "--epochs", "1", "--seeds", "2")  # fmt: skip
DEFAULT = DistilConfig()
RUN = f"runs/{DEFAULT.fingerprint()}"
TEACHER = f"teachers/{TeacherConfig().fingerprint()}"


@pytest.fixture
def store(tmp_path):
    """A home with the default run and its teacher."""
    for entry in (RUN, TEACHER):
        shutil.copytree(BUNDLED / entry, tmp_path / "home" / entry)
    return Store(tmp_path / "home", bundled=None)


def broken(store, entry=RUN, file="events.jsonl", content=b"{"):
    path = store.home / entry / file
    path.write_bytes(content)
    return path


def error_of(read):
    with pytest.raises(DamagedError) as caught:
        read()
    return caught.value


# -- the error ----------------------------------------------------------------------------------


def test_the_error_names_its_entry_and_survives_pickling(store):
    broken(store)
    error = error_of(lambda: store.events(DEFAULT))
    assert isinstance(error, StoreError)
    assert (error.kind, error.name, error.files) == ("runs", DEFAULT.fingerprint(), ())
    assert RUN in str(error)
    assert str(store.home) not in str(error), "a visitor need not know where the home is"
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.kind, again.name) == (str(error), error.kind, error.name)
    assert str(rebuilt(["DamagedError", list(error.args)])) == str(error)


@pytest.mark.parametrize(
    ("file", "content", "read"),
    [
        ("weights.safetensors", b"", Store.teacher_weights),
        ("weights.safetensors", b"\x80\x04pickle", Store.teacher_weights),
        ("logits.safetensors", b"\0" * 40, Store.teacher_logits),
        ("outputs.safetensors", b"", Store.teacher_outputs),
        ("outputs.json", b"[" * 100_000, Store.teacher_outputs),
        ("outputs.json", b'{"mean": [1e400]}', Store.teacher_outputs),
    ],
)
def test_a_teacher_that_cannot_be_read_is_damaged(store, file, content, read):
    broken(store, TEACHER, file, content)
    assert error_of(lambda: read(store, TeacherConfig())).kind == "teachers"


@pytest.mark.parametrize("change", ["type", "rows", "columns", "part", "nan"])
def test_logits_of_another_shape_or_type_are_damaged(store, change):
    import numpy as np
    from safetensors.numpy import load_file, save_file

    path = store.home / TEACHER / "logits.safetensors"
    known = load_file(path)
    first = known["train"]
    known["train"] = {
        "type": first.astype(np.float64), "rows": first[None], "columns": first[:, :3],
        "part": first, "nan": np.full_like(first, np.nan),
    }[change]  # fmt: skip
    if change == "part":
        del known["test"]
    save_file(known, path)
    error = error_of(lambda: store.teacher_logits(TeacherConfig()))
    assert error.files == ("logits.safetensors",)


def test_a_run_whose_weights_are_cut_is_damaged(store):
    path = store.home / RUN / "distilled.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    for read in (store.events, store.load_run, store.weights):
        assert error_of(lambda: read(DEFAULT)).kind == "runs"  # noqa: B023


def test_a_file_that_this_user_may_not_read_is_no_damage(store, monkeypatch):
    def refuses(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("kdlab.system.files.regular", refuses)
    with pytest.raises(StoreError, match="Permission denied") as caught:
        store.events(DEFAULT)
    assert not isinstance(caught.value, DamagedError)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_is_not_waited_for(store):
    path = store.home / RUN / "events.jsonl"
    path.unlink()
    os.mkfifo(path)
    error_of(lambda: store.events(DEFAULT))


def test_a_reader_of_what_is_deleted_finds_nothing(store, monkeypatch):
    real, seen = store._find, []

    def find(kind, config):
        folder = real(kind, config)
        if not seen:
            seen.append(folder)
            shutil.rmtree(folder)
        return folder

    monkeypatch.setattr(store, "_find", find)
    assert store.events(DEFAULT) is None


# -- deleting -----------------------------------------------------------------------------------


def test_what_is_damaged_is_deleted_and_nothing_else(store):
    broken(store)
    error = error_of(lambda: store.events(DEFAULT))
    assert damage.delete(store.home, error, lambda: store.events(DEFAULT))
    assert not (store.home / RUN).exists()
    assert (store.home / TEACHER).exists()
    assert store.events(DEFAULT) is None
    assert not list((store.home / "runs").iterdir()), "nothing is left aside"


def test_what_is_whole_again_is_not_deleted(store):
    path = store.home / RUN / "events.jsonl"
    whole = path.read_bytes()
    broken(store)
    error = error_of(lambda: store.events(DEFAULT))
    path.write_bytes(whole)
    assert not damage.delete(store.home, error, lambda: store.events(DEFAULT))
    assert path.read_bytes() == whole


def test_what_is_made_anew_between_the_look_and_the_deletion_stays(store):
    path = store.home / RUN / "events.jsonl"
    events = [from_json(line) for line in path.read_text().splitlines()]
    broken(store)
    error = error_of(lambda: store.events(DEFAULT))

    def read():
        try:
            store.events(DEFAULT)
        finally:  # somebody trains it in this very moment
            store.record_run(DEFAULT, events, {})

    assert not damage.delete(store.home, error, read)
    assert store.events(DEFAULT) == events


def test_a_cohort_that_is_trained_between_the_look_and_the_deletion_stays(tmp_path):
    folder = next(BUNDLED.glob("sweeps/*"))
    config = next(
        p.config for p in MAPS.values() if kept.normal(p.config).fingerprint() == folder.name
    )
    normal = kept.normal(config)
    shutil.copytree(folder, tmp_path / "sweeps" / folder.name)
    store = Store(tmp_path, bundled=None)
    whole = kept.load_cohort(store, normal, 0)
    path = broken(store, f"sweeps/{folder.name}", "unit-0000.jsonl")
    error = error_of(lambda: kept.load_result(config, store))

    def read():
        try:
            kept.load_result(config, store)
        finally:
            kept.save_cohort(store, normal, whole)

    assert not damage.delete(store.home, error, read)
    assert path.exists()
    assert kept.load_cohort(store, normal, 0) == whole


def test_nothing_outside_of_the_home_is_deleted(store, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_text("mine")

    def always(error):
        def read():
            raise error

        return read

    for kind, name, files, bundled in (
        ("uploads", "x", (), False),
        ("..", "outside", (), False),
        ("runs", "../../outside", (), False),
        ("runs", "..", (), False),
        ("runs", "", (), False),
        ("runs", "a", ("../../../outside/mine",), False),
        ("runs", DEFAULT.fingerprint(), (), True),
    ):
        error = DamagedError("a", "b", "c", kind, name, files, bundled)
        assert not damage.delete(store.home, error, always(error))
    assert (outside / "mine").read_text() == "mine"
    assert (store.home / RUN).exists()


def test_what_comes_with_the_lab_is_told_as_such_and_stays(tmp_path):
    shutil.copytree(BUNDLED / RUN, tmp_path / "lab" / RUN)
    store = Store(tmp_path / "home", bundled=tmp_path / "lab")
    path = tmp_path / "lab" / RUN / "events.jsonl"
    path.write_bytes(b"{")
    error = error_of(lambda: store.events(DEFAULT))
    assert error.bundled
    assert "comes with the lab" in str(error)
    assert not damage.delete(store.home, error, lambda: store.events(DEFAULT))
    assert path.exists()


def test_a_link_in_place_of_a_result_is_removed_and_not_what_it_leads_to(store, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "config.json").write_text("{}")
    shutil.rmtree(store.home / RUN)
    (store.home / RUN).symlink_to(outside, target_is_directory=True)
    error = error_of(lambda: store.events(DEFAULT))
    assert damage.delete(store.home, error, lambda: store.events(DEFAULT))
    assert (outside / "config.json").exists()
    assert not (store.home / RUN).is_symlink()


# -- made again ----------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["weights.safetensors", "logits.safetensors", "outputs.json"])
def test_a_damaged_teacher_is_made_anew_and_that_is_told(tmp_path, file):
    store = Store(tmp_path, bundled=None)
    config = QUICK.teacher_config()
    list(work.run(QUICK, store))
    path = broken(store, f"teachers/{config.fingerprint()}", file)
    remarks = [e for e in work.run(QUICK, store, cache=True) if isinstance(e, Remark)]
    assert not remarks, "the run is there, and needs no teacher"
    other = QUICK.model_copy(update={"alpha": 0.3})
    events = list(work.run(other, store))
    (remark,) = [e.text for e in events if isinstance(e, Remark)]
    assert remark.startswith("A stored teacher is damaged")
    assert isinstance(events[-1], RunFinished)
    assert path.read_bytes() != b"{"
    assert store.teacher_outputs(config) is not None
    assert store.teacher_logits(config) is not None


def test_a_loaded_teacher_that_is_damaged_cannot_be_trained(tmp_path):
    from kdlab import models
    from kdlab.models import weights

    store = Store(tmp_path, bundled=None)
    whole = weights.dump_weights(models.build("mlp-4", (1, 8, 8), 10, 0), "mlp-4", (1, 8, 8), 10)
    mark = work.bring_weights(TeacherConfig(teacher="mlp-4"), whole, store)["mark"]
    config = DistilConfig(teacher="mlp-4", teacher_weights=mark, student="mlp-4", epochs=1)
    (path,) = tmp_path.glob("teachers/*/weights.safetensors")
    path.write_bytes(whole[:-1])
    with pytest.raises(DamagedError, match="Delete it"):
        list(work.run(config, store))


def test_the_command_line_tells_what_is_made_anew(kdlab):
    asked = ("distill", *SMALL)
    code, out, _ = kdlab(*asked)
    assert code == 0
    assert "notes" not in json.loads(out)
    store = Store()
    (path,) = store.home.glob("runs/*/events.jsonl")
    path.write_bytes(b"\xff")
    code, out, err = kdlab(*asked)
    assert code == 0
    assert "A stored run is damaged" in err
    (note,) = json.loads(out)["notes"]
    assert note.startswith("A stored run is damaged")
    code, out, err = kdlab(*asked)
    assert "damaged" not in out + err


def test_the_command_line_trains_what_is_damaged_of_a_map(kdlab):
    asked = ("sweep", *SMALL, "--temperatures", "1,4", "--alphas", "0.5,1")
    assert kdlab(*asked)[0] == 0
    path = next(Store().home.glob("sweeps/*/unit-0000.jsonl"))
    path.write_bytes(b"")
    code, out, err = kdlab(*asked)
    assert code == 0
    assert "unit-0000.jsonl" in err
    assert "unit-0000.jsonl" in json.loads(out)["notes"][0]


# -- what comes with the lab ----------------------------------------------------------------------


def test_all_that_comes_with_the_lab_opens(tmp_path):
    """Also what older versions wrote."""
    store = Store(tmp_path)
    opened = {"runs": 0, "teachers": 0, "sweeps": 0, "searches": 0, "studies": 0}
    for path in BUNDLED.glob("runs/*/config.json"):
        config = DistilConfig.from_json(path.read_text())
        opened["runs"] += bool(store.events(config)) and store.weights(config) is not None
    for path in BUNDLED.glob("teachers/*/config.json"):
        config = TeacherConfig.from_json(path.read_text())
        store.look_at_teacher(config)
        logits = store.teacher_logits(config)
        # Of MNIST and of text too large to come with the lab: computed where they are asked for.
        large = config == MNIST_PAIR.teacher_config() or measure_of(config.dataset) is BITS
        whole = logits is not None or large
        opened["teachers"] += whole and store.teacher_weights(config) is not None
    for preset in MAPS.values():
        opened["sweeps"] += bool(kept.load_result(preset.config, store, bundled=True))
    for config in SEARCHES.values():
        opened["searches"] += bool(search.load_result(config, store, bundled=True))
    for study in STUDIES.values():
        for config in (study.config(), *study.recorded.values()):
            opened["studies"] += bool(load_result(study, config, store, bundled=True))
    assert opened == {kind: len(list((BUNDLED / kind).iterdir())) for kind in opened}


def test_a_study_of_an_older_lab_that_the_page_can_tell_opens(tmp_path):
    """Which did not say what the teacher's accuracy on validation images was."""
    study = STUDIES["compression"]
    folder = tmp_path / "studies" / normal(study.config()).fingerprint()
    shutil.copytree(BUNDLED / "studies" / folder.name, folder)
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    (costs,) = [line for line in lines if line["event"] == "Exhibit" and line["name"] == "costs"]
    del costs["content"]["validation"]
    (folder / "events.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    assert load_result(study, study.config(), Store(tmp_path, bundled=None))


def test_a_result_is_kept_although_the_damaged_one_is_deleted_meanwhile(store, monkeypatch):
    """Who trains it anew sees the damaged folder; before it is put aside, somebody deletes it."""
    path = store.home / RUN
    events = store.events(DEFAULT)
    broken(store)
    real = Path.rename

    def rename(self, target):
        if self == path:
            shutil.rmtree(path)
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    store.record_run(DEFAULT, events, {})
    monkeypatch.undo()
    assert store.events(DEFAULT) == events
    assert [p.name for p in path.parent.iterdir()] == [path.name]
