from __future__ import annotations

import pytest
from made_histories import CLASSES, made, said

from kdlab.errors import ConfigError
from kdlab.events import ArmEpoch
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.layers import LayersConfig, have_maps, numbered, plan
from pages.ui.study.figures.layers import describe, of_layers

CONFIG = LayersConfig(teacher="cnn-8-16", student="cnn-4-8", seeds=3)


def test_pairs_are_counted_from_one_on_screen_and_from_zero_inside():
    assert numbered(("1:2", "3:10")) == ((0, 1), (2, 9))
    assert LayersConfig.parse({"pairs": "1:2, 2:1"}).pairs == ("1:2", "2:1")


@pytest.mark.parametrize("wrong", ["", "1", "0:1", "1:2,1:2", "1-2", "a:b"])
def test_what_is_no_pair_is_refused(wrong):
    with pytest.raises(ConfigError):
        LayersConfig.parse({"pairs": wrong})


def test_arms_compare_the_layers_that_were_asked_for():
    arms = {a.name: a for a in plan(CONFIG.model_copy(update={"pairs": ("2:1",)}), CLASSES).arms}
    assert list(arms) == ["labels only", "soft", "hints", "attention"]
    assert arms["hints"].layers == arms["attention"].layers == ((1, 0),)
    assert (arms["hints"].method, arms["hints"].alpha) == ("hints", CONFIG.layer_alpha)
    assert arms["soft"].alpha == CONFIG.alpha


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"student": "mlp-16", "teacher": "mlp-32-32"}, "pairs has 2:2, and mlp-16 learns"),
        (
            {"student": "mlp-16-16", "teacher": "mlp-32-32", "pairs": ("1:3",)},
            "layers 1 to 2 of the student and 1 to 2 of the teacher",
        ),
        ({"student": "mlp-16-16", "teacher": "cnn-8-16"}, "both maps, or both vectors"),
        ({"student": "mlp-4", "teacher": "mlp-64-64", "dataset": "moons"}, "pairs has 2:2"),
    ],
)
def test_layers_that_cannot_be_compared_are_refused_before_a_teacher_is_trained(values, words):
    with pytest.raises(ConfigError, match=words):
        plan(LayersConfig(**values), CLASSES)


def test_attention_is_left_out_where_layers_are_vectors():
    vectors = LayersConfig(teacher="mlp-32-32", student="mlp-8-8")
    assert not have_maps(vectors)
    assert "attention" not in [a.name for a in plan(vectors, CLASSES).arms]
    assert have_maps(LayersConfig(teacher="resnet8", student="cnn-4-8"))


def test_hints_come_first_where_that_is_asked_for_in_the_same_budget():
    config = LayersConfig(two_stages=True, epochs=21)
    arms = {a.name: a for a in plan(config, CLASSES).arms}
    assert arms["stage 2"].after == "stage 1"
    assert (arms["stage 1"].alpha, arms["stage 1"].method) == (1.0, "hints")
    assert (arms["stage 2"].alpha, arms["stage 2"].method) == (config.alpha, "soft-targets")
    assert arms["stage 1"].epochs + arms["stage 2"].epochs == config.epochs


def test_each_is_held_against_labels_and_against_soft_targets():
    accuracy = {
        "labels only": [0.8, 0.81, 0.82],
        "soft": [0.9, 0.91, 0.92],
        "hints": [0.85, 0.86, 0.87],
    }
    told = said(made("layers", CONFIG, accuracy), "layers")
    assert "“Hints” is better than “Labels only” with this teacher: +5.0 points" in told
    assert "“Hints” is worse than “Soft targets” with this teacher: −5.0 points" in told


def test_every_pair_has_a_line_as_a_share_of_its_first_value():
    history = made("layers", CONFIG, {}, layers=((0.5, 2.0), (0.25, 0.2)))
    traces = of_layers(history)["data"]
    assert [t["name"] for t in traces] == [
        "Hints 1 ← 1",
        "Hints 2 ← 2",
        "Attention transfer 1 ← 1",
        "Attention transfer 2 ← 2",
    ]
    assert traces[0]["y"] == [1.0, 0.5]
    assert traces[1]["y"] == [1.0, 0.1]
    assert traces[1]["customdata"] == [2.0, 0.2]
    assert "Hints 2 ← 2 falls to 10 %" in describe(history)
    assert of_layers(StudyHistory(CONFIG))["data"] == []


def test_the_losses_of_layers_fall_in_a_tiny_run(tmp_path):
    config = LayersConfig(
        teacher="mlp-16-16", student="mlp-8-8", teacher_epochs=2, epochs=8, seeds=2,
        train_limit=200, two_stages=True, learning_rate=0.02,
    )  # fmt: skip
    events = list(run(find("layers"), config, Store(tmp_path)))
    told = [e.layers for e in events if isinstance(e, ArmEpoch) and e.arm == "hints" and e.layers]
    assert {len(layers) for layers in told} == {2}
    assert all(last < first for first, last in zip(told[0], told[-1], strict=True))
    history = StudyHistory(config, events)
    assert "stage 2" in history.done
    assert len(find("layers").findings(history)) == 5
