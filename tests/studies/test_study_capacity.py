from __future__ import annotations

import pytest
from made_histories import CLASSES, made, said

from kdlab import models
from kdlab.errors import ConfigError
from kdlab.events import Exhibit
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.capacity import CapacityConfig, along, chosen, name_of, networks, plan
from kdlab.training.arms.arm import TeacherSpec
from pages.ui.study.figures.capacity import describe, over

CONFIG = CapacityConfig(
    teachers=("mlp-8", "mlp-64", "mlp-16"), lengths=(2, 30), teacher="mlp-16", seeds=3
)
DEFAULT_TEACHER = name_of("mlp-16", 30)


def accuracies(**of):
    """Accuracy of the students of a teacher, a little different for each seed."""
    noise = (-0.004, 0.0, 0.004)
    return {arm: [mean + s for s in noise] for arm, mean in of.items()}


def test_arms_differ_in_their_teacher_alone_and_none_is_trained_twice():
    arms = plan(CONFIG, CLASSES).arms
    assert arms[0].alpha == 0
    assert [a.name for a in arms[1:]] == [name_of(*n) for n in networks(CONFIG)]
    assert len({a.name for a in arms}) == 5, "the own teacher is a size and a length"
    assert len({(a.student, a.alpha, a.temperature, a.epochs, a.labels) for a in arms[1:]}) == 1
    taught = {a.name: a.teachers for a in arms}
    assert taught[DEFAULT_TEACHER] == (TeacherSpec(),)
    assert taught[name_of("mlp-16", 2)] == (TeacherSpec(epochs=2),)
    assert taught[name_of("mlp-8", 30)] == (TeacherSpec(architecture="mlp-8"),)


def test_teachers_stand_in_the_order_of_their_parameters_and_of_their_epochs():
    history = made("capacity", CONFIG, {})
    sizes = along(history, "sizes")
    assert [t.network for t in sizes] == ["mlp-8", "mlp-16", "mlp-64"]
    assert [t.parameters for t in sizes] == [
        models.parameters(t.network, (1, 8, 8), 10) for t in sizes
    ]
    assert [(t.network, t.epochs) for t in along(history, "lengths")] == [
        ("mlp-16", 2),
        ("mlp-16", 30),
    ]
    assert along(StudyHistory(CONFIG), "sizes") == []


def test_validation_chooses_the_teacher_and_test_judges_the_choice():
    small, large = name_of("mlp-8", 30), name_of("mlp-64", 30)
    test = accuracies(**{small: 0.90, large: 0.95})
    validation = accuracies(**{small: 0.96, large: 0.94, DEFAULT_TEACHER: 0.91})
    history = made("capacity", CONFIG, test, validation)
    assert chosen(history, along(history, "sizes")).arm == small
    first = find("capacity").findings(history)[0]
    assert "best teacher is not the largest one, but mlp-8" in first.text
    assert first.holds is True, "on test images the largest is better than both all the same"
    assert first.gain.mean == pytest.approx(0.05)


def test_a_largest_teacher_that_is_chosen_is_compared_with_the_second():
    large = name_of("mlp-64", 30)
    history = made("capacity", CONFIG, accuracies(**{large: 0.95, DEFAULT_TEACHER: 0.93}))
    first = find("capacity").findings(history)[0]
    assert "On validation images the largest teacher" in first.text
    assert "second best, mlp-16" in first.text
    assert first.gain.mean == pytest.approx(0.02)
    assert first.holds is True


def test_a_tie_with_any_other_teacher_is_not_the_best():
    small, large = name_of("mlp-8", 30), name_of("mlp-64", 30)
    test = accuracies(**{large: 0.95, DEFAULT_TEACHER: 0.93, small: 0.95})
    validation = accuracies(**{large: 0.95, DEFAULT_TEACHER: 0.94, small: 0.9})
    first = find("capacity").findings(made("capacity", CONFIG, test, validation))[0]
    assert "On validation images the largest teacher" in first.text
    assert "second best, mlp-16" in first.text
    assert f"better than {small} may be chance" in first.text
    assert first.holds is None


def test_a_student_that_came_to_no_number_is_never_chosen():
    small, large = name_of("mlp-8", 30), name_of("mlp-64", 30)
    lost = [0.99, float("nan"), 0.99]
    history = made("capacity", CONFIG, {small: lost})
    assert chosen(history, along(history, "sizes")).arm != small
    told = find("capacity").findings(made("capacity", CONFIG, {large: lost}))[0]
    assert "a student's loss became NaN" in told.text
    assert told.holds is None


def test_a_teacher_that_does_harm_is_said_to():
    few = {name_of("mlp-8", 30): [0.60, 0.61, 0.62], "labels only": [0.9, 0.9, 0.9]}
    history = made("capacity", CONFIG, few)
    assert "“Taught by mlp-8, 30 epochs” is worse than “Labels only”" in said(history, "capacity")


def test_the_charts_have_the_student_the_teacher_itself_and_labels_only():
    history = made("capacity", CONFIG, {"labels only": [0.8] * 3})
    assert [t["name"] for t in over(history, "sizes")["data"]] == [
        "Student, labels only",
        "Its student",
    ]
    own = {name_of(*n): {"validation": 0.7, "test": 0.75} for n in networks(CONFIG)}
    history.take([Exhibit(name="teachers", content=own)])
    figure = over(history, "sizes")
    alone, itself, student = figure["data"]
    assert alone["y"] == pytest.approx([80, 80])
    assert itself["y"] == pytest.approx([75] * 3)
    assert student["x"] == sorted(student["x"])
    assert "error_y" in student
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert "mlp-8, 30 epochs: student 90.0 %, teacher 75.0 %" in describe(history, "sizes")
    assert over(history, "lengths")["layout"]["xaxis"]["ticktext"] == ["2", "30"]


def test_before_the_study_has_begun_there_is_an_empty_chart():
    assert over(StudyHistory(CONFIG), "sizes")["data"] == []


@pytest.mark.parametrize("wrong", ["mlp-8", "mlp-8,mlp-8", "mlp-8,tree", "mlp-8,mlp-0"])
def test_teachers_that_make_no_study_are_refused(wrong):
    with pytest.raises(ConfigError):
        CapacityConfig.parse({"teachers": wrong})


def test_a_network_that_does_not_fit_the_data_is_refused_before_it_is_trained():
    with pytest.raises(Exception, match="mlp-8192"):
        plan(CapacityConfig(teachers=("mlp-8", "mlp-8192")), CLASSES)


def test_a_run_tells_how_good_each_teacher_is(tmp_path):
    config = CapacityConfig(
        teachers=("mlp-4", "mlp-8"), lengths=(0,), teacher="mlp-8", teacher_epochs=3,
        student="mlp-8", epochs=2, seeds=2, train_limit=200,
    )  # fmt: skip
    history = StudyHistory(config, run(find("capacity"), config, Store(tmp_path)))
    own = history.exhibits["teachers"]
    assert own.keys() == {name_of(*n) for n in networks(config)}
    assert own[name_of("mlp-8", 3)]["test"] == pytest.approx(history.started.teacher_accuracy)
    assert own[name_of("mlp-8", 0)]["test"] < own[name_of("mlp-8", 3)]["test"]
    assert len(find("capacity").findings(history)) == 3
