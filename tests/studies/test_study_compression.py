from __future__ import annotations

import pytest
from made_histories import CLASSES, made, said

from kdlab import models
from kdlab.errors import ConfigError
from kdlab.events import Exhibit
from kdlab.experiments.study.run import run
from kdlab.models import of_width
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find, load_result
from kdlab.studies.compression import (
    COSTS,
    CompressionConfig,
    alone,
    plan,
    ratio,
    size,
    students,
    taught,
)
from pages.ui.study.figures.compression import describe, over_size, sizes, table

CONFIG = CompressionConfig(widths=(2, 4, 8), student="mlp-16", teacher="mlp-64", seeds=3)
NOISE = (-0.002, 0.0, 0.002)


def cost(parameters):
    spread = {"median": parameters / 1000, "low": parameters / 2000, "high": parameters / 500}
    return {"parameters": parameters, "flops_per_image": 2 * parameters, "latency": spread}


MEASURED = {
    "teacher": "mlp-64",
    "validation": 0.97,
    "networks": {"mlp-64": cost(4800), "mlp-2": cost(160), "mlp-4": cost(310), "mlp-8": cost(600)},
}


def history_of(bare, helped, validation=None):
    """Mean accuracies of labels only and distilled, width by width; the teacher is at 0.97."""
    accuracy = {}
    for student, low, high in zip(students(CONFIG).values(), bare, helped, strict=True):
        accuracy[alone(student)] = [low + n for n in NOISE]
        accuracy[taught(student)] = [high - n for n in NOISE]
    history = made("compression", CONFIG, accuracy, validation)
    history.take([Exhibit(name="costs", content=MEASURED)])
    return history


def test_a_width_is_two_arms_of_one_cohort_judged_beside_each_other():
    found = plan(CONFIG, CLASSES)
    assert [a.student for a in found.arms] == ["mlp-2", "mlp-2", "mlp-4", "mlp-4", "mlp-8", "mlp-8"]
    assert len({a.cohort for a in found.arms}) == 3
    for student in students(CONFIG).values():
        assert found.reference(taught(student)) == alone(student)


def test_other_layers_keep_their_proportion():
    assert of_width("mlp-16-8", 4) == "mlp-4-2"
    assert of_width("cnn-4-8", 1) == "cnn-1-2"
    assert of_width("mlp-16-2", 1) == "mlp-1-1", "no layer vanishes"
    with pytest.raises(ConfigError, match="no width to vary"):
        of_width("resnet20", 8)


def test_the_smallest_student_near_the_teacher_is_named_with_its_ratios():
    told = find("compression").findings(history_of((0.7, 0.8, 0.9), (0.8, 0.965, 0.969)))[0]
    assert "mlp-4 is the smallest within one point of the teacher on validation" in told.text
    assert "On test images it differs from the teacher by −0.5 points (95 %" in told.text
    assert "15.5 times fewer parameters, 15.5 times fewer FLOPs" in told.text
    assert told.holds is True, "its whole interval is within a point"


def test_an_interval_that_reaches_further_down_is_not_sure():
    told = find("compression").findings(history_of((0.7, 0.8, 0.9), (0.8, 0.962, 0.95)))[0]
    assert "mlp-4 is the smallest" in told.text
    assert told.holds is None


def test_no_student_near_the_teacher_is_a_finding_too():
    told = find("compression").findings(history_of((0.7, 0.8, 0.9), (0.8, 0.85, 0.92)))[0]
    assert "no distilled student is within one point" in told.text
    assert "best there is mlp-8. On test images it differs from the teacher by −5.0" in told.text
    assert told.holds is False


def test_validation_chooses_how_small_and_test_images_judge():
    seen = {taught("mlp-2"): [0.9] * 3, taught("mlp-4"): [0.965] * 3, taught("mlp-8"): [0.969] * 3}
    told = find("compression").findings(history_of((0.7, 0.8, 0.9), (0.97, 0.93, 0.97), seen))[0]
    assert "mlp-4 is the smallest within one point" in told.text
    assert "by −4.0 points" in told.text
    assert told.holds is False
    poor = {taught(s): [0.9] * 3 for s in students(CONFIG).values()}
    told = find("compression").findings(history_of((0.7, 0.8, 0.9), (0.97, 0.97, 0.97), poor))[0]
    assert "On validation images no distilled student" in told.text
    assert told.holds is None, "not even a lucky one on test images"


