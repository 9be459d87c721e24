"""The one sentence with which a study answers its question: made of its numbers, and honest."""

from __future__ import annotations

import math
import re

import pytest
from made_histories import made, of_one_seed, stored

from kdlab.events import Exhibit
from kdlab.experiments.study.basis import comparisons, of_number
from kdlab.experiments.study.plainly import alike, doubt, effects, first, surely
from kdlab.measure.gain import Gain
from kdlab.studies import STUDIES, StudyHistory, find
from kdlab.studies.augmentation import AugmentationConfig
from kdlab.studies.capacity import CapacityConfig
from kdlab.studies.chains import ChainsConfig
from kdlab.studies.layers import LayersConfig
from kdlab.studies.looking import ARMS, LookingConfig
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
    found = study.answered(StudyHistory(study.config(), stored(name)))
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
        (WIDE, MIDDLE, "No clear answer: a difference, if there is one, is probably"),
    ],
)
def test_the_answer_follows_the_numbers(consistent, fixed, said):
    accuracy = {"consistent": consistent, "fixed": fixed}
    assert text_of("augmentation", AugmentationConfig(), accuracy).startswith(said)


@pytest.mark.parametrize("name", STUDIES)
def test_one_seed_answers_nothing(name):
    found = find(name).answered(of_one_seed(name))
    assert "one seed" in found.text, "the reason is told"
    assert "nan" not in found.text
    sizes = name == "difference"  # parameters are counted, and need no seeds
    assert found.holds is (False if sizes else None)
    assert not re.search(r"about as well|chance would", found.text)
    assert not re.search(r"brings|costs|spoils|helped in", found.text)


def test_a_student_that_is_lost_is_no_answer_either():
    lost = {"consistent": [float("nan"), 0.9, 0.9, 0.9, 0.9]}
    said = text_of("augmentation", AugmentationConfig(), lost)
    assert said == "No clear answer: a student's loss became NaN."


GONE = [float("nan"), 0.9, 0.9, 0.9, 0.9]


@pytest.mark.parametrize(
    ("name", "config", "accuracy", "said"),
    [
        (
            "resolution",
            ResolutionConfig(),
            {"labels 1": LOW, "soft 1": HIGH, "labels 2": WIDE, "soft 2": MIDDLE, "soft 4": GONE},
            "In part: its soft targets help at full size (9.2 points); make no clear "
            "difference at 1/2; gave NaN at 1/4.",
        ),
        (
            "teachers",
            TeachersConfig(),
            {"one": LOW, "seeds": HIGH, "sizes": WIDE, "experts": GONE},
            "In part: compared with one teacher, students are better with 3 from other first "
            "weights (9.2 points); neither clearly better nor worse with 3 of decreasing size; NaN "
            "with 2 experts, on half of the classes each.",
        ),
        (
            "layers",
            LayersConfig(student="cnn-4-4", teacher="cnn-8-8"),
            {"soft": HIGH, "hints": LOW, "attention": GONE},
            "Not clearly: compared with soft targets, the student is worse with Hints"
            " (9.2 points); NaN with Attention transfer.",
        ),
        (
            "methods",
            MethodsConfig(methods=("soft-targets", "dist", "hints")),
            {"labels only": LOW, "soft-targets": HIGH, "dist": MIDDLE, "hints": GONE},
            "Soft targets teaches best, by 4.2 points over the next best, Correlation of answers "
            "(DIST); 2 of the 3 methods clearly beat labels only; Hints (FitNets) gave "
            "NaN.",
        ),
        (
            "methods",
            MethodsConfig(methods=("soft-targets", "dist")),
            {"labels only": GONE, "soft-targets": HIGH, "dist": MIDDLE},
            "Soft targets teaches best, by 4.2 points over the next best, Correlation of answers "
            "(DIST); labels only gave NaN.",
        ),
        (
            "capacity",
            CapacityConfig(teachers=("mlp-4", "mlp-8", "mlp-32"), teacher="mlp-32"),
            {
                "mlp-4, 30 epochs": GONE,
                "mlp-8, 30 epochs": MIDDLE,
                "mlp-32, 30 epochs": HIGH,
            },
            "Yes: mlp-32, the largest, teaches better than every smaller one, by 4.2 points over "
            "the next best, mlp-8; mlp-4 gave NaN.",
        ),
        (
            "temperature",
            TemperatureConfig(temperatures=(1, 2, 4)),
            {"T = 2": GONE},
            "No clear answer: a student's loss became NaN at T = 2.",
        ),
    ],
)
def test_what_is_lost_is_named_and_what_is_unclear_has_no_amount(name, config, accuracy, said):
    assert text_of(name, config, accuracy) == said


