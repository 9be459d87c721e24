from __future__ import annotations

import math

import pytest
from made_histories import CLASSES, made, said

from kdlab.errors import ConfigError
from kdlab.events import Exhibit
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find, load_result
from kdlab.studies.difference import GRID, UNTRAINED, DifferenceConfig, distilled, place, plan
from pages.ui.study.figures.difference import (
    by_class,
    describe,
    distribution,
    over_loss,
    over_temperature,
    told_arm,
)
from pages.ui.widgets.settings import log_steps

CONFIG = DifferenceConfig(temperatures=(1.0, 4.0), seeds=3)
ARMS = ("labels only", distilled(1.0), distilled(4.0))


def content(classes=(3, 7)):
    """f falls as 1 / T; every pair has numbers of its own."""

    def pair(name, n):
        return {
            "name": name,
            "agreement": 0.9,
            "variation": [[q * (n + 1) / t for q in (0.1, 0.2, 0.3, 0.4, 0.5)] for t in GRID],
            "kl": [1 / t for t in GRID],
            "signed": [[0.1 * n / t, -0.1 * n / t] for t in GRID],
            "absolute": [[0.2 * n / t] * 2 for t in GRID],
        }

    pairs = [pair(name, n) for n, name in enumerate((UNTRAINED, *ARMS))]
    return {"temperatures": list(GRID), "classes": list(classes), "pairs": pairs}


@pytest.fixture
def history():
    found = made("difference", CONFIG, {distilled(4.0): [0.93, 0.94, 0.95]})
    found.take([Exhibit(name="difference", content=content())])
    return found


def test_arms_differ_in_t_alone_and_share_a_cohort():
    arms = plan(CONFIG, CLASSES).arms
    assert [a.name for a in arms] == list(ARMS)
    assert [a.temperature for a in arms[1:]] == [1.0, 4.0]
    assert len({a.cohort for a in arms}) == 1


def test_a_method_without_t_is_refused():
    with pytest.raises(ConfigError, match=r"logit-regression.*no temperature"):
        plan(CONFIG.model_copy(update={"method": "logit-regression"}), CLASSES)


def test_a_student_that_diverged_is_never_the_best():
    three = DifferenceConfig(temperatures=(1.0, 4.0, 8.0), seeds=3)
    seen = {distilled(1.0): [0.95, math.nan, 0.95], distilled(4.0): [0.97] * 3}
    text = said(made("difference", three, {distilled(1.0): [math.nan] * 3}, seen), "difference")
    assert "“Distilled at T = 4” and “Distilled at T = 1”: a student's loss became NaN" in text


def test_the_slider_offers_what_was_computed():
    assert set(log_steps(GRID[0], GRID[-1], 1.0)) == set(GRID)


def test_the_nearest_t_is_nearest_in_ratio():
    assert GRID[place(content(), 7.0)] == 8.0
    assert GRID[place(content(), 0.01)] == 0.25


def test_t_compresses_nothing_and_the_figures_say_so(history):
    text = said(history, "difference")
    assert "at every T the student has 1,210 parameters and 2,368 FLOPs" in text
    assert "0.30 at T = 1 and 0.01 at T = 60" in text, "medians of the untrained pair"
    first = find("difference").findings(history)[0]
    assert first.holds is False


def test_validation_orders_the_temperatures_that_are_compared():
    seen = {distilled(1.0): [0.95] * 3, distilled(4.0): [0.9] * 3}
    history = made("difference", CONFIG, {distilled(4.0): [0.93, 0.94, 0.95]}, seen)
    text = said(history, "difference")
    assert "“Distilled at T = 1” is worse than “Distilled at T = 4”" in text


def test_moving_t_redraws_from_what_is_known(history):
    cold, hot = (by_class(history, t) for t in (1.0, 50.0))
    assert cold["data"][0]["x"] == [0, 1]
    assert cold["layout"]["xaxis"]["ticktext"] == ["3", "7"]
    assert cold["data"][0]["y"][0] == pytest.approx(50 * hot["data"][0]["y"][0])
    assert "T = 50" in hot["layout"]["title"]["text"]
    line = over_temperature(history, 50.0)["layout"]["shapes"][0]
    assert line["x0"] == 50.0
    assert "T = 50: Untrained 0.0060" in describe(history, 50.0)


def test_a_line_for_every_pair_the_untrained_one_too(history):
    figure = over_temperature(history, 1.0)
    assert [t["name"] for t in figure["data"]] == [
        "Untrained",
        "Labels only",
        "T = 1",
        "T = 4",
    ]
    assert len({t["line"]["color"] for t in figure["data"]}) == 4
    boxes = distribution(history, 1.0)["data"]
    history.exhibits["difference"]["pairs"][0]["variation"][0][2] = 0.0
    assert over_temperature(history, 1.0)["data"][0]["y"][0] is None, "a log axis has no 0"
    assert [b["median"][0] for b in boxes] == pytest.approx([0.3, 0.6, 0.9, 1.2])


def test_class_by_class_the_best_student_on_validation_is_drawn(history):
    assert told_arm(history) == distilled(4.0)
    seen = {distilled(1.0): [0.95] * 3}
    assert told_arm(made("difference", CONFIG, {}, seen)) == distilled(1.0)


def test_accuracy_over_the_t_of_the_loss(history):
    figure = over_loss(history)
    points = figure["data"][-1]
    assert points["x"] == [1.0, 4.0]
    assert points["y"] == pytest.approx([90, 94])
    assert [t["name"] for t in figure["data"]] == ["Teacher", "Labels only", "Distilled"]


def test_before_the_exhibit_there_is_nothing_of_f_to_draw():
    bare = made("difference", CONFIG, {})
    assert over_temperature(bare, 1.0)["data"] == by_class(bare, 1.0)["data"] == []
    assert "goes to 0" not in said(bare, "difference")


def test_a_run_computes_f_for_every_arm_and_the_untrained_student(tmp_path):
    config = DifferenceConfig(
        temperatures=(1.0, 4.0), teacher="mlp-16", teacher_epochs=15, student="mlp-8", epochs=2,
        seeds=2, train_limit=200,
    )  # fmt: skip
    store = Store(tmp_path)
    history = StudyHistory(config, run(find("difference"), config, store))
    found = history.exhibits["difference"]
    assert [p["name"] for p in found["pairs"]] == [UNTRAINED, *ARMS]
    assert found["classes"] == list(range(10))
    for pair in found["pairs"]:
        assert sum(pair["signed"][0]) == pytest.approx(0, abs=1e-3), "rows of f sum to 0"
        quantiles = pair["variation"][0]
        assert quantiles == sorted(quantiles)
        assert 0 <= quantiles[0] <= quantiles[-1] <= 1
        assert pair["variation"][-1][2] < pair["variation"][place(found, 1.0)][2]
    assert load_result(find("difference"), config.model_copy(update={"look": 8.0}), store), (
        "looking trains nothing"
    )