def test_students_that_came_to_no_number_are_not_chosen():
    lost = [0.99, float("nan"), 0.99]
    history = history_of((0.7, 0.8, 0.9), (0.8, 0.965, 0.969), {taught("mlp-2"): lost})
    assert all("mlp-2" not in f.text for f in find("compression").findings(history))
    every = made("compression", CONFIG, {taught(s): lost for s in students(CONFIG).values()})
    every.take([Exhibit(name="costs", content=MEASURED)])
    told = find("compression").findings(every)
    assert all("stopped being a number" in f.text and f.holds is None for f in told)


def test_a_study_that_did_not_keep_the_teacher_on_validation_finds_nothing():
    history = history_of((0.7, 0.8, 0.9), (0.8, 0.965, 0.969))
    older = {k: v for k, v in MEASURED.items() if k != "validation"}
    history.take([Exhibit(name="costs", content=older)])
    assert find("compression").findings(history) == []


def test_the_smallest_student_that_beats_the_best_on_labels_only_is_found():
    text = said(history_of((0.7, 0.8, 0.9), (0.8, 0.95, 0.96)), "compression")
    assert "mlp-4 is the smallest that is surely better on validation images than" in text
    assert "the best on labels only, mlp-8 with 1.9 times" in text
    assert "On test images the difference is +5.0 points" in text


def test_the_best_on_labels_only_is_chosen_on_validation():
    seen = {alone("mlp-2"): [0.99] * 3, alone("mlp-8"): [0.9] * 3, alone("mlp-4"): [0.8] * 3}
    text = said(history_of((0.7, 0.8, 0.9), (0.8, 0.95, 0.96), seen), "compression")
    assert "On validation images no distilled student is surely better" in text
    assert "only, mlp-2. On test images the best distilled, mlp-8, differs from it by +26.0" in text


def test_where_no_student_is_surely_better_it_is_said():
    last = find("compression").findings(history_of((0.7, 0.8, 0.9), (0.7, 0.8, 0.9)))[-1]
    assert "no distilled student is surely better" in last.text
    assert last.holds is None


@pytest.mark.parametrize("across", COSTS)
def test_the_picture_counts_in_what_is_asked(across):
    history = history_of((0.7, 0.8, 0.9), (0.8, 0.95, 0.96))
    figure = over_size(history, across)
    names = [t["name"] for t in figure["data"]]
    assert names == ["Teacher", "Teacher", "Student, labels only", "Student, distilled"]
    expected = [size(MEASURED, s, across) for s in students(CONFIG).values()]
    assert figure["data"][-1]["x"] == expected
    assert figure["data"][1]["x"] == [size(MEASURED, "mlp-64", across)]
    assert figure["layout"]["xaxis"]["title"]["text"] == COSTS[across]
    assert "mlp-2 70.0 and 80.0 %" in describe(history, across)


def test_while_it_learns_only_parameters_are_known():
    history = made("compression", CONFIG, {})
    found = sizes(history, "parameters")
    assert found["mlp-4"] == models.parameters("mlp-4", (1, 8, 8), 10)
    assert sizes(history, "latency") == {}
    assert over_size(history, "latency")["data"] == []


def test_the_table_has_a_row_a_network_and_its_ratio():
    rows = table(history_of((0.7, 0.8, 0.9), (0.8, 0.95, 0.96)))
    assert rows["Network"].tolist()[0] == "mlp-64 (teacher)"
    assert rows["Fewer"].tolist() == ["1.0x", "30.0x", "15.5x", "8.0x"]


def test_what_the_picture_counts_in_is_no_other_study(tmp_path):
    config = CompressionConfig(
        widths=(2, 4), teacher="mlp-8", teacher_epochs=1, epochs=2, seeds=2, train_limit=200
    )
    store = Store(tmp_path)
    history = StudyHistory(config, run(find("compression"), config, store))
    costs = history.exhibits["costs"]
    assert costs["networks"].keys() == {"mlp-8", "mlp-2", "mlp-4"}
    assert ratio(costs, "mlp-4", "parameters") == pytest.approx(
        models.parameters("mlp-8", (1, 8, 8), 10) / models.parameters("mlp-4", (1, 8, 8), 10)
    )
    assert costs["networks"]["mlp-4"]["latency"]["median"] > 0
    assert 0 < costs["validation"] <= 1
    assert len(find("compression").findings(history)) == 2
    assert load_result(find("compression"), config.model_copy(update={"across": "latency"}), store)
