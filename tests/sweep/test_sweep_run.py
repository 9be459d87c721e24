"""Maps that are trained: every cell is the single run it stands for, whoever trains it and when."""

from __future__ import annotations

import math

import pytest
import torch

from kdlab import checks, data, models
from kdlab.errors import ConfigError, DamagedError
from kdlab.events import (
    Remark,
    RunFailed,
    RunFinished,
    SweepEpoch,
    SweepFinished,
    SweepStarted,
    TeacherEpoch,
    from_json,
)
from kdlab.experiments.run import run as work
from kdlab.experiments.sweep import (
    SweepConfig,
    SweepHistory,
    load_result,
    normal,
    plan,
    run,
    training,
)
from kdlab.experiments.sweep.plan import STUDENTS
from kdlab.experiments.sweep.training import train_cells
from kdlab.measure import profiling
from kdlab.storage.store import Store
from kdlab.training import teachers
from kdlab.training.teachers import Teacher

QUICK = {
    "teacher": "mlp-32",
    "teacher_epochs": 3,
    "train_limit": 300,
    "student": "mlp-8",
    "labels": 40,
    "epochs": 4,
    "seeds": 2,
}
T_AND_ALPHA = SweepConfig(temperatures=(1, 4), alphas=(0, 0.5, 1), **QUICK)
ONE_IMAGE = 1.01 / 500
"""Sums of a batched product come in another order, so that one image may fall on the other side."""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One teacher for all: what is tested here comes after it."""
    store = Store(tmp_path_factory.mktemp("teachers"), bundled=None)
    events = run(SweepConfig(temperatures=(1,), alphas=(1,), **QUICK), store)
    next(event for event in events if isinstance(event, SweepStarted))
    return store


@pytest.fixture
def store(home, tmp_path):
    """A store that has the teacher and no map."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "teachers").symlink_to(home.home / "teachers")
    return Store(tmp_path / "home", bundled=None)


@pytest.fixture
def cut(monkeypatch):
    """Cohorts of four students, so that a small map has several."""
    monkeypatch.setitem(STUDENTS, "mlp", 4)


@pytest.fixture
def trained(monkeypatch):
    """Numbers of the cohorts whose training has begun."""
    numbers = []

    def counting(config, unit, *rest):
        numbers.append(unit)
        yield from train_cells(config, unit, *rest)

    monkeypatch.setattr(training, "train_cells", counting)
    return numbers


def told(events):
    """What a map says, apart from times and order."""
    return sorted(
        (e.cohort, e.epoch, e.members, e.validation, e.test, e.fidelity, e.ece)
        for e in events
        if isinstance(e, SweepEpoch)
    )


# -- the promise --------------------------------------------------------------------------------


