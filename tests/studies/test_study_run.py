"""Studies from their data to their last arm: what is kept, what is replayed, what is not."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace

import pytest

from kdlab.errors import ConfigError, DamagedError, ModelError
from kdlab.events import (
    ArmDone,
    ArmEpoch,
    Exhibit,
    Progress,
    RunFailed,
    StudyFinished,
    StudyStarted,
    TeacherEpoch,
)
from kdlab.experiments.study import students
from kdlab.experiments.study.record import Study, StudyConfig
from kdlab.experiments.study.run import EVENTS, KIND, run
from kdlab.storage.store import Store
from kdlab.studies import STUDIES, find, load_result
from kdlab.training.arms import Arm, Plan, TeacherSpec, context
from kdlab.training.stored_teacher import teacher_of

running = importlib.import_module(
    "kdlab.experiments.study.run"
)  # the function ``run`` has its name


class SmallConfig(StudyConfig):
    """A study of its own, so that its results are nobody else's."""


QUICK = SmallConfig(
    teacher="mlp-16", teacher_epochs=3, train_limit=200, student="mlp-8", labels=40, epochs=2,
    seeds=2,
)  # fmt: skip


def _plan(config, classes):
    assert len(classes) == 10
    return Plan((Arm.baseline(config), Arm.of(config, "taught", "Taught")))


def _exhibits(config, context):
    yield Exhibit(name="sizes", content={"arms": sorted(context.done), "epochs": config.epochs})