def test_a_slope_over_temperatures_has_a_sign():
    config = TemperatureConfig(temperatures=(1, 2, 4))
    rises = {"T = 1": LOW, "T = 2": MIDDLE, "T = 4": [v + 0.1 for v in LOW]}
    falls = {"T = 1": [v + 0.1 for v in LOW], "T = 2": MIDDLE, "T = 4": LOW}
    assert text_of("temperature", config, rises) == (
        "Yes: on average over T from 1 to 4, a doubling of T raises test accuracy by 5.0 points."
    )
    said = text_of("temperature", config, falls)
    assert said.startswith("No: on average over T from 1 to 4, a doubling of T lowers")


@pytest.mark.parametrize(
    ("steps", "said", "holds"),
    [
        (
            (0.0, 0.05, 0.10, 0.05, 0.0),
            "Neither higher nor lower: T = 4, best on validation images, is better than both ends, "
            "by 10.0 points over T = 1 and 10.0 points over T = 16.",
            False,
        ),
        (
            (0.0, 0.10, 0.099, 0.099, 0.099),
            "Up to a point: T = 2, best on validation images, leads by 9.9 points over T = 1, and "
            "T = 16 is not clearly better or worse than it.",
            None,
        ),
        (
            (0.05, 0.0, 0.10, 0.04, 0.05),
            "Neither higher nor lower: T = 4, best on validation images, is better than both ends, "
            "by 4.9 points over T = 1 and 4.8 points over T = 16.",
            False,
        ),
        (
            (0.10, 0.05, 0.0, 0.05, 0.099),
            "Accuracy does not clearly rise or fall with T: T = 1, best on validation images, "
            "leads by 10.0 points over T = 4.",
            None,
        ),
        (
            (0.0, 0.001, 0.0, 0.0, 0.0),
            "No clear answer: on average over T from 1 to 16, a doubling of T changes "
            "test accuracy, if at all, probably by less than 0.4 points.",
            None,
        ),
    ],
)
def test_a_curve_that_is_no_line_is_not_told_as_one(steps, said, holds):
    config = TemperatureConfig(temperatures=(1, 2, 4, 8, 16))
    chance = [
        (0.004, -0.006, 0.002, 0.0, 0.0),
        (-0.005, 0.004, 0.0, 0.003, -0.002),
        (0.0, 0.002, -0.004, -0.003, 0.005),
        (0.003, -0.001, 0.0, 0.004, -0.006),
        (-0.004, 0.0, 0.006, -0.002, 0.0),
    ]
    accuracy = {
        f"T = {2**n}": [0.80 + step + each for each in chance[n]] for n, step in enumerate(steps)
    }
    validation = {f"T = {2**n}": [0.80 + step] * 5 for n, step in enumerate(steps)}
    history = made("temperature", config, accuracy, validation)
    found = find("temperature").answered(history)
    assert (re.sub(r"\d+\.\d", "#", found.text), found.holds) == (
        re.sub(r"\d+\.\d", "#", said),
        holds,
    )
    best = re.search(r"T = \d+, best", found.text)
    if best is None:
        return
    told = [finding.text for finding in find("temperature").findings(history)]
    rests = sum(text.startswith(f"“{best[0][:-6]}” is better than") for text in told)
    assert rests >= said.count(" over T = "), "what it rests on is among the findings"


