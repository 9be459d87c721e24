from __future__ import annotations

import base64

import pytest
from made_histories import CLASSES, made, said

from kdlab.errors import ConfigError
from kdlab.experiments.study.run import run
from kdlab.measure.wording import signed
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.resolution import KINDS, SEEN, ResolutionConfig, name_of, plan
from pages.ui.study.figures.resolution import describe, over_resolution

CONFIG = ResolutionConfig(factors=(1, 4), seeds=3)


def test_each_kind_at_each_resolution_beside_labels_at_the_same_one():
    made_plan = plan(CONFIG, CLASSES)
    assert [(a.name, a.factor, a.method, a.alpha) for a in made_plan.arms] == [
        ("labels 1", 1, "soft-targets", 0.0),
        ("soft 1", 1, "soft-targets", 0.9),
        ("logits 1", 1, "logit-regression", 0.9),
        ("labels 4", 4, "soft-targets", 0.0),
        ("soft 4", 4, "soft-targets", 0.9),
        ("logits 4", 4, "logit-regression", 0.9),
    ]
    assert made_plan.reference("logits 4") == "labels 4"
    assert made_plan.reference("soft 1") == "labels 1"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"factors": (1, 3)}, "for these images 1,2,4"),
        ({"dataset": "moons", "factors": (2,)}, "a data set of images"),
        ({"dataset": "mnist", "factors": (3,)}, "28 × 28 pixels"),
    ],
)
def test_factors_that_do_not_divide_the_images_are_refused(values, words):
    with pytest.raises(ConfigError, match=words):
        plan(ResolutionConfig(**values), CLASSES)


def test_images_of_ones_own_may_be_scaled_by_three():
    config = ResolutionConfig(dataset="images", folder="here", image_size=48, factors=(1, 3))
    assert len(plan(config, CLASSES).arms) == 6


def test_a_factor_is_one_to_four():
    assert ResolutionConfig.parse({"factors": "4,2"}).factors == (2, 4)
    with pytest.raises(ConfigError):
        ResolutionConfig.parse({"factors": "5"})


def test_gains_are_told_at_each_resolution_with_what_it_costs():
    accuracy = {
        "labels 1": [0.90, 0.91, 0.92],
        "soft 1": [0.95, 0.96, 0.97],
        "labels 4": [0.55, 0.56, 0.57],
        "soft 4": [0.55, 0.57, 0.56],
        "logits 4": [0.45, 0.46, 0.47],
    }
    costs = {"soft 4": {"flops_per_image": 896}}
    history = made("resolution", CONFIG, accuracy, costs=costs)
    told = said(history, "resolution")
    better = "“Soft targets, full size” is better than “Labels only, full size” with this teacher"
    assert f"{better}: +5.0" in told
    assert "“Soft targets, 1/4” cannot be told apart from “Labels only, 1/4”" in told
    assert "costs 896 FLOPs instead of 2,368; with soft targets that changes" in told
    low, high = (100 * end for end in history.gain("soft 4", "soft 1").ci95)
    assert low < -40 < high
    assert f"by −40.0 points (95 % {signed(low)} to {signed(high)})" in told
    figure = over_resolution(history)
    assert figure["layout"]["xaxis"]["ticktext"] == [
        "8 × 8 px<br>2,368 FLOPs",
        "2 × 2 px<br>896 FLOPs",
    ]
    soft = next(t for t in figure["data"] if t["name"] == KINDS["soft"])
    assert soft["y"] == pytest.approx([96.0, 56.0])
    assert "Soft targets, 1/4 56.0 %" in describe(history)


def test_what_each_sees_is_the_mean_of_its_pixels(tmp_path):
    config = ResolutionConfig(
        teacher="mlp-8", student="mlp-8", teacher_epochs=2, epochs=2, seeds=2, train_limit=100
    )
    history = StudyHistory(config, run(find("resolution"), config, Store(tmp_path)))
    for image in history.exhibits[SEEN]["images"]:
        whole, *small = (list(base64.b64decode(view["pixels"])) for view in image["seen"])
        assert [view["shape"] for view in image["seen"]] == [[1, 8, 8], [1, 4, 4], [1, 2, 2]]
        block = [whole[8 * y + x] for y in range(4) for x in range(4)]
        assert small[1][0] == pytest.approx(sum(block) / 16, abs=1)
        assert all(0 <= view[kind] < 10 for view in image["seen"] for kind in KINDS)
    flops = [history.done[name_of("soft", f)].cost["flops_per_image"] for f in config.factors]
    assert flops == sorted(flops, reverse=True)
    assert flops[0] > flops[2]