PROMISED = {
    "T and alpha": T_AND_ALPHA,
    "labels and alpha": SweepConfig(
        x_axis="labels", y_axis="alpha", label_counts=(10, "all"), alphas=(0, 0.9), **QUICK
    ),
    "noise and alpha": SweepConfig(
        x_axis="label_noise", y_axis="alpha", label_noises=(0, 0.6), alphas=(0.3, 1), **QUICK
    ),
    "width and T": SweepConfig(x_axis="width", widths=(4, 10), temperatures=(1, 8), **QUICK),
    "labels and noise": SweepConfig(
        x_axis="labels", y_axis="label_noise", label_counts=(10, 300), label_noises=(0, 0.5),
        **QUICK,
    ),
    "CNNs": SweepConfig(
        temperatures=(1, 8), alphas=(0.2, 0.9), **{**QUICK, "student": "cnn-3", "epochs": 2}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROMISED)
def test_a_cell_is_the_single_run_it_stands_for(name, store, cut, monkeypatch):
    config = PROMISED[name]
    monkeypatch.setattr(profiling, "cost", lambda *_: {})  # a second a run, and not asked here
    history = SweepHistory(config, run(config, store))
    assert history.complete
    own, alone = history.values("test"), history.baseline("test")
    assert len({tuple(row) for row in own}) > 2, "the cells do differ"
    for cell, single in enumerate(config.cells()):
        result = next(e for e in work.run(single, store) if isinstance(e, RunFinished))
        expected = {group["name"]: group for group in result.groups}
        assert own[cell] == pytest.approx(expected["distilled"]["accuracy"], abs=ONE_IMAGE)
        assert alone[cell] == pytest.approx(expected["labels only"]["accuracy"], abs=ONE_IMAGE)
        for measure in ("fidelity", "ece"):
            assert history.values(measure)[cell] == pytest.approx(
                expected["distilled"][measure], abs=2 * ONE_IMAGE
            )
        assert result.gain["mean"] == pytest.approx(history.gain(cell).mean, abs=2 * ONE_IMAGE)


def test_the_first_weights_are_those_of_the_seed(store):
    """Before the first step all students of a seed are one and the same."""
    first = next(e for e in run(T_AND_ALPHA, store) if isinstance(e, SweepEpoch))
    assert first.epoch == 0
    assert len(set(first.test)) == 1
    assert first.test[0][0] != first.test[0][1]


# -- shares -------------------------------------------------------------------------------------


@pytest.mark.parametrize("shares", [2, 3, 7])
def test_shares_together_tell_what_one_tells(shares, store, home, cut):
    whole = list(run(T_AND_ALPHA, store))
    start = next(e for e in whole if isinstance(e, SweepStarted))
    assert start.cohorts == 3
    parts = [
        list(run(T_AND_ALPHA, store, share=n, shares=shares, cache=False)) for n in range(shares)
    ]
    starts = [e for part in parts for e in part if isinstance(e, SweepStarted)]
    assert [s.own for s in starts] == [tuple(range(n, 3, shares)) for n in range(shares)]
    assert {(s.cohorts, s.fingerprint, s.teacher_accuracy) for s in starts} == {
        (3, start.fingerprint, start.teacher_accuracy)
    }
    assert told(e for part in parts for e in part) == told(whole)
    assert all(isinstance(part[-1], SweepFinished) for part in parts)
    assert set(parts[0][-1].seconds) == {"teacher", "students", "total"}


def test_cohorts_take_turns_so_that_the_whole_map_fills_in(store, cut):
    epochs = [(e.epoch, e.cohort) for e in run(T_AND_ALPHA, store) if isinstance(e, SweepEpoch)]
    assert epochs == [(epoch, unit) for epoch in range(5) for unit in range(3)]


def test_cohorts_that_do_not_fit_at_once_come_one_after_the_other(store, cut, monkeypatch):
    each = 16 * models.parameters("mlp-8", (1, 8, 8), 10)
    monkeypatch.setattr(checks, "MAX_COHORT_BYTES", 8 * each)  # the largest cohort has 4 students
    units = [e.cohort for e in run(T_AND_ALPHA, store) if isinstance(e, SweepEpoch)]
    assert units == [0, 1] * 5 + [2] * 5


# -- what is kept -------------------------------------------------------------------------------


def interrupted(config, store):
    """Close the map when its first cohort is done; what it had told."""
    events, seen = run(config, store), []
    for event in events:
        seen.append(event)
        if isinstance(event, SweepEpoch) and event.epoch == config.epochs:
            events.close()
            return seen
    raise AssertionError("no cohort came to its end")


def test_a_map_that_was_interrupted_goes_on_where_it_stood(store, home, cut, trained):
    interrupted(T_AND_ALPHA, store)
    assert trained == [0, 1, 2]
    assert not SweepHistory(T_AND_ALPHA, load_result(T_AND_ALPHA, store)).complete
    resumed = list(run(T_AND_ALPHA, store))
    assert trained == [0, 1, 2, 1, 2], "the cohort that was done is not trained again"
    fresh = list(run(T_AND_ALPHA, store, cache=False))
    assert trained == [0, 1, 2, 1, 2, 0, 1, 2]
    assert told(resumed) == told(fresh)
    list(run(T_AND_ALPHA, store))
    assert len(trained) == 8, "a whole map is only replayed"


def test_recall_gives_the_map_without_training(store, cut, trained, monkeypatch):
    assert load_result(T_AND_ALPHA, store) == []
    whole = list(run(T_AND_ALPHA, store))
    del trained[:]
    monkeypatch.setattr(data, "read", lambda *_: pytest.fail("read the data"))
    events = load_result(T_AND_ALPHA, store)
    assert told(events) == told(whole)
    assert not trained
    history = SweepHistory(T_AND_ALPHA, events)
    assert history.complete
    assert (
        history.values("test").tolist() == SweepHistory(T_AND_ALPHA, whole).values("test").tolist()
    )
    other = T_AND_ALPHA.model_copy(update={"temperature": 9.0, "widths": (1,), "noise": 0.4})
    assert told(load_result(other, store)) == told(whole), "idle settings do not hide it"
    assert load_result(T_AND_ALPHA.model_copy(update={"epochs": 3}), store) == []


def test_a_share_of_a_map_can_be_recalled_by_itself(store, cut):
    list(run(T_AND_ALPHA, store, share=1, shares=2))
    history = SweepHistory(T_AND_ALPHA, load_result(T_AND_ALPHA, store))
    assert history.share_done == pytest.approx(1 / 3)
    assert not history.complete


def unit_file(store, number):
    return store.home / "sweeps" / normal(T_AND_ALPHA).fingerprint() / f"unit-{number:04d}.jsonl"


@pytest.mark.parametrize(
    "damage", ["empty", "nonsense", "bytes", "cut", "lines", "unfinished", "other"]
)
def test_a_damaged_cohort_is_trained_again(store, cut, trained, damage):
    whole = list(run(T_AND_ALPHA, store))
    file = unit_file(store, 1)
    good = file.read_bytes()
    lines = good.splitlines(keepends=True)
    file.write_bytes(
        {
            "empty": b"",
            "nonsense": b"nonsense\n",
            "bytes": b"\xff\xfe\x00",
            "cut": good[:-20],
            "lines": good.replace(b"SweepEpoch", b"SweepEpic"),
            "unfinished": b"".join(lines[:-1]),
            "other": good.replace(b'"members": [2]', b'"members": [3]'),
        }[damage]
    )
    assert file.read_bytes() != good
    del trained[:]
    if damage != "other":  # of a version of the lab that cut cohorts otherwise
        with pytest.raises(DamagedError) as caught:
            load_result(T_AND_ALPHA, store)
        assert caught.value.files == (file.name,)
    again = list(run(T_AND_ALPHA, store))
    assert trained == [1]
    remarks = [e.text for e in again if isinstance(e, Remark)]
    assert len(remarks) == (damage != "other")
    assert all(f"{file.name}). It is made again." in text for text in remarks)
    assert told(again) == told(whole)
    assert file.read_bytes().splitlines()[-1].startswith(b'{"event": "SweepEpoch"')
    assert SweepHistory(T_AND_ALPHA, load_result(T_AND_ALPHA, store)).complete


def test_a_start_that_is_damaged_is_told_until_it_runs_again(store, cut, trained):
    whole = list(run(T_AND_ALPHA, store))
    (unit_file(store, 0).parent / "started.json").write_bytes(b"{")
    with pytest.raises(DamagedError, match=r"started\.json"):
        load_result(T_AND_ALPHA, store)
    del trained[:]
    assert told(run(T_AND_ALPHA, store)) == told(whole)
    assert trained == []
    assert load_result(T_AND_ALPHA, store)


def test_a_folder_that_may_change_is_trained_anew(tmp_path, trained):
    from PIL import Image

    for split in ("train", "test"):
        for place, name in enumerate(("dark", "light")):
            (tmp_path / "photos" / split / name).mkdir(parents=True)
            for n in range(10):
                image = Image.new("L", (8, 8), 40 + 150 * place + 3 * n)
                image.save(tmp_path / "photos" / split / name / f"{n}.png")
    config = SweepConfig(
        dataset="images", folder=str(tmp_path / "photos"), image_size=8, temperatures=(1, 4),
        alphas=(1,), **{**QUICK, "labels": 4, "train_limit": "all", "teacher_epochs": 1},
    )  # fmt: skip
    store = Store(tmp_path / "home", bundled=None)
    for _ in range(2):
        assert any(isinstance(e, TeacherEpoch) for e in list(run(config, store)))
    assert len(trained) == 2
    assert load_result(config, store) == []
    labels = config.model_copy(update={"labels": 1000})
    with pytest.raises(ConfigError, match="labels is 1000"):
        list(run(labels, store))


# -- what goes wrong ----------------------------------------------------------------------------


def test_a_student_that_blows_up_is_no_number_and_the_others_stay(digits_split, monkeypatch):
    """Logits of 3e38 are finite; divided by T = 0.05 they are not."""
    config = SweepConfig(temperatures=(0.05, 4), alphas=(0, 0.5), **QUICK)
    found = plan(config)
    logits = torch.full((len(digits_split.train.targets), 10), -3e38)
    logits[range(len(logits)), digits_split.train.targets] = 3e38
    test = torch.zeros(len(digits_split.test.targets), 10)
    teacher = Teacher(torch.nn.Identity(), logits, test, test)
    places = tuple(range(len(found.members)))
    events = [
        e
        for e in train_cells(config, 0, places, found.members, digits_split, teacher)
        if isinstance(e, SweepEpoch)
    ]
    history = SweepHistory(config, events)
    for measure in ("validation", "test", "fidelity", "ece"):
        values = history.values(measure)
        assert [bool(math.isnan(v)) for row in values for v in row] == [
            *(False, False, True, True), *(False, False, False, False),
        ]  # fmt: skip
    assert history.best != 1
    kept = [e.to_json() for e in events]
    again = SweepHistory(config, map(from_json, kept))
    assert str(again.values("test")) == str(history.values("test"))


def test_without_a_teacher_there_is_no_map(store, monkeypatch):
    def explode(config, split):
        yield RunFailed(reason="The teacher's loss became nan. Allowed: a finite loss.", epoch=1)

    monkeypatch.setattr(teachers, "train_teacher", explode)
    config = T_AND_ALPHA.model_copy(update={"teacher_seed": 5})
    events = list(run(config, store))
    assert isinstance(events[-1], RunFailed)
    assert SweepHistory(config, events).failed == events[-1]
    assert load_result(config, store) == []


def test_an_impossible_map_is_refused_before_any_work(store):
    with pytest.raises(ConfigError, match="two different axes"):
        next(run(T_AND_ALPHA.model_copy(update={"x_axis": "temperature"}), store))
    assert not (store.home / "sweeps").exists()
