"""The arithmetic of a map, on events written by hand and numbers worked out by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from kdlab.events import Progress, RunFailed, SweepEpoch, SweepFinished, SweepStarted, TeacherReady
from kdlab.experiments.sweep import SweepConfig, SweepHistory
from kdlab.measure.gain import Gain

CONFIG = SweepConfig(temperatures=(1, 4), alphas=(0, 0.5), seeds=3, epochs=2)
"""Members: 0 labels only, 1 (T 1, alpha 0.5), 2 (T 4, alpha 0.5); cells 0, 1, 0, 2."""

T_OF_TWO = 4.302652729911275
"""97.5 % quantile of Student's t with 2 degrees of freedom."""

STARTED = SweepStarted(
    fingerprint="x", dataset="digits", seeds=(0, 1, 2), epochs=2, cohorts=2, own=(0, 1),
    train_size=1000, validation_size=100, test_size=500, teacher_accuracy=0.98,
)  # fmt: skip


def epoch(unit, number, members, test, validation=None, **other):
    """Figures of ``members``; what is not said is like ``test``."""
    return SweepEpoch(
        cohort=unit, epoch=number, members=members, test=test, validation=validation or test,
        fidelity=other.get("fidelity", test), ece=other.get("ece", test), seconds=1.0 * number,
    )  # fmt: skip


LABELS_ONLY, AT_1, AT_4 = (0.70, 0.72, 0.74), (0.80, 0.81, 0.85), (0.71, 0.73, 0.72)
EVENTS = [
    STARTED,
    epoch(0, 0, (0, 1), ((0.1, 0.1, 0.1), (0.1, 0.1, 0.1))),
    epoch(1, 0, (2,), ((0.1, 0.1, 0.1),)),
    epoch(0, 1, (0, 1), ((0.5, 0.5, 0.5), (0.6, 0.6, 0.6))),
    epoch(1, 1, (2,), ((0.4, 0.5, 0.6),)),
    epoch(0, 2, (0, 1), (LABELS_ONLY, AT_1), ((0.7, 0.7, 0.7), (0.8, 0.8, 0.8))),
    epoch(1, 2, (2,), (AT_4,), ((0.81, 0.81, 0.81),)),
    SweepFinished(seconds={"teacher": 1.0, "students": 2.0, "total": 3.0}),
]


@pytest.fixture
def history():
    return SweepHistory(CONFIG, EVENTS)


def test_values_and_what_they_are_compared_with(history):
    assert history.shape == (2, 2)
    assert history.values("test").tolist() == [
        list(row) for row in (LABELS_ONLY, AT_1, LABELS_ONLY, AT_4)
    ]
    assert history.baseline("test").tolist() == [list(LABELS_ONLY)] * 4
    assert history.values("validation")[3].tolist() == [0.81] * 3
    assert history.students == 9
    assert history.seconds == [{"teacher": 1.0, "students": 2.0, "total": 3.0}]


def test_mean_and_interval(history):
    mean, low, high = history.mean("test")
    sd = math.sqrt((0.02**2 + 0.01**2 + 0.03**2) / 2)
    half = T_OF_TWO * sd / math.sqrt(3)
    assert mean[1] == pytest.approx(0.82)
    assert (low[1], high[1]) == (pytest.approx(0.82 - half), pytest.approx(0.82 + half))


def test_equal_values_are_not_certainty(history):
    """Accuracies come in steps of one image: three of the same may differ by their rounding."""
    mean, low, high = history.mean("validation")
    half = T_OF_TWO * (1 / 100) / math.sqrt(12) / math.sqrt(3)
    assert mean[3] == pytest.approx(0.81)
    assert high[3] - mean[3] == pytest.approx(half)
    assert mean[3] - low[3] == pytest.approx(half)
    _, low, high = SweepHistory(CONFIG, EVENTS[1:]).mean("validation")
    assert high[3] - low[3] == pytest.approx(0), "nobody has said how many images there are"


def test_the_difference_is_paired_by_seed(history):
    found = history.difference("test")
    pairs = np.array([0.10, 0.09, 0.11])
    half = T_OF_TWO * pairs.std(ddof=1) / math.sqrt(3)
    assert found.mean[1] == pytest.approx(0.10)
    assert (found.low[1], found.high[1]) == (
        pytest.approx(0.10 - half), pytest.approx(0.10 + half),
    )  # fmt: skip
    assert found.mean[3] == pytest.approx(0.0)
    assert found.clear.tolist() == [False, True, False, False]


def test_a_cell_that_is_worse_is_clear_too():
    worse = tuple(value - 0.2 for value in LABELS_ONLY)
    events = [STARTED, epoch(0, 2, (0, 1), (LABELS_ONLY, worse))]
    assert SweepHistory(CONFIG, events).difference("test").clear.tolist() == [
        False, True, False, False,
    ]  # fmt: skip


