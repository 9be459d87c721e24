from __future__ import annotations

import dataclasses
import math

import pandas as pd
import pytest
from fakes import events_of

from kdlab.config.schema import DistilConfig, Turn
from kdlab.events import (
    Progress,
    RunFailed,
    RunFinished,
    RunStarted,
    StudentsEpoch,
    TeacherEpoch,
    Turned,
)
from kdlab.experiments.run.history import MOST_POINTS, fold, verdict_sentence
from kdlab.measure.intervals import interval

STUDENTS = (("labels only", 7), ("distilled", 7), ("labels only", 8), ("distilled", 8))


def started(epochs=4):
    return RunStarted(
        fingerprint="f", dataset="digits", classes=("a", "b"), input_shape=(2,), train_size=10,
        labelled=4, validation_size=5, test_size=5, students=STUDENTS, epochs=epochs,
        steps_per_epoch=1,
    )  # fmt: skip


def epoch(n):
    values = tuple(n / 10 + k / 100 for k in range(4))
    return StudentsEpoch(
        epoch=n, accuracy=values, fidelity=values, hard=values, soft=values, loss=values,
        learning_rate=0.1, seconds=2.0 * n,
    )  # fmt: skip


def finished(gain):
    groups = [
        {"name": name, "accuracy": [0.5, 0.6], "fidelity": [0.7, 0.8], "ece": [0.1, 0.2]}
        for name in ("labels only", "distilled")
    ]
    return RunFinished(teacher_accuracy=0.9, groups=groups, gain=gain, seconds={})


GAIN = {"mean": 0.05, "ci95": [0.01, 0.09], "seeds": 2}


def test_students_are_tidy():
    table = fold([started(), epoch(0), epoch(1)]).students
    assert list(table["epoch"]) == [0] * 4 + [1] * 4
    row = table[(table.epoch == 1) & (table.group == "distilled") & (table.seed == 8)].iloc[0]
    assert row.accuracy == pytest.approx(0.13)


def test_what_comes_twice_counts_once():
    """A worker that died and began again tells the same epochs again."""
    once = fold([started(), epoch(0), epoch(1), epoch(2)])
    twice = fold([started(), epoch(0), epoch(1), started(), epoch(0), epoch(1), epoch(2)])
    pd.testing.assert_frame_equal(once.students, twice.students)
    teacher = TeacherEpoch(epoch=1, epochs=2, loss=1.0, accuracy=0.5)
    assert len(fold([teacher, teacher]).teacher) == 1


def test_seconds_left_follow_the_pace():
    assert fold([started(), epoch(0)]).seconds_left is None
    assert fold([started(4), epoch(0), epoch(1)]).seconds_left == pytest.approx(6.0)
    assert fold([started(4), epoch(4)]).seconds_left == 0


def test_curves_are_the_intervals_over_seeds():
    curve = fold([started(), epoch(0), epoch(1)]).curve("accuracy")["distilled"]
    assert curve.epochs.tolist() == [0, 1]
    assert curve.spreads[1] == pytest.approx(interval([0.11, 0.13]))
    assert curve.count.tolist() == [2, 2]


def test_the_curve_of_one_seed_has_no_band():
    alone = dataclasses.replace(started(), students=STUDENTS[:2])
    curve = fold([alone, epoch(1)]).curve("accuracy")["labels only"]
    assert curve.mean.tolist() == pytest.approx([0.1])
    assert math.isnan(curve.low[0])


def test_a_long_run_is_thinned_but_keeps_its_ends():
    shown = fold([started(2000), *map(epoch, range(2001))]).curve("hard")["distilled"].epochs
    assert len(shown) == MOST_POINTS
    assert (shown[0], shown[-1]) == (0, 2000)


def test_results_keep_their_seeds():
    results = fold([started(), epoch(0), epoch(1), finished(GAIN)]).results()
    assert results.to_dict("list") == {
        "group": ["labels only"] * 2 + ["distilled"] * 2,
        "seed": [7, 8, 7, 8],
        "test_accuracy": [0.5, 0.6] * 2,
        "validation_accuracy": pytest.approx([0.1, 0.12, 0.11, 0.13]),
        "fidelity": [0.7, 0.8] * 2,
        "calibration_error": [0.1, 0.2] * 2,
        "teacher_accuracy": [0.9] * 4,
    }


def test_nothing_yet_is_a_history_too():
    history = fold([])
    assert history.epoch == -1
    assert history.students.empty
    assert history.results().empty
    assert history.picture is None
    assert fold([Progress(stage="x"), RunFailed(reason="y")]).failed.reason == "y"


@pytest.mark.parametrize(
    ("ci95", "words"),
    [
        (
            [0.01, 0.09],
            "Distillation helped with this teacher: +5.0 points, 95 % interval +1.0 to +9.0 over 2",
        ),
        ([-0.09, -0.01], "Distillation hurt"),
        ([-0.01, 0.09], "It is unclear"),
        (None, "That may be chance"),
    ],
)
def test_the_verdict_in_words(ci95, words):
    assert words in verdict_sentence(finished({"mean": 0.05, "ci95": ci95, "seeds": 2}))


def turned(*epochs):
    return [Turned(epoch=epoch, temperature=1.0, alpha=0.5) for epoch in epochs]


def test_the_verdict_on_a_turned_run_says_that_both_had_the_same_budget():
    end = finished({"mean": 0.05, "ci95": [0.01, 0.09], "seeds": 2})
    plain = verdict_sentence(end)
    assert "budget" not in plain
    assert verdict_sentence(end, turned(0)) == plain, "what held from the start is no turn"
    once, twice = verdict_sentence(end, turned(3)), verdict_sentence(end, turned(0, 3, 5))
    assert once.startswith(plain)
    assert "changed once on the way; both kinds of student had the same batches" in once
    assert "changed 2 times" in twice


def test_turns_are_folded_once_each():
    told = events_of(DistilConfig(epochs=6, seeds=2, schedule="2:2:0.5,4:1:0"))
    history = fold([*told, *told])
    assert [*history.turns] == [2, 4]
    assert history.performed(DistilConfig(epochs=6, seeds=2)).schedule == (
        Turn(2, 2.0, 0.5),
        Turn(4, 1.0, 0.0),
    )
