"""What is said of a teacher that cannot teach, and precision and recall of each class."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from kdlab.config.schema import DistilConfig
from kdlab.events import DISTILLED, LABELS_ONLY, RunFinished, RunStarted, TeacherReady, whole
from kdlab.experiments.run import advice
from kdlab.experiments.run.above_teacher import above_teacher
from kdlab.experiments.run.advice import teacher_accuracies, warnings
from kdlab.experiments.run.history import History, fold
from kdlab.measure.gain import paired_gain

PER_CLASS = {
    "images": [30, 20, 10],
    "answered": {
        "teacher": [[40, 20, 0]],
        LABELS_ONLY: [[30, 20, 10], [60, 0, 0]],
        DISTILLED: [[30, 20, 10], [30, 20, 10]],
    },
    "right": {
        "teacher": [[30, 15, 0]],
        LABELS_ONLY: [[25, 15, 5], [30, 0, 0]],
        DISTILLED: [[30, 20, 10], [28, 18, 8]],
    },
}


def events(teacher, labels, distilled, *, train=None, validation=None, per_class=None):
    """Of a run on 60 test images in 3 classes, with these test accuracies."""
    members = [(name, s) for s in range(len(labels)) for name in (LABELS_ONLY, DISTILLED)]
    groups = [
        {"name": name, "accuracy": list(values), "fidelity": list(values), "ece": list(values)}
        for name, values in ((LABELS_ONLY, labels), (DISTILLED, distilled))
    ]
    started = RunStarted(
        fingerprint="0", dataset="images", classes=("ant", "bee", "cat"), input_shape=(3, 8, 8),
        train_size=180, labelled=180, validation_size=60, test_size=60, students=tuple(members),
        epochs=5, steps_per_epoch=2,
    )  # fmt: skip
    ready = TeacherReady(
        validation_accuracy=teacher if validation is None else validation,
        cached=False,
        seconds=1.0,
        train_accuracy=train,
    )
    gain = paired_gain(labels, distilled, resolution=1 / 60).as_dict()
    seconds = {"teacher": 1.0, "students": 1.0, "total": 2.0}
    end = RunFinished(
        teacher_accuracy=teacher, groups=groups, gain=gain, seconds=seconds, per_class=per_class
    )
    return [ready, started, end]


def told(*accuracies, **more) -> str:
    return " ".join(warnings(fold(events(*accuracies, **more))))


def test_a_good_teacher_is_told_and_nothing_else():
    found = fold(events(0.95, [0.8, 0.81], [0.85, 0.86], train=0.99, validation=0.96))
    assert not warnings(found)
    assert teacher_accuracies(found) == (
        "The teacher is right on 99.0 % of training, 96.0 % of validation and 95.0 % of test "
        "images."
    )
    assert teacher_accuracies(History()) == ""


def test_a_teacher_at_chance_is_warned_of():
    words = told(1 / 3, [0.5, 0.5], [0.4, 0.4], train=0.35)
    assert "no better than always answering the most frequent class" in words
    assert "it is right on 33.3 %, and the most frequent of 3 classes has at least 33.3 %" in words
    assert "train the teacher for more epochs or with another learning rate" in words


def counts(images, answered, right):
    """Of each class, for a teacher and for students of whom nothing else is asked."""
    students = {name: [images, images] for name in (LABELS_ONLY, DISTILLED)}
    return {
        "images": images,
        "answered": {"teacher": [answered], **students},
        "right": {"teacher": [right], **students},
    }


@pytest.mark.parametrize(
    ("images", "answered", "right", "warned"),
    [
        pytest.param([54, 6], [50, 10], [49, 5], False, id="9 of 10 of both classes"),
        pytest.param([54, 6], [60, 0], [54, 0], True, id="always the commonest"),
        pytest.param([54, 6], [54, 6], [49, 1], True, id="the commonest nearly always"),
        pytest.param([20, 20, 20], [20, 20, 20], [7, 7, 6], True, id="three equal classes"),
        pytest.param([20, 20, 20], [20, 20, 20], [12, 12, 12], False, id="better than chance"),
    ],
)
def test_chance_is_what_its_answers_come_to_whatever_the_image(images, answered, right, warned):
    found = told(sum(right) / 60, [0.9, 0.9], [0.9, 0.9], per_class=counts(images, answered, right))
    assert ("cannot be told apart from chance" in found) is warned


def test_chance_has_the_mean_and_spread_of_shuffled_answers():
    rng = np.random.default_rng(0)
    images, answered = [54, 30, 16], [70, 20, 10]
    truth, given = (np.repeat(range(3), each) for each in (images, answered))
    accuracies = [np.mean(rng.permutation(given) == truth) for _ in range(4000)]
    mean, spread = advice._guessed(answered, images)
    assert mean == pytest.approx(np.mean(accuracies), abs=0.005)
    assert spread == pytest.approx(np.std(accuracies), rel=0.05)


def test_a_teacher_that_helped_is_not_warned_of_whatever_it_is_right_on():
    always = counts([54, 6], [60, 0], [54, 0])
    assert told(0.9, [0.80, 0.81, 0.80], [0.80, 0.81, 0.80], per_class=always)
    assert not told(0.9, [0.80, 0.81, 0.80], [0.90, 0.91, 0.91], per_class=always)


@pytest.mark.parametrize(
    ("train", "validation", "advice"),
    [
        (0.6, 0.55, "more epochs or with another learning rate, or choose a larger one"),
        (1.0, 0.7, "give it more images, choose a smaller teacher, or train it for fewer epochs"),
        (0.95, 0.9, "choose a larger teacher, or give it more images"),
        (None, 0.7, "more epochs or with another learning rate, choose a larger one"),
    ],
)
def test_what_to_change_depends_on_what_it_has_learned(train, validation, advice):
    words = told(0.7, [0.85, 0.86], [0.8, 0.79], train=train, validation=validation)
    assert "(70.0 %) is worse than its student on labels alone (85.5 %)" in words
    assert advice in words


def test_a_student_that_is_better_by_luck_is_no_warning():
    assert not told(0.84, [0.80, 0.90, 0.84], [0.84, 0.85, 0.83])
    assert not told(0.80, [0.85], [0.80]), "one seed, 3 of 60 images"
    assert told(0.60, [0.85], [0.60])
    assert not told(0.80, [0.85, 0.85, 0.86], [0.8, 0.8, 0.8]), "3 of 60 images, by all seeds alike"
    assert told(0.60, [0.85, 0.85, 0.86], [0.6, 0.6, 0.6])


def test_a_teacher_that_was_brought_is_not_to_be_trained_otherwise():
    found = fold(events(0.6, [0.85, 0.86], [0.6, 0.6], train=0.7))
    (trained,) = warnings(found, DistilConfig())
    (brought,) = warnings(found, DistilConfig(teacher_weights="0123456789abcdef"))
    assert "more epochs" in trained
    assert "epochs" not in brought
    assert "learning rate" not in brought
    assert "load another teacher" in brought


def test_a_worse_teacher_that_helped_all_the_same_is_no_warning():
    assert not told(0.70, [0.80, 0.81, 0.80], [0.90, 0.91, 0.91])


def test_a_student_that_is_better_than_its_teacher_is_explained():
    found = fold(events(0.7, [0.68, 0.7, 0.69], [0.8, 0.81, 0.8], train=0.985, validation=0.71))
    assert not warnings(found)
    words = above_teacher(found)
    assert "distilled student (80.3 %) is better than the teacher (70.0 %) on these 60" in words
    assert "labels alone" not in words
    assert "knows its training images by heart (98.5 % right)" in words
    assert "Soft targets keep a student" in words
    both = above_teacher(fold(events(0.7, [0.78, 0.78, 0.79], [0.85, 0.86, 0.87], train=0.72)))
    assert "and the student on labels alone (78.3 %) are better" in both
    assert "by heart" not in both


@pytest.mark.parametrize(
    "accuracies",
    [
        (0.8, [0.7, 0.7], [0.8, 0.8]),
        (0.8, [0.7, 0.7, 0.7], [0.70, 0.95, 0.80]),
        (0.7, [0.7], [0.9]),
        (0.5, [0.85, 0.86, 0.85], [0.6, 0.6, 0.6]),
    ],
    ids=["no better", "by luck", "one seed", "warned of already"],
)
def test_where_it_is_not_surely_better_nothing_is_explained(accuracies):
    assert above_teacher(fold(events(*accuracies))) == ""
    assert above_teacher(History()) == ""


def test_each_class_has_precision_and_recall():
    found = fold(events(0.75, [0.75, 0.5], [1.0, 0.9], per_class=PER_CLASS))
    rows = list(csv.DictReader(io.StringIO(found.per_class().to_csv(index=False))))
    assert len(rows) == 3 * (1 + 2 + 2)
    first = rows[0]
    assert (first["network"], first["class"]) == ("teacher", "ant")
    assert float(first["precision"]) == 30 / 40
    assert float(first["recall"]) == 1
    assert rows[2]["precision"] == "", "the teacher never answers cat"
    assert float(rows[2]["recall"]) == 0
    assert [row["seed"] for row in rows[3::3]] == ["0", "1", "0", "1"]


def test_results_from_before_it_was_counted_have_no_such_table():
    assert fold(events(0.9, [0.8], [0.8])).per_class().empty
    assert History().per_class().empty


def test_counts_that_cannot_be_are_damage():
    whole.check(events(0.75, [0.75, 0.5], [1.0, 0.9], per_class=PER_CLASS))
    for change in (
        {"images": [30, 20]},
        {"right": {**PER_CLASS["right"], "teacher": [[41, 15, 0]]}},
        {"answered": {**PER_CLASS["answered"], LABELS_ONLY: [[30, 20, 10]]}},
        {"answered": {"teacher": [[40, 20, 0]]}},
    ):
        with pytest.raises(ValueError, match="fit together"):
            whole.check(events(0.75, [0.75, 0.5], [1.0, 0.9], per_class=PER_CLASS | change))