def test_labels_alone_differ_from_themselves_by_nothing(history):
    found = history.difference("test")
    assert found.mean[[0, 2]].tolist() == [0, 0]
    assert np.isnan(found.low[[0, 2]]).all()
    assert not found.clear[[0, 2]].any()


def test_the_gain_is_that_of_a_single_run(history):
    gain = history.gain(1)
    found = history.difference("test")
    assert gain.mean == pytest.approx(0.10)
    assert gain.seeds == 3
    assert gain.ci95 == pytest.approx([found.low[1], found.high[1]])


def test_validation_chooses_and_the_test_does_not(history):
    assert history.best == 3, "on test images cell 1 would win"
    assert SweepHistory(CONFIG).best is None
    ties = [STARTED, epoch(0, 2, (0, 1), (AT_1, AT_1)), epoch(1, 2, (2,), (AT_1,))]
    assert SweepHistory(CONFIG, ties).best == 0


def test_a_cell_can_be_looked_at(history):
    assert [history.cell(column, row) for row in (0, 1) for column in (0, 1)] == [0, 1, 2, 3]
    assert history.cell(-1, -1) == history.cell(-1, 0) == history.cell(2, 0) == history.best
    assert history.cell(0, 2) == history.best


def test_the_curves_of_a_cell_and_of_labels_alone(history):
    groups = history.curve(3, "test")
    assert list(groups) == ["labels only", "distilled"]
    assert groups["distilled"].epochs.tolist() == [0, 1, 2]
    assert groups["distilled"].mean.tolist() == pytest.approx([0.1, 0.5, 0.72])
    assert groups["labels only"].mean.tolist() == pytest.approx([0.1, 0.5, 0.72])
    half = T_OF_TWO * 0.1 / math.sqrt(3)
    assert groups["distilled"].spreads[1] == pytest.approx((0.5, 0.5 - half, 0.5 + half))
    assert SweepHistory(CONFIG).curve(0) == {}
    partly = SweepHistory(CONFIG, EVENTS[:2]).curve(3)
    assert set(partly) == {"labels only"}, "the other cohort has told nothing yet"


def test_the_results_have_a_row_a_student(history):
    """One on labels alone is there once, though each cell is held against it, and T is none of its
    settings."""
    table = history.results()
    own, alone = (table[table["group"] == group] for group in ("distilled", "labels only"))
    assert len(table) == len(own) + len(alone) == 9
    assert alone["test_accuracy"].tolist() == [*LABELS_ONLY]
    assert alone["alpha"].tolist() == [0] * 3
    assert alone["temperature"].isna().all()
    assert own["alpha"].tolist() == [0.5] * 6
    assert own["temperature"].tolist() == [1] * 3 + [4] * 3
    assert own["test_accuracy"].tolist() == [*AT_1, *AT_4]
    assert table["seed"].tolist() == [0, 1, 2] * 3
    assert table.columns.tolist() == [
        "group", "seed", "test_accuracy", "validation_accuracy", "fidelity", "calibration_error",
        "alpha", "temperature",
    ]  # fmt: skip
    later = SweepHistory(CONFIG.model_copy(update={"first_seed": 40}), EVENTS).results()
    assert later["seed"].tolist() == [40, 41, 42] * 3
    assert SweepHistory(CONFIG, EVENTS[:-2]).results().empty


def test_every_measure_is_its_own():
    own = {"fidelity": ((0.9, 0.9, 0.9), (0.8, 0.8, 0.8)), "ece": ((0.1,) * 3, (0.2,) * 3)}
    events = [STARTED, epoch(0, 2, (0, 1), (LABELS_ONLY, AT_1), **own)]
    found = SweepHistory(CONFIG, events)
    assert found.values("fidelity")[:2].tolist() == [[0.9] * 3, [0.8] * 3]
    assert found.values("ece")[:2].tolist() == [[0.1] * 3, [0.2] * 3]
    _, low, high = found.mean("ece")
    assert high[0] - low[0] == pytest.approx(0), "a calibration error does not come in steps"


# -- on the way -----------------------------------------------------------------------------------


def test_where_it_stands():
    history = SweepHistory(CONFIG)
    shares = []
    for event in EVENTS[:-1]:
        history.take([event])
        shares.append(history.share_done)
        assert history.complete == (event is EVENTS[-2])
    assert shares == [0, 0, 0, 0.25, 0.5, 0.75, 1]
    assert history.epochs_done == 4