def test_several_comparisons_count_for_one_answer():
    teachers = {"one": LOW, "seeds": HIGH, "sizes": LOW, "experts": [v - 0.05 for v in LOW]}
    said = text_of("teachers", TeachersConfig(), teachers)
    assert said.startswith("In part: compared with one teacher, students are better with 3 from ot")
    assert "worse with 2 experts" in said
    assert said.endswith("neither clearly better nor worse with 3 of decreasing size.")
    lucky, nothing = Gain(0.01, (0.0005, 0.0195), 5), Gain(0.0, (-0.01, 0.01), 5)
    assert lucky.holds
    assert surely([lucky]) == [True]
    assert surely([lucky, nothing]) == [None, None], "one of two is chance"
    assert effects([lucky]) == ["brings 1.0 points"]
    assert effects([lucky, nothing])[0] == (
        "makes no clear difference (if any, probably below 2.0 points)"
    )


def test_a_no_and_an_unclear_one_are_neither_yes_nor_in_part():
    assert first([True, True]) == "Yes"
    assert first([True, None]) == first([True, False]) == "In part"
    assert first([False, False]) == "No"
    assert first([False, None]) == "Not clearly"


def test_as_good_as_each_other_is_said_of_what_is_measured_well_enough():
    near, far = Gain(0.001, (-0.004, 0.006), 5), Gain(0.001, (-0.2, 0.202), 5)
    assert alike([near])
    assert not alike([near, far])
    assert not alike([Gain(0.001, None, 1)])
    assert not alike([Gain(math.nan, None, 5)])
    same = {"one": LOW, "seeds": LOW, "sizes": LOW, "experts": LOW}
    said = text_of("teachers", TeachersConfig(), same)
    assert said.startswith("Hardly: each of the 3 groups teaches about as well as one teacher; a d")
    wide = text_of("teachers", TeachersConfig(), same | {"seeds": WIDE})
    assert wide.startswith("No clear answer: no group is clearly better or worse; a differ")
    chain = {"via the assistant": WIDE, "direct": MIDDLE, "generation 1": WIDE}
    said = text_of("chains", ChainsConfig(), chain | {"labels only": MIDDLE})
    assert said.startswith("No clear answer: neither the detour")
    assert "about as" not in said
    assert "about as well" in text_of("chains", ChainsConfig(), {})


@pytest.mark.parametrize(
    ("alone", "taught", "said"),
    [
        ([0.5] * 5, [0.52, 0.48, 0.55, 0.45, 0.50], "probably below 0.05."),
        ([0.5], [0.7], ": one seed cannot rule out chance, so try more."),
        ([math.nan] * 5, [0.7] * 5, ": a student's loss became NaN."),
    ],
)
def test_agreement_that_cannot_be_told_has_its_reason(alone, taught, said):
    history = made("looking", LookingConfig(seeds=len(alone)), {})
    arms = {name: {"mean": v} for name, v in zip(ARMS, (alone, taught), strict=True)}
    history.take([Exhibit(name="agreement", content={"kinds": {"saliency": arms}})])
    text = find("looking").answered(history).text
    assert text.startswith("It is unclear whether it agrees more with its teacher: ")
    assert text.endswith(said)


def test_what_a_doubt_leaves_room_for_is_rounded_up():
    near = Gain(0.001, (-0.0041, 0.0061), 5)
    assert doubt([near]).endswith("probably below 0.7 points")
    assert doubt([near], unit="").endswith("probably below 0.01")
    gone = Gain(math.nan, None, 5)
    assert doubt([near, gone], ["a", "b"]).endswith("below 0.7 points; b gave NaN")
    assert doubt([near, gone]).endswith("below 0.7 points; 1 of 2 comparisons gave NaN")


def test_answers_name_what_they_are_about():
    stages = {"labels only": LOW, "distilled": HIGH, "tuned": MIDDLE}
    said = text_of("pipeline", PipelineConfig(), stages, validation={"tuned": [1.0] * 5})
    assert said.startswith("Distilling brings 9.2 points, fine-tuning on validation images then")
    assert said.endswith("and spoils validation: its gap to test accuracy widens by 14.2 points.")
    start = {"labels only": LOW, "labels, all": LOW, "distilled, all": HIGH}
    said = text_of("start", StartConfig(), start)
    assert "starting from the teacher's weights makes no clear difference" in said
    assert said.endswith("distilling from the same start brings 9.2 points.")
    said = text_of("chains", ChainsConfig(), {"via the assistant": HIGH, "direct": LOW})
    assert said.startswith("Compared with being taught directly, the detour through an assistant b")


