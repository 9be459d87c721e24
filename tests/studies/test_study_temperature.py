from __future__ import annotations

import math

import numpy as np
import pytest
from made_histories import CLASSES, made, said

from kdlab.errors import ConfigError
from kdlab.studies.temperature import TemperatureConfig, name_of, plan, slope, slopes
from pages.ui.study.figures.temperature import describe, over_temperature

CONFIG = TemperatureConfig(temperatures=(1.0, 2.0, 8.0), seeds=3)


def test_arms_differ_in_t_alone_and_share_one_cohort():
    arms = plan(CONFIG, CLASSES).arms
    assert [a.temperature for a in arms[1:]] == [1.0, 2.0, 8.0]
    assert [a.alpha for a in arms] == [0.0, 0.9, 0.9, 0.9]
    assert len({a.cohort for a in arms}) == 1
    assert len({(a.alpha, a.labels, a.epochs) for a in arms[1:]}) == 1


def test_the_slope_is_that_of_least_squares():
    rng = np.random.default_rng(0)
    temperatures = (0.5, 1.0, 4.0, 10.0)
    values = rng.random((4, 3))
    expected = [np.polyfit(np.log2(temperatures), values[:, n], 1)[0] for n in range(3)]
    assert slopes(temperatures, values.tolist()) == pytest.approx(expected)


def test_a_doubling_of_t_changes_accuracy_by_the_slope():
    values = [[0.8 + 0.01 * math.log2(t) + s for s in (0.0, 0.1)] for t in (1.0, 2.0, 8.0)]
    assert slopes((1.0, 2.0, 8.0), values) == pytest.approx((0.01, 0.01))


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (0.01, "A higher T is better with this teacher"),
        (-0.01, "A higher T is worse with this teacher"),
        (0.0, "It is unclear whether a higher T is better or worse with this teacher"),
    ],
)
def test_the_answer_is_what_was_measured(step, words):
    noise = (-0.004, 0.0, 0.004)
    accuracy = {
        name_of(t): [0.85 + step * math.log2(t) + s * (1 if n % 2 else -1) for s in noise]
        for n, t in enumerate(CONFIG.temperatures)
    }
    accuracy["labels only"] = [0.8, 0.8, 0.8]
    history = made("temperature", CONFIG, accuracy)
    assert words in said(history, "temperature")
    assert slope(history).mean == pytest.approx(step, abs=1e-9)


def test_validation_chooses_t_not_test():
    accuracy = {name_of(8.0): [0.99] * 3}
    validation = {name_of(2.0): [0.95] * 3, name_of(8.0): [0.9] * 3}
    told = said(made("temperature", CONFIG, accuracy, validation), "temperature")
    assert "T = 2 is best on validation images" in told


def test_one_student_that_diverged_leaves_the_others_to_be_told():
    broken = [0.9, math.nan, 0.9]
    accuracy = {name_of(1.0): broken, name_of(2.0): [0.95] * 3}
    told = said(made("temperature", CONFIG, accuracy), "temperature")
    assert "No answer: on average over T from 1 to 8, a doubling of T" in told
    assert "“T = 8” and “T = 1”: a student's loss became NaN" in told
    assert "T = 2 is best on validation images" in told
    assert "nan" not in told


def test_a_method_without_t_has_nothing_to_compare():
    with pytest.raises(ConfigError, match=r"logit-regression.*no temperature"):
        plan(CONFIG.model_copy(update={"method": "logit-regression"}), CLASSES)
    assert len(plan(CONFIG.model_copy(update={"method": "dkd"}), CLASSES).arms) == 4


@pytest.mark.parametrize("wrong", ["4", "1,1,2", "0,1", "1,x"])
def test_temperatures_that_make_no_study_are_refused(wrong):
    with pytest.raises(ConfigError):
        TemperatureConfig.parse({"temperatures": wrong})


def test_a_link_brings_temperatures_in_order():
    assert TemperatureConfig.parse({"temperatures": "8,1,2.5"}).temperatures == (1.0, 2.5, 8.0)


def test_the_picture_has_a_log_axis_a_band_and_a_point_each():
    accuracy = {name_of(t): [0.9, 0.92, 0.94] for t in CONFIG.temperatures}
    accuracy["labels only"] = [0.8, 0.82, 0.84]
    history = made("temperature", CONFIG, accuracy)
    figure = over_temperature(history)
    assert figure["layout"]["xaxis"]["type"] == "log"
    points = next(t for t in figure["data"] if t.get("name") == "Distilled")
    assert points["x"] == [1.0, 2.0, 8.0]
    assert points["y"] == pytest.approx([92.0] * 3)
    band = next(t for t in figure["data"] if t.get("fill") == "toself")
    assert min(band["low"]) < 82 < max(band["high"])
    assert "T = 8: 92.0 %" in describe(history)
    assert "Teacher" not in [t.get("name") for t in over_temperature(history, "ece")["data"]]


def test_students_that_learn_are_drawn_where_they_stand_without_an_interval():
    accuracy = {name_of(t): [0.9, 0.92, 0.94] for t in CONFIG.temperatures}
    accuracy["labels only"] = [0.8, 0.82, 0.84]
    history = made("temperature", CONFIG, accuracy)
    history.done.clear()
    for measure in ("accuracy", "fidelity"):
        data = over_temperature(history, measure)["data"]
        points = next(t for t in data if t.get("name") == "Distilled")
        assert (points["x"], points["y"]) == ([1.0, 2.0, 8.0], pytest.approx([92.0] * 3))
        assert "error_y" not in points
        band, alone = data[:2]
        assert (band["x"], alone["y"]) == ([], pytest.approx([82.0] * 2))
    (*_, points) = over_temperature(history, "ece")["data"]
    assert points["x"] == [], "it is measured at the end"
    assert "Nothing is done yet" in describe(history)
