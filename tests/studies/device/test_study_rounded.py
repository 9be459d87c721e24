"""The mistake with the ranges of int8: what files come to, and what is said of them."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from torch import nn

from kdlab.errors import ConfigError, ModelError
from kdlab.events import Exhibit
from kdlab.experiments.study import exhibits
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.mistakes import rounded
from kdlab.studies.mistakes.study import effect, effects, measured, plan, shown_best
from pages.ui.study.figures import rounded as figure
from tests.studies.made_histories import made

STUDY = find("mistakes")
CONFIG = shown_best("int8-ranges", teacher_seeds=1, seeds=3)
NOISE = (-0.002, 0.0, 0.002)


def history_of(wrong=0.45, others=0.95, **changed):
    means = dict.fromkeys(rounded.WAYS, others) | {"wrong": wrong} | changed
    content = {
        way: {"accuracy": [mean + n for n in NOISE], "ece": [1 - mean] * 3}
        for way, mean in means.items()
    }
    history = made("mistakes", CONFIG, {"right": [0.95] * 3, "labels only": [0.9] * 3})
    history.take([Exhibit(name="rounded", content=content)])
    return history


def test_wrong_ranges_are_told_with_the_other_ways_to_get_them():
    history = history_of(noise=0.94)
    exhibits.check(history)
    assert effect(history).mean == pytest.approx(-0.5)
    assert effects(history) == pytest.approx([-0.5] * 3)
    wrong, noise, one, dynamic, int8, error, helped = STUDY.findings(history)
    assert (
        "divided by 255” is worse than “int8, ranges of training images”: −50.0 points"
        in wrong.text
    )
    assert wrong.holds is False
    assert noise.holds is False
    assert "−1.0 points" in noise.text
    assert one.holds is dynamic.holds is int8.holds is None
    assert error.less
    assert "5.0 % with the right ranges, 55.0 % with the mistake" in error.text
    assert helped.holds is True
    assert STUDY.answered(history).text == "This mistake costs 50.0 points of test accuracy."
    assert measured(history)["wrong"]["accuracy"] == pytest.approx(0.45)
    assert measured(history)["right"]["ece"] == pytest.approx(0.05)


def test_ranges_that_cost_nothing_are_told_so():
    history = history_of(wrong=0.95)
    said = STUDY.answered(history)
    assert said.text.startswith("Its effect on test accuracy is unclear")
    assert said.holds is None
    lost = history_of()
    lost.exhibits["rounded"]["wrong"]["accuracy"][1] = math.nan
    assert "becomes NaN" in STUDY.answered(lost).text


def test_on_what_ranges_are_measured():
    images = np.random.default_rng(1).integers(0, 256, (40, 1, 8, 8)).astype(np.uint8)
    assert rounded.calibrated_on("right", images) is images
    assert rounded.calibrated_on("wrong", images).max() <= 1
    one = rounded.calibrated_on("one image", images)
    assert (one == images[0]).all()
    noise = rounded.calibrated_on("noise", images)
    assert noise.shape == one.shape == images.shape
    assert noise.max() > 250
    assert {each.dtype for each in (one, noise, rounded.calibrated_on("wrong", images))} == {
        np.dtype(np.uint8)
    }


def test_points_and_few_examples_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="which is points"):
        plan(shown_best("int8-ranges", dataset="moons", student="mlp-8"), ("a", "b"))
    few = CONFIG.model_copy(update={"train_limit": 12, "labels": "all"})
    with pytest.raises(ConfigError, match="ranges of int8"):
        list(run(STUDY, few, Store(tmp_path)))


@pytest.mark.slow
def test_files_are_made_of_the_students_of_every_teacher(tmp_path):
    config = shown_best(
        "int8-ranges", teacher="mlp-32", teacher_epochs=4, student="cnn-4", epochs=6,
        teacher_seeds=2, seeds=1, learning_rate=0.03,
    )  # fmt: skip
    history = StudyHistory(config, run(STUDY, config, Store(tmp_path)))
    exhibits.check(history)
    step = 1.01 / history.started.test_size
    assert rounded.values(history, "32 bits") == pytest.approx(history.values("right"), abs=step)
    assert rounded.values(history, "right") == pytest.approx(history.values("right"), abs=0.03)
    assert effect(history).teachers == 2
    assert effect(history).mean < -0.05, "nearly black images have other ranges"
    drawn = figure.ways(history)
    assert len(drawn["data"]) == 2 * len(rounded.WAYS)
    assert "int8, ranges of noise" in figure.describe(history)


def test_what_is_not_measured_yet_draws_nothing():
    history = StudyHistory(CONFIG)
    assert figure.ways(history)["data"] == []
    assert figure.describe(history).endswith("Nothing is measured yet")
    assert effect(history) is None


def test_a_student_of_which_there_is_no_int8_does_not_end_the_study(digits_split, monkeypatch):
    whole = {way: {"accuracy": 0.9, "ece": 0.1} for way in rounded.WAYS}

    def asked(config, context, module, inputs):
        if module.huge:
            raise ModelError("what flows is no number", "numbers", "Train again")
        return whole

    monkeypatch.setattr(rounded, "_asked", asked)
    students = [nn.Linear(2, 2) for _ in range(3)]
    for place, module in enumerate(students):
        module.huge = place == 1
    done = {"right": SimpleNamespace(modules=students)}
    contexts = [SimpleNamespace(split=digits_split, done=done)]
    told = list(rounded.exhibits(CONFIG, contexts, "right"))
    for way in rounded.WAYS:
        first, second, third = told[-1].content[way]["accuracy"]
        assert (first, third) == (0.9, 0.9)
        assert math.isnan(second)
    history = made("mistakes", CONFIG, {"right": [0.95] * 3, "labels only": [0.9] * 3})
    history.take([told[-1]])
    exhibits.check(history)
    assert STUDY.findings(history)
    assert STUDY.answered(history) is not None
