"""The one sentence with which a study answers its question: made of its numbers, and honest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from made_histories import made

from kdlab.experiments.study.basis import comparisons, of_number
from kdlab.experiments.study.plainly import doubt, surely
from kdlab.measure.gain import Gain
from kdlab.storage.store import Store
from kdlab.studies import STUDIES, StudyHistory, find, load_result
from kdlab.studies.augmentation import AugmentationConfig
from kdlab.studies.chains import ChainsConfig
from kdlab.studies.methods import MethodsConfig
from kdlab.studies.mistakes.study import shown_best
from kdlab.studies.pipeline import PipelineConfig
from kdlab.studies.resolution import ResolutionConfig
from kdlab.studies.start import StartConfig
from kdlab.studies.teachers import TeachersConfig
from kdlab.studies.temperature import TemperatureConfig
from kdlab.studies.when import WhenConfig

LOW, MIDDLE, HIGH = [0.80, 0.81, 0.82, 0.80, 0.81], [0.85, 0.86, 0.87, 0.85, 0.86], [0.9] * 5
WIDE = [0.70, 0.95, 0.80, 0.92, 0.78]
"""As good as others on average, and no interval of it tells them apart."""


def text_of(name, config, accuracy, **more):
    found = find(name).answered(made(name, config, accuracy, **more))
    assert found is not None
    return found.text


@pytest.mark.parametrize("name", STUDIES)
def test_every_stored_study_answers_its_question_in_one_sentence(name):
    study = find(name)
    events = load_result(study, study.config(), Store(Path("/nowhere")), bundled=True)
    found = study.answered(StudyHistory(study.config(), events))
    assert found is not None
    assert re.search(r"\d", found.text), "with its figures"
    assert found.text.endswith(".")
    assert len(re.findall(r"\.(?: |$)", found.text)) == 1, "one sentence"
    assert len(found.text) < 260


@pytest.mark.parametrize(
    ("consistent", "fixed", "said"),
    [
        (HIGH, LOW, "The image that the student sees: that teaches better by 9.2 points."),
        (LOW, HIGH, "The clean image: that teaches better by 9.2 points."),
        (WIDE, MIDDLE, "This cannot be told here: a difference, if there is one, is probably"),
    ],
)
def test_the_answer_follows_the_numbers(consistent, fixed, said):
    accuracy = {"consistent": consistent, "fixed": fixed}
    assert text_of("augmentation", AugmentationConfig(), accuracy).startswith(said)


def test_one_seed_answers_nothing():
    for name, config in (
        ("augmentation", AugmentationConfig(seeds=1)),
        ("teachers", TeachersConfig(seeds=1)),
        ("temperature", TemperatureConfig(seeds=1)),
        ("resolution", ResolutionConfig(seeds=1)),
    ):
        said = text_of(name, config, {"one": [0.2], "T = 1": [0.2], "soft 1": [0.2]})
        assert said.startswith("This cannot be told here: one seed says nothing"), name


def test_a_student_that_is_lost_is_no_answer_either():
    lost = {"consistent": [float("nan"), 0.9, 0.9, 0.9, 0.9]}
    said = text_of("augmentation", AugmentationConfig(), lost)
    assert said == "This cannot be told here: the loss of a student stopped being a number."


def test_a_slope_over_temperatures_has_a_sign():
    config = TemperatureConfig(temperatures=(1, 2, 4))
    rises = {"T = 1": LOW, "T = 2": MIDDLE, "T = 4": [v + 0.1 for v in LOW]}
    falls = {"T = 1": [v + 0.1 for v in LOW], "T = 2": MIDDLE, "T = 4": LOW}
    assert text_of("temperature", config, rises) == (
        "Yes: every doubling of T from 1 to 4 raises test accuracy by 5.0 points."
    )
    assert text_of("temperature", config, falls).startswith("No: every doubling of T from 1 to 4 l")


def test_several_comparisons_count_for_one_answer():
    teachers = {"one": LOW, "seeds": HIGH, "sizes": LOW, "experts": [v - 0.05 for v in LOW]}
    said = text_of("teachers", TeachersConfig(), teachers)
    assert said.startswith("In part. Than with one teacher students are better: 3 of other first")
    assert "worse: 2 experts" in said
    assert "neither surely better nor worse: 3 of falling size" in said
    lucky = Gain(0.01, (0.0005, 0.0195), 5)
    assert lucky.holds
    assert surely([lucky]) == [True]
    assert surely([lucky, Gain(0.0, (-0.01, 0.01), 5)]) == [None, None], "one of two is chance"


def test_what_a_doubt_leaves_room_for_is_rounded_up():
    assert doubt([Gain(0.001, (-0.0041, 0.0061), 5)]).endswith("probably below 0.7 points")


def test_answers_name_what_they_are_about():
    stages = {"labels only": LOW, "distilled": HIGH, "tuned": MIDDLE}
    said = text_of("pipeline", PipelineConfig(), stages, validation={"tuned": [1.0] * 5})
    assert said.startswith("Distilling brings 9.2 points, fine-tuning on validation images then")
    assert "promises 14.2 points more than test images confirm" in said
    start = {"labels only": LOW, "labels, all": LOW, "distilled, all": HIGH}
    said = text_of("start", StartConfig(), start)
    assert "starting from the teacher's weights makes no difference that can be told" in said
    assert said.endswith("distilling from the same start brings 9.2 points.")
    said = text_of("chains", ChainsConfig(), {"via the assistant": HIGH, "direct": LOW})
    assert said.startswith("Beside being taught directly, the detour through an assistant brings")


def test_where_it_helped_and_hurt_is_counted():
    config = WhenConfig(factors=("labels",))
    arms = {"labels only": LOW, "distilled": HIGH, "labels 10": LOW, "labels 10 alone": HIGH}
    said = text_of("when", config, arms)
    assert said == (
        "It helped in 1 of 5 settings, most at labels seen 100 (9.2 points), and hurt in 1: "
        "labels seen 10."
    )


def test_the_best_method_has_to_beat_each_other():
    config = MethodsConfig(methods=("soft-targets", "hints"))
    best = {"soft-targets": HIGH, "hints": MIDDLE, "labels only": LOW}
    assert text_of("methods", config, best) == (
        "Soft targets teaches best, by 4.2 points or more; all methods beat labels only."
    )
    same = {"soft-targets": HIGH, "hints": HIGH, "labels only": LOW}
    assert "is not surely better than" in text_of("methods", config, same)


def test_a_mistake_that_accuracy_does_not_show_is_told_of_calibration():
    config = shown_best("misaligned", teacher_seeds=1, seeds=5)
    assert text_of("mistakes", config, {"wrong": LOW, "right": HIGH}) == (
        "This mistake costs 9.2 points of test accuracy."
    )


@pytest.mark.parametrize("name", STUDIES)
def test_as_many_comparisons_are_announced_as_are_told(name):
    study = find(name)
    events = load_result(study, study.config(), Store(Path("/nowhere")), bundled=True)
    found = study.findings(StudyHistory(study.config(), events))
    intervals = sum(len(re.findall(r"95 % [+−0]", finding.text)) for finding in found)
    assert comparisons(found) >= intervals, "an interval that no count knows"
    if comparisons(found) > 1:
        assert f"{comparisons(found)} comparisons" in of_number(found)
