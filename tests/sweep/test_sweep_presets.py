"""What the maps that come with the lab promise, held against what they found."""

from __future__ import annotations

import pytest

from kdlab.config.schema import TeacherConfig
from kdlab.experiments.sweep import SweepHistory, load_result
from kdlab.experiments.sweep.presets import MAPS
from kdlab.experiments.sweep.run import record
from kdlab.storage.store import Store


@pytest.fixture
def found(tmp_path):
    """The stored map of a preset: accuracy on test images as {(y, x): mean}, and its history."""

    def of(name):
        config = MAPS[name].config
        history = SweepHistory(config, load_result(config, Store(tmp_path), bundled=True))
        assert history.complete
        across, up = config.axes
        mean = history.mean("test")[0]
        places = [(y, x) for y in config.along(up) for x in config.along(across)]
        return dict(zip(places, mean.tolist(), strict=True)), history

    return of


def test_a_high_temperature_needs_less_of_the_teacher(found):
    mean, history = found("temperature-alpha")
    assert mean[8.0, 0.03] > mean[1.0, 0.03] + 0.02
    assert abs(mean[0.5, 1.0] - mean[32.0, 1.0]) < 0.01, "at alpha = 1 T hardly matters"
    assert history.difference("test").clear[history.best]


def test_the_fewer_labels_the_more_the_teacher_adds(found):
    mean, _ = found("labels-alpha")
    gains = [mean[count, 0.9] - mean[count, 0.0] for count in (10, 30, 100, 300)]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 0.2


def test_a_narrow_student_is_hurt_by_a_high_temperature_a_wide_one_is_not(found):
    mean, _ = found("width-temperature")
    assert mean[1.0, 4] > mean[16.0, 4] + 0.03
    assert mean[16.0, 64] >= mean[1.0, 64]


def test_wrong_labels_ask_for_a_high_alpha(found):
    mean, _ = found("noise-alpha")
    assert mean[0.6, 1.0] > mean[0.6, 0.1] + 0.04 > mean[0.6, 0.0] + 0.1
    assert abs(mean[0.0, 1.0] - mean[0.0, 0.1]) < 0.01


def test_with_all_labels_hardly_a_cell_is_clear(found):
    _, history = found("all-labels")
    gains = history.difference("test").mean
    assert abs(gains).max() < 0.01


def test_what_is_recorded_is_thinned_and_ends_at_the_end(tmp_path):
    config = MAPS["temperature-alpha"].config.model_copy(
        update={
            "temperatures": (1.0, 4.0), "alphas": (0.0, 0.5), "seeds": 2, "epochs": 20,
            "teacher": "mlp-16", "teacher_epochs": 1, "train_limit": 200, "labels": 50,
        }
    )  # fmt: skip
    assert isinstance(config, TeacherConfig)
    store = Store(tmp_path, bundled=None)
    record(config, store)
    history = SweepHistory(config, load_result(config, store))
    assert history.complete
    for curve in history.curve(0).values():
        assert curve.epochs.tolist() == list(range(0, 21, 2))
