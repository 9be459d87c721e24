from __future__ import annotations

import pytest
from made_histories import CLASSES, made, said

from kdlab import models
from kdlab.errors import ConfigError
from kdlab.events import ArmEpoch
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.start import StartConfig, layers_of, plan
from kdlab.training.arms import starts
from pages.ui.charts import arms as study_charts
from pages.ui.shell.theme import LOOKS

CONFIG = StartConfig(seeds=3)


def test_three_starts_each_on_labels_alone_and_distilled():
    arms = {a.name: a for a in plan(StartConfig(kept=(1, 3)), CLASSES).arms}
    assert [(a.start, a.kept) for a in arms.values()] == [
        ("fresh", ()), ("fresh", ()), ("teacher", (0, 2)), ("teacher", (0, 2)), ("teacher", ()),
        ("teacher", ()),
    ]  # fmt: skip
    assert [a.alpha for a in arms.values()] == [0.0, 0.9] * 3
    assert arms["labels, some"].label == "Labels only, from layers 1,3 of the teacher"


def test_another_size_is_refused_with_words():
    with pytest.raises(ConfigError, match="same network for both"):
        plan(StartConfig(student="mlp-16"), CLASSES)


@pytest.mark.parametrize(
    ("network", "kept", "most"), [("mlp-8", (1, 3), "2"), ("mlp-8-8", (4,), "3")]
)
def test_layers_that_the_teacher_has_not_are_refused_before_it_is_trained(network, kept, most):
    config = StartConfig(teacher=network, student=network, kept=kept)
    with pytest.raises(ConfigError, match=f"layers from 1 to {most}"):
        plan(config, CLASSES)
    assert plan(config.model_copy(update={"kept": (int(most),)}), CLASSES).arms


@pytest.mark.parametrize(
    "network",
    [
        *("mlp-4", "cnn-2-4", "mlpbn-4-4", "gru-4-3", "gpt-2-4"),
        *(n for f in models.MODELS.values() for n in f.choices),
    ],
)
def test_layers_are_counted_as_they_are_taken_over(network):
    shape = (1, 17, 17) if "images" in models.find(network).accepts else (6, 9)
    built = models.build(network, shape, 10, 0)
    assert layers_of(network) == len(starts.layers(built))


@pytest.mark.parametrize("wrong", ["", "0", "1,1", "two"])
def test_layers_are_counted_from_one_each_once(wrong):
    with pytest.raises(ConfigError):
        StartConfig.parse({"kept": wrong})


def test_it_says_what_the_start_brings_and_that_nothing_got_smaller():
    accuracy = {
        "labels only": [0.80, 0.81, 0.82],
        "labels, all": [0.90, 0.91, 0.92],
        "distilled": [0.96, 0.961, 0.962],
        "distilled, all": [0.96, 0.961, 0.962],
    }
    told = said(made("start", CONFIG, accuracy), "start")
    assert "is better than “Labels only, from scratch”: +10.0 points" in told
    assert "is worse than the teacher it started as: −6.0 points" in told
    assert "“Distilled, from all of the teacher” cannot be told apart from" in told
    assert "from all of the teacher” is better than “Labels only, from all of" in told
    assert "nothing is compressed" in told


def test_what_distilling_brings_is_told_beside_the_same_start():
    found = plan(CONFIG, CLASSES)
    starts_of = {arm.name: (arm.start, arm.kept) for arm in found.arms}
    distilled = [arm.name for arm in found.arms if arm.alpha > 0]
    assert all(starts_of[found.reference(name)] == starts_of[name] for name in distilled)


def test_a_student_that_came_to_no_number_is_said_to():
    lost = {"labels, all": [0.9, float("nan"), 0.9]}
    told = find("start").findings(made("start", CONFIG, lost))
    assert "started as: a student's loss became NaN" in told[2].text
    assert told[2].holds is None


def test_only_the_baseline_is_grey_in_its_picture():
    history = made("start", CONFIG, {})
    told = [look.colour for look in study_charts.looks(history).values()]
    assert told.count(LOOKS["labels only"].colour) == 1
    assert len(set(told)) == 6


def test_before_the_first_step_the_student_is_the_teacher(tmp_path):
    config = StartConfig(
        teacher="mlp-8", student="mlp-8", teacher_epochs=3, epochs=1, seeds=2, train_limit=100
    )
    events = list(run(find("start"), config, Store(tmp_path)))
    history = StudyHistory(config, events)
    assert history.started is not None
    first = {e.arm: e for e in events if isinstance(e, ArmEpoch) and e.epoch == 0}
    assert first["labels, all"].fidelity == (1.0, 1.0)
    assert first["labels, all"].test == pytest.approx([history.started.teacher_accuracy] * 2)
    assert max(first["labels only"].fidelity) < 1.0
    assert len(find("start").findings(history)) == 7
