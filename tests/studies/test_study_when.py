from __future__ import annotations

import pytest
from made_histories import CLASSES, made, said

from kdlab.errors import ConfigError
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.factors import FACTORS
from kdlab.studies.when import WhenConfig, along, panel, plan
from kdlab.training.arms.cohorts import cohorts
from pages.ui.study.figures.when import describe, panels

CONFIG = WhenConfig(seeds=3)


def test_a_panel_varies_one_thing_and_its_baseline_with_it():
    arms = {arm.name: arm for arm in plan(CONFIG, CLASSES).arms}
    own = arms["distilled"]
    for factor in FACTORS.values():
        for value in along(CONFIG, factor):
            if value == factor.value(CONFIG):
                continue
            arm = arms[f"{factor.name} {value}"]
            changed = {f for f in own.__slots__ if getattr(arm, f) != getattr(own, f)}
            (what,) = changed - {"name", "label"}
            alone = arms.get(f"{arm.name} alone")
            assert (alone is not None) == factor.apart
            if alone is not None:
                assert getattr(alone, what) == getattr(arm, what)
                assert alone.alpha == 0
                assert plan(CONFIG, CLASSES).reference(arm.name) == alone.name


def test_what_differs_in_numbers_only_is_trained_together():
    config = WhenConfig(factors=("labels", "label_noise", "temperature"))
    assert len(cohorts(plan(config, CLASSES))) == 1


def test_the_own_value_is_among_the_values_and_trained_once():
    config = WhenConfig(labels=50, factors=("labels",))
    assert along(config, FACTORS["labels"]) == (10, 30, 50, 100, 300, 1000)
    assert along(WhenConfig(labels="all"), FACTORS["labels"])[-1] == "all"
    assert [a.name for a in plan(config, CLASSES).arms if a.labels == 50] == [
        "labels only",
        "distilled",
    ]


def test_a_student_without_a_width_is_refused_where_it_is_varied():
    config = WhenConfig(student="resnet20", dataset="cifar10")
    with pytest.raises(ConfigError, match="no width to vary"):
        plan(config, CLASSES)
    assert plan(config.model_copy(update={"factors": ("labels",)}), CLASSES).arms


def test_other_layers_keep_their_proportion():
    assert FACTORS["width"].change(WhenConfig(student="mlp-16-8"), 64) == {"student": "mlp-64-32"}


def test_more_labels_than_there_are_images_are_no_point_of_their_own():
    labels = FACTORS["labels"]
    assert along(WhenConfig(train_limit=200), labels) == (10, 30, 100)
    assert along(WhenConfig(train_limit=300), labels) == (10, 30, 100, 300)
    every = WhenConfig(train_limit=300, labels="all")
    assert along(every, labels) == (10, 30, 100, "all"), "300 of 300 are all"
    own_images = WhenConfig(dataset="images", folder="upload:x", labels=50)
    assert 1000 in along(own_images, labels), "how many there are is not known yet"


def test_a_method_without_a_temperature_is_refused_where_it_is_varied():
    config = WhenConfig(method="logit-regression")
    with pytest.raises(ConfigError, match="T has no effect"):
        plan(config, CLASSES)
    assert plan(config.model_copy(update={"factors": ("labels",)}), CLASSES).arms


def test_validation_chooses_where_most_is_and_numbers_that_are_none_are_said():
    config = WhenConfig(seeds=3, factors=("labels",))
    test = {"labels 10 alone": [0.5] * 3, "labels 30 alone": [0.4] * 3}
    seen = {"labels 10 alone": [0.4] * 3, "labels 30 alone": [0.5] * 3}
    lost = {"labels 300": [0.9, float("nan"), 0.9]}
    history = made("when", config, test | lost, seen)
    (told,) = find("when").findings(history)
    assert "On validation images the gain is largest at 10; there it is +40.0 points" in told.text
    assert "gave NaN at 300" in told.text
    assert "300 NaN" in describe(history)
    (figure,) = panels(history)["data"]
    assert figure["x"] == ["10", "30", "100", "300", "1000"]
    every = {name: [float("nan")] * 3 for name in ("distilled", *history.done)}
    (told,) = find("when").findings(made("when", config, every))
    assert told.text.startswith("Labels seen: distilling gave NaN at 10, 30")
    assert told.holds is None


@pytest.fixture
def history():
    config = WhenConfig(seeds=3, factors=("labels", "teacher_epochs"))
    good, poor, alone = [0.95, 0.96, 0.95], [0.5, 0.52, 0.51], [0.8, 0.81, 0.8]
    return made(
        "when",
        config,
        {
            "labels only": alone,
            "distilled": good,
            "labels 10": good,
            "labels 10 alone": poor,
            "teacher_epochs 0": poor,
        },
    )


def test_one_sentence_a_factor(history):
    labels, teachers = find("when").findings(history)
    assert labels.text == (
        "Labels seen: distilling helped at 10, 100; made no clear difference at 30, "
        "300, 1000. On validation images the gain is largest at 10; there it is +44.3 points "
        "(95 % +42.9 to +45.8) on test images."
    )
    assert labels.holds is True
    assert "helped at 1, 5, 20; hurt at 0" in teachers.text
    assert teachers.holds is None


def test_panels_share_their_scale_and_mark_the_own_value(history):
    figure = panels(history)
    axes = [v for k, v in figure["layout"].items() if k.startswith("yaxis")]
    assert len(axes) == 2
    assert axes[0]["range"] == axes[1]["range"]
    assert axes[0]["range"][0] < -30
    assert axes[0]["range"][1] > 45.7
    labels = figure["data"][0]
    assert labels["x"] == ["10", "30", "100", "300", "1000"]
    assert labels["marker"]["symbol"][2] == "circle-open"
    assert labels["marker"]["symbol"].count("circle-open") == 1
    assert "n = 3 seeds" in labels["text"][0]
    assert "Labels seen: 10 +44.3, 30 0.0" in describe(history)


def test_panels_without_results_are_drawn(history):
    empty = StudyHistory(history.config)
    assert [t["y"] for t in panels(empty)["data"]] == [[], []]
    assert panel(empty, "labels") == []
    assert "nothing is done yet" in describe(empty)


def test_a_small_study_runs(tmp_path):
    config = WhenConfig(
        teacher="mlp-8", teacher_epochs=1, student="mlp-4", epochs=1, seeds=2, train_limit=100,
        factors=("labels", "teacher_epochs"),
    )  # fmt: skip
    history = StudyHistory(config, run(find("when"), config, Store(tmp_path)))
    assert len(panel(history, "labels")) == 3, "of 100 images no more labels are seen"
    assert len(panel(history, "teacher_epochs")) == 4
    assert said(history, "when").count("\n") == 1


def test_one_of_five_that_is_clear_by_itself_only_is_not_said_to_help():
    """p = 0.038 where nothing else differs: of five values one comes so far by chance."""
    config = WhenConfig(seeds=3, factors=("labels",))
    by = (0.006, 0.010, 0.014)
    lucky = {"labels 10": [0.9 + d for d in by], "labels 10 alone": [0.9] * 3}
    history = made("when", config, lucky)
    ((_, gain), *_) = panel(history, "labels")
    assert gain.ci95[0] > 0
    (told,) = find("when").findings(history)
    assert told.holds is None
    assert "helped" not in told.text
    assert "made no clear difference at 10, 30, 100, 300, 1000" in told.text