def test_how_long_it_will_take_is_told_from_the_pace():
    history = SweepHistory(CONFIG, EVENTS[:3])
    assert history.seconds_left is None, "nothing has been trained yet"
    history.take(EVENTS[3:5])
    assert history.share_done == 0.5
    assert history.seconds_left == pytest.approx(1.0), "half of it took a second"
    history.take(EVENTS[5:])
    assert history.seconds_left is None


def test_what_is_not_known_yet_is_no_number():
    history = SweepHistory(CONFIG, EVENTS[:2])
    assert np.isnan(history.values("test")[3]).all()
    assert history.values("test")[1].tolist() == [0.1] * 3
    assert np.isnan(history.difference("test").mean[3])
    assert not history.difference("test").clear.any()
    assert not SweepHistory(CONFIG).complete
    assert SweepHistory(CONFIG).share_done == 0


def test_shares_in_any_order_and_told_twice_do_no_harm(history):
    first = [e for e in EVENTS if isinstance(e, SweepEpoch) and e.cohort == 0]
    second = [e for e in EVENTS if isinstance(e, SweepEpoch) and e.cohort == 1]
    for order in (
        [STARTED, *second, *first],
        [*first, STARTED, *second],
        [STARTED, *first, STARTED, *first, *second, *second],
        [STARTED, *itertools.chain(*zip(second, first, strict=True)), first[0], second[1]],
    ):
        found = SweepHistory(CONFIG, order)
        assert found.complete
        assert found.share_done == 1
        assert found.values("test").tolist() == history.values("test").tolist()
        for cell in (3, 1):
            told, known = found.curve(cell), history.curve(cell)
            assert told.keys() == known.keys()
            for group in told:
                assert told[group].epochs.tolist() == known[group].epochs.tolist()
                assert told[group].spreads == known[group].spreads


def test_other_events_are_remembered_or_passed_over():
    failed, progress = RunFailed(reason="It was so."), Progress(stage="reading", done=1, total=2)
    ready = TeacherReady(validation_accuracy=0.9, cached=True, seconds=0)
    history = SweepHistory(CONFIG, [progress, ready, failed])
    assert history.progress == progress
    assert history.failed == failed
    assert history.started is None


# -- what cannot be told ---------------------------------------------------------------------------


def test_a_single_seed_has_no_interval_and_nothing_is_clear():
    config = CONFIG.model_copy(update={"seeds": 1})
    events = [STARTED, epoch(0, 2, (0, 1), ((0.2,), (0.9,))), epoch(1, 2, (2,), ((0.1,),))]
    history = SweepHistory(config, events)
    mean, low, high = history.mean("test")
    assert mean.tolist() == [0.2, 0.9, 0.2, 0.1]
    assert np.isnan(low).all()
    assert np.isnan(high).all()
    found = history.difference("test")
    assert found.mean[1] == pytest.approx(0.7)
    assert not found.clear.any()
    assert history.gain(1) == Gain(pytest.approx(0.7), None, 1)
    assert history.best == 1
    assert all(np.isnan(curve.low).all() for curve in history.curve(1).values())


def test_a_student_that_blew_up_is_not_the_best():
    nan = math.nan
    events = [
        STARTED,
        epoch(0, 2, (0, 1), (LABELS_ONLY, AT_1)),
        epoch(1, 2, (2,), ((0.99, nan, 0.99),)),
    ]
    history = SweepHistory(CONFIG, events)
    assert history.best == 1
    assert np.isnan(history.mean("test")[0][3])
    assert not history.difference("test").clear[3]
    assert history.gain(3).ci95 is None
    nobody = [STARTED, epoch(0, 2, (0, 1), ((nan,) * 3,) * 2), epoch(1, 2, (2,), ((nan,) * 3,))]
    assert SweepHistory(CONFIG, nobody).best is None


def test_a_cell_is_compared_with_labels_alone_after_as_many_epochs():
    """A cohort that is behind must not look worse than one that is further on."""
    history = SweepHistory(CONFIG, [*EVENTS[:5], EVENTS[5]])  # unit 0 at epoch 2, unit 1 at 1
    assert history.epoch(1) == 2
    assert history.epoch(3) == 1
    assert history.baseline("test")[1].tolist() == list(LABELS_ONLY)
    assert history.baseline("test")[3].tolist() == [0.5] * 3
    assert history.difference("test").mean[3] == pytest.approx(0.0)
    assert history.cohorts_done == 1
    assert not history.complete


def test_cohorts_that_were_cut_otherwise_replace_what_was_known():
    history = SweepHistory(CONFIG, EVENTS[:6])
    history.take([epoch(0, 0, (0,), ((0.2, 0.2, 0.2),))])
    assert history.values("test")[0].tolist() == [0.2] * 3
    assert math.isnan(history.values("test")[1][0])