def test_where_it_helped_and_hurt_is_counted():
    config = WhenConfig(factors=("labels",))
    arms = {"labels only": LOW, "distilled": HIGH, "labels 10": LOW, "labels 10 alone": HIGH}
    said = text_of("when", config, arms)
    assert said == (
        "It helped in 1 of 5 settings, most at labels seen 100 (9.2 points), and hurt in 1: "
        "labels seen 10; the other 3 stay open."
    )


def test_the_best_method_has_to_beat_each_other():
    config = MethodsConfig(methods=("soft-targets", "hints"))
    best = {"soft-targets": HIGH, "hints": MIDDLE, "labels only": LOW}
    assert text_of("methods", config, best) == (
        "Soft targets teaches best, by 4.2 points over the next best, Hints (FitNets); all methods "
        "clearly beat labels only."
    )
    same = {"soft-targets": HIGH, "hints": HIGH, "labels only": LOW}
    assert "is not clearly better than Hints" in text_of("methods", config, same)


def test_a_rival_that_is_better_on_test_images_is_not_told_as_doubt():
    config = MethodsConfig(methods=("soft-targets", "hints"))
    accuracy = {"soft-targets": MIDDLE, "hints": HIGH, "labels only": LOW}
    seen = {"soft-targets": [0.95] * 5, "hints": [0.9] * 5}
    assert text_of("methods", config, accuracy, validation=seen) == (
        "No clear answer: Soft targets, first on validation images, is worse on test "
        "images than Hints (FitNets) by 4.2 points; all methods clearly beat labels only."
    )
    of = CapacityConfig(teachers=("mlp-4", "mlp-8", "mlp-32"), teacher="mlp-32")
    arms = ("mlp-4, 30 epochs", "mlp-8, 30 epochs", "mlp-32, 30 epochs")
    taught = dict(zip(arms, (LOW, HIGH, MIDDLE), strict=True))
    seen = {arms[2]: [0.99] * 5}
    assert text_of("capacity", of, taught, validation=seen) == (
        "No: mlp-32, the largest, teaches worse than mlp-8 (by 4.2 points)."
    )


@pytest.mark.parametrize(
    ("wrong", "ece", "said", "holds"),
    [
        (LOW, LOW, "This mistake costs 9.2 points of test accuracy.", False),
        (
            [0.9, 0.91, 0.89, 0.9, 0.9],
            [0.10, 0.12, 0.11, 0.10, 0.12],
            "Its effect on test accuracy is unclear: a difference, if there is one, is "
            "probably below 0.9 points; it is calibrated worse, with an error of 11.0 % instead of "
            "2.0 %.",
            False,
        ),
        (
            [0.9, 0.91, 0.89, 0.9, 0.9],
            [0.0, 0.04, 0.02, 0.03, 0.01],
            "Its effect on test accuracy is unclear: a difference, if there is one, is "
            "probably below 0.9 points.",
            None,
        ),
    ],
)
def test_a_mistake_that_accuracy_does_not_show_is_told_of_calibration(wrong, ece, said, holds):
    config = shown_best("misaligned", teacher_seeds=1, seeds=5)
    accuracy = {"wrong": wrong, "right": HIGH}
    history = made("mistakes", config, accuracy, ece={"wrong": ece, "right": [0.02] * 5})
    found = find("mistakes").answered(history)
    assert (found.text, found.holds) == (said, holds)


@pytest.mark.parametrize("name", STUDIES)
def test_as_many_comparisons_are_announced_as_are_told(name):
    study = find(name)
    found = study.findings(StudyHistory(study.config(), stored(name)))
    with_gains = [f for f in found if f.gain is not None]
    told = [f for f in found if re.search(r"95 % [+−0]", f.text)]
    assert told == with_gains, "each that tells an interval is counted, and no other"
    announced = re.findall(r"There are (\d+) comparisons", of_number(found))
    assert announced == ([str(len(told))] if len(told) > 1 else [])
    assert comparisons(found) == len(told)
