from __future__ import annotations

import math

import pytest
import torch
from made_histories import CLASSES, made, said

from kdlab.data.split import DataSplit, Part
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.pipeline import HALVES, PipelineConfig, opened, plan
from kdlab.training.arms.context import TrainingContext
from pages.ui.study.figures.pipeline import STAGES, cost_words, describe, of_stages, stage_words

CONFIG = PipelineConfig(seeds=3)
ACCURACY = {
    "labels only": [0.80, 0.81, 0.82],
    "distilled": [0.93, 0.94, 0.95],
    "labels tuned": [0.85, 0.86, 0.87],
    "tuned": [0.91, 0.92, 0.93],
    "half": [0.90, 0.91, 0.92],
}
VALIDATION = {"distilled": [0.95, 0.96, 0.97], "tuned": [1.0, 1.0, 1.0]}


def test_fine_tuning_goes_on_from_the_student_before_on_held_out_labels():
    made_plan = plan(CONFIG, CLASSES)
    arms = {a.name: a for a in made_plan.arms}
    assert {n: a.after for n, a in arms.items() if a.after} == {
        "labels tuned": "labels only",
        "tuned": "distilled",
        "labels half": "labels only",
        "half": "distilled",
    }
    for name in ("labels tuned", "tuned"):
        assert arms[name].learns_from == "validation"
        assert (arms[name].labels, arms[name].alpha, arms[name].epochs) == ("all", 0.0, 40)
    assert arms["half"].learns_from == "half of validation"
    assert made_plan.reference("tuned") == "labels tuned"
    assert made_plan.reference("half") == "labels half"
    assert made_plan.reference("distilled") == "labels only"


def test_half_of_validation_is_its_first_half():
    parts = [Part(torch.arange(n * 2.0).view(n, 2), torch.arange(n)) for n in (6, 9, 4)]
    split = DataSplit(CLASSES, (2,), *parts, mean=(0.0, 0.0), std=(1.0, 1.0))
    context = TrainingContext(CONFIG, split, None, None)
    arms = {a.name: a for a in plan(CONFIG, CLASSES).arms}
    assert context.part(arms["half"]).targets.tolist() == [0, 1, 2, 3]
    assert context.part(arms["tuned"]) is split.validation
    assert context.part(arms["distilled"]) is split.train


def test_the_gap_that_opens_is_paired_and_free_of_what_both_have():
    history = made("pipeline", CONFIG, ACCURACY, VALIDATION)
    wider = opened(history, "tuned", "distilled")
    assert wider.mean == pytest.approx((1 - 0.92) - (0.96 - 0.94))
    assert wider.ci95[0] > 0


def test_it_says_that_validation_is_spoiled_and_cannot_choose():
    told = said(made("pipeline", CONFIG, ACCURACY, VALIDATION), "pipeline")
    assert "Fine-tuning spoils validation: its gap to test widens by +6.0 points" in told
    assert "all 3 students have the same validation accuracy, 100.0 %" in told
    assert (
        "“Distilled, then fine-tuned” is worse than “Distilled” with this teacher: −2.0 points"
        in told
    )


def test_it_does_not_say_so_where_the_gap_stays():
    told = said(made("pipeline", CONFIG, ACCURACY), "pipeline")
    assert "Fine-tuning cannot be shown to spoil validation" in told
    assert "validation accuracies lie between 91.0 and 93.0 %" in told


def test_students_that_diverged_are_left_out_of_what_validation_says():
    broken = {"tuned": [0.91, math.nan, 0.93]}
    seen = VALIDATION | {"tuned": [0.99, math.nan, 1.0]}
    told = said(made("pipeline", CONFIG, ACCURACY | broken, seen), "pipeline")
    assert "cannot be shown to spoil validation: its gap to test widens by an" in told
    assert "(a student's loss became NaN)" in told
    assert "validation accuracies lie between 99.0 and 100.0 %" in told
    assert "nan" not in told


def test_one_seed_is_told_to_be_one_seed():
    one = {name: values[:1] for name, values in ACCURACY.items()}
    told = said(made("pipeline", PipelineConfig(seeds=1), one), "pipeline")
    assert "Fine-tuning with one seed cannot be shown to spoil validation" in told


def test_stages_show_the_test_only_at_the_end():
    history = made("pipeline", CONFIG, ACCURACY, VALIDATION)
    names = [[t.get("name", "") for t in of_stages(history, n)["data"]] for n in (1, 2, 3, 4)]
    assert names[0] == ["Teacher (test)"]
    for few in names[1:3]:
        assert not any("test" in name for name in few)
    assert names[1] == ["Labels only, validation", "Distilled, validation"]
    assert "Distilled, then fine-tuned, test" in names[3]
    tuned = next(
        t for t in of_stages(history, 3)["data"] if "then fine-tuned, v" in t.get("name", "")
    )
    assert min(tuned["x"]) == CONFIG.epochs, "fine-tuning begins where distilling ended"
    assert "92.0 % test" in describe(history, 4)
    assert "test" not in describe(history, 3)


def test_each_stage_says_what_it_came_to_and_cost():
    history = made("pipeline", CONFIG, ACCURACY, VALIDATION)
    told = [stage_words(history, n) for n in range(1, 5)]
    assert told == [
        "1 Train big · 97.0 % test",
        "2 Distil · 96.0 % validation",
        "3 Fine-tune · 100.0 % validation",
        "4 Test · 92.0 % test",
    ]
    assert all("GFLOPs" in cost_words(history, n) for n in range(1, 5))
    empty = StudyHistory(CONFIG)
    assert [stage_words(empty, n) for n in range(1, 5)] == [
        f"{n} {s}" for n, s in enumerate(STAGES, 1)
    ]


def test_a_tiny_run_looks_at_both_halves(tmp_path):
    config = PipelineConfig(
        teacher="mlp-8", student="mlp-8", teacher_epochs=2, epochs=2, tuning_epochs=30, seeds=2,
        train_limit=100, tuning_rate=0.05,
    )  # fmt: skip
    history = StudyHistory(config, run(find("pipeline"), config, Store(tmp_path)))
    halves = history.exhibits[HALVES]
    for name in ("distilled", "tuned"):
        both = zip(halves[name]["first"], halves[name]["second"], strict=True)
        means = [sum(pair) / 2 for pair in both]
        assert means == pytest.approx(history.values(name, "validation"), abs=1e-4)
    assert sum(halves["half"]["first"]) > sum(halves["half"]["second"]), "it learned the first"
    assert "of the other half" in said(history, "pipeline")