STUDY = Study(
    name="small", title="Small", question="Does it run?", config=SmallConfig, plan=_plan,
    findings=lambda history: [], exhibits=_exhibits,
)  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study that was run to its end, and where."""
    store = Store(tmp_path_factory.mktemp("home"), bundled=None)
    return list(run(STUDY, QUICK, store)), store


def file_of(store: Store):
    (path,) = (store.home / KIND).rglob(EVENTS)
    return path


def of(kind, events):
    return [e for e in events if isinstance(e, kind)]


def test_events_come_in_order(finished):
    events, _ = finished
    (begin,) = of(StudyStarted, events)
    first = events.index(begin)
    assert of(TeacherEpoch, events[:first])
    assert not of(ArmEpoch, events[:first])
    assert [a["name"] for a in begin.arms] == ["labels only", "taught"]
    assert [a["against"] for a in begin.arms] == ["labels only", "labels only"]
    assert [a["teacher"] for a in begin.arms] == ["", "mlp-16"]
    assert (begin.seeds, begin.train_size, begin.test_size) == ((0, 1), 200, 500)
    assert [e.arm for e in of(ArmDone, events)] == ["labels only", "taught"]
    assert isinstance(events[-1], StudyFinished)
    (exhibit,) = of(Exhibit, events)
    assert exhibit.content == {"arms": ["labels only", "taught"], "epochs": 2}
    (teacher,) = events[-1].teachers
    assert teacher["name"] == "mlp-16"
    assert teacher["accuracy"] == begin.teacher_accuracy
    seconds = events[-1].seconds
    assert 0 < seconds["students"] <= seconds["total"]


def test_what_is_finished_is_replayed_and_not_trained_again(finished):
    events, store = finished
    again = list(run(STUDY, QUICK, store))
    kept = [e for e in events if isinstance(e, StudyStarted | ArmEpoch | ArmDone | Exhibit)]
    assert again == [*kept, events[-1]]
    assert not of(Progress, again)
    assert load_result(STUDY, QUICK, store) == again


def test_without_the_cache_it_is_trained_again_to_the_same_end(finished):
    events, store = finished
    again = list(run(STUDY, QUICK, store, cache=False))
    assert of(TeacherEpoch, again)
    for a, b in zip(of(ArmDone, events), of(ArmDone, again), strict=True):
        assert (a.accuracy, a.fidelity, a.ece) == (b.accuracy, b.fidelity, b.ece)


def test_another_configuration_is_another_result(finished):
    _, store = finished
    assert load_result(STUDY, QUICK.model_copy(update={"epochs": 3}), store) == []
    assert load_result(STUDY, QUICK.model_copy(update={"seeds": 3}), store) == []
    # noise means nothing to digits
    assert load_result(STUDY, QUICK.model_copy(update={"noise": 0.5}), store) != []


def test_every_study_has_settings_of_its_own_kind():
    """Results are found by the settings and the name of their class: two studies with one class
    would replay each other."""
    assert len({study.config for study in STUDIES.values()}) == len(STUDIES)
    assert all(name == study.name for name, study in STUDIES.items())


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: lines[:-1],
        lambda lines: lines[1:],
        lambda lines: [*lines[:2], lines[2][:20], *lines[3:]],
        lambda lines: [*lines, "{}"],
        lambda lines: [],
        lambda lines: [json.dumps({"event": "Nonsense"})],
    ],
    ids=["no end", "no start", "half a line", "more", "empty", "nonsense"],
)
def test_what_is_damaged_is_told(damage, finished, tmp_path):
    _, store = finished
    other = Store(tmp_path, bundled=None)
    path = tmp_path / file_of(store).relative_to(store.home)
    path.parent.mkdir(parents=True)
    lines = file_of(store).read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(damage(lines)), encoding="utf-8")
    with pytest.raises(DamagedError, match="a stored study is damaged"):
        load_result(STUDY, QUICK, other)


def test_bytes_that_are_no_text_are_told(finished, tmp_path):
    _, store = finished
    path = tmp_path / file_of(store).relative_to(store.home)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x80\x04\x95\xff")
    with pytest.raises(DamagedError, match="a stored study is damaged"):
        load_result(STUDY, QUICK, Store(tmp_path, bundled=None))


def test_a_damaged_study_is_run_again_and_replaced(finished, tmp_path):
    _, store = finished
    other = Store(tmp_path, bundled=None)
    path = tmp_path / file_of(store).relative_to(store.home)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{")
    remark, *rest = run(STUDY, QUICK, other)
    assert "a stored study is damaged" in remark.text.lower()
    assert isinstance(rest[-1], StudyFinished)
    assert isinstance(load_result(STUDY, QUICK, other)[-1], StudyFinished)


def test_a_stopped_study_leaves_nothing_but_its_teacher(tmp_path):
    store = Store(tmp_path, bundled=None)
    going = run(STUDY, QUICK, store)
    for event in going:
        if isinstance(event, ArmDone):
            break
    going.close()
    assert not (tmp_path / KIND).exists()
    assert (tmp_path / "teachers").is_dir()
    assert load_result(STUDY, QUICK, store) == []


def test_what_is_kept_is_text(finished):
    _, store = finished
    lines = file_of(store).read_text(encoding="utf-8").splitlines()
    names = [json.loads(line)["event"] for line in lines]
    assert names[0] == "StudyStarted"
    assert names[-1] == "StudyFinished"
    assert {"ArmEpoch", "ArmDone", "Exhibit"} <= set(names)
    assert "Progress" not in names
    beside = {p.name for p in file_of(store).parent.iterdir()}
    assert beside == {"config.json", EVENTS, students.FILE}


@pytest.mark.parametrize("which", [0, 1])
def test_a_teacher_that_fails_ends_the_study(which, tmp_path, monkeypatch):
    """The configuration's own, or another that an arm asks for."""
    found = []

    def failing(*given):
        found.append(given)
        if len(found) <= which:
            return (yield from teacher_of(*given))
        yield RunFailed(epoch=1, reason="The teacher's loss became nan.")
        return None

    monkeypatch.setattr(running, "teacher_of", failing)
    monkeypatch.setattr(context, "teacher_of", lambda *a, cache: failing(*a, cache))

    def plan(config, classes):
        other = Arm.of(config, "other", "Other", teachers=(TeacherSpec(seed=7),))
        return Plan((Arm.baseline(config), other))

    store = Store(tmp_path, bundled=None)
    events = list(run(replace(STUDY, plan=plan), QUICK, store))
    assert isinstance(events[-1], RunFailed)
    assert not of(StudyStarted, events)
    assert load_result(STUDY, QUICK, store) == []


def test_what_cannot_be_run_is_refused_before_anything_is_trained(tmp_path):
    store = Store(tmp_path, bundled=None)
    for change, error in (
        ({"labels": 1500}, ConfigError),
        ({"student": "mlp-9999999"}, ModelError),
        ({"method": "hints"}, ConfigError),
    ):
        with pytest.raises(error):
            next(run(STUDY, QUICK.model_copy(update=change), store))


def test_results_that_come_with_the_lab_are_found_when_asked_for(finished, tmp_path):
    _, store = finished
    empty = Store(tmp_path, bundled=store.home)
    assert load_result(STUDY, QUICK, empty) == []
    assert load_result(STUDY, QUICK, empty, bundled=True) == load_result(STUDY, QUICK, store)


def test_a_folder_of_images_is_never_replayed(finished):
    events, store = finished
    images = replace(events[-1])
    config = QUICK.model_copy(update={"dataset": "images", "folder": "/somewhere"})
    line = images.to_json() + "\n"
    store.record_part(KIND, config, EVENTS, line.encode())
    assert load_result(STUDY, config, store) == []


def test_a_study_that_is_not_there_names_those_that_are():
    assert find("teachers").name == "teachers"
    with pytest.raises(ConfigError, match="teachers"):
        find("nonsense")
