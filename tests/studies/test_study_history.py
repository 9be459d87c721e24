"""What charts read of a study: curves, results, gains."""

from __future__ import annotations

import math

import pytest

from kdlab.config.schema import DistilConfig
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
from kdlab.experiments.study.history import StudyHistory
from kdlab.measure.gain import paired_gain
from kdlab.measure.intervals import interval

STARTED = StudyStarted(
    fingerprint="0" * 16, study="teachers", dataset="digits", classes=("0", "1"),
    input_shape=(1, 8, 8), train_size=100, validation_size=40, test_size=200, seeds=(3, 4, 5),
    arms=[
        {"name": "base", "label": "Base", "student": "mlp-8", "against": "base", "teacher": ""},
        {"name": "own", "label": "Own", "student": "mlp-8", "against": "base", "teacher": "mlp-64"},
    ],
    teacher_accuracy=0.9, machine="one CPU",
)  # fmt: skip
BASE = (0.50, 0.52, 0.54)
DEFAULT_TEACHER = (0.60, 0.63, 0.63)
COST = {"architecture": "mlp-8", "parameters": 10, "seconds": 1.5}


def epoch(arm: str, number: int, **values) -> ArmEpoch:
    test = values.pop("test", (0.1 * number, 0.1 * number, 0.2 * number))
    return ArmEpoch(
        arm=arm, epoch=number, epochs=4, validation=test, test=test, fidelity=test, **values
    )


def done(arm: str, accuracy: tuple[float, ...]) -> ArmDone:
    return ArmDone(
        arm=arm, accuracy=accuracy, validation=accuracy, fidelity=accuracy, ece=accuracy, cost=COST
    )


@pytest.fixture
def history():
    return StudyHistory(
        DistilConfig(),
        [STARTED, epoch("base", 0), epoch("base", 2), epoch("own", 4), done("base", BASE)],
    )


def test_an_empty_history_says_so():
    empty = StudyHistory(DistilConfig())
    assert empty.arms == []
    assert empty.share_done == 0
    assert empty.gain("own") is None
    assert empty.verdict("own") == ""
    assert empty.values("own") == ()
    assert empty.table().empty
    assert empty.results().empty
    assert empty.label("own") == "own"
    assert empty.resolution() == 0


def test_where_it_stands(history):
    assert history.share_done == pytest.approx((2 / 4 + 4 / 4) / 2)
    assert history.seconds_left is None
    history.take([Progress(stage="training the students", done=3, total=9)])
    assert history.progress.done == 3
    history.take([TeacherEpoch(epoch=2, epochs=5, loss=0.1, accuracy=0.9)])
    assert (history.progress.stage, history.progress.total) == ("training a teacher", 5)
    failed = RunFailed(epoch=1, reason="The loss.")
    finished = StudyFinished(teachers=[], seconds={"total": 1.0})
    history.take([failed, finished, Exhibit(name="map", content={"a": [1]})])
    assert history.failed is failed
    assert history.finished is finished
    assert history.exhibits == {"map": {"a": [1]}}


def test_epochs_that_were_told_already_change_nothing(history):
    history.take([epoch("base", 2, test=(9.0, 9.0, 9.0)), epoch("base", 1)])
    assert [e.epoch for e in history.epochs("base")] == [0, 2]
    assert history.epochs("base")[-1].test == (0.2, 0.2, 0.4)
    assert history.epochs("nobody") == []


def test_curves_carry_their_intervals(history):
    curve = history.curve("base")
    assert curve.epochs.tolist() == [0, 2]
    assert curve.spreads[1] == pytest.approx(interval((0.2, 0.2, 0.4)))
    assert len(history.curve("base", "hard")) == 0  # epoch 0 has no loss, and none was told later
    history.take([epoch("base", 3, hard=(1.0, 2.0, 3.0))])
    assert history.curve("base", "hard").mean.tolist() == [2.0]


def test_gains_are_paired_by_seed(history):
    assert history.gain("own") is None  # before it is done
    history.take([done("own", DEFAULT_TEACHER)])
    gain = history.gain("own")
    assert gain == paired_gain(BASE, DEFAULT_TEACHER, 1 / 200)
    assert gain.mean == pytest.approx(0.1)
    assert history.verdict("own") == "helped"
    assert history.gain("base", "own").mean == pytest.approx(-0.1)
    assert history.verdict("base", "own") == "hurt"
    assert history.mean("own") == interval(DEFAULT_TEACHER, resolution=1 / 200)


def test_ties_are_not_certainty():
    told = StudyHistory(DistilConfig(), [STARTED, done("base", BASE), done("own", BASE)])
    low, high = told.gain("own").ci95
    assert low < 0 < high
    assert told.verdict("own") == "unclear"


def test_the_step_of_a_measure_is_one_of_its_images(history):
    assert history.resolution() == 1 / 200
    assert history.resolution("fidelity") == 1 / 200
    assert history.resolution("validation") == 1 / 40
    assert history.resolution("ece") == 0


def test_an_arm_whose_numbers_ended_has_no_verdict(history):
    history.take([done("own", (0.6, math.nan, 0.6))])
    assert math.isnan(history.gain("own").mean)
    assert history.verdict("own") == ""
    assert math.isnan(history.table().set_index("arm").loc["own", "gain"])


def test_the_table_has_a_row_for_each_arm_that_is_done(history):
    assert history.table()["arm"].tolist() == ["base"]
    history.take([done("own", DEFAULT_TEACHER)])
    table = history.table().set_index("arm")
    assert table.loc["own", "gain"] == pytest.approx(0.1)
    assert table.loc["own", "against"] == "base"
    assert table.loc["own", "teacher"] == "mlp-64"
    assert math.isnan(table.loc["base", "gain"])  # it is not its own gain
    assert table.loc["base", "against"] == ""
    assert table.loc["own", "parameters"] == 10
    assert table.loc["own", "low"] < table.loc["own", "accuracy"] < table.loc["own", "high"]


def test_rows_name_their_seeds(history):
    rows = history.results()
    assert rows["seed"].tolist() == [3, 4, 5]
    assert rows["test_accuracy"].tolist() == list(BASE)
    assert set(rows["label"]) == {"Base"}
