"""A finished run class by class: its tables, its JSON, and what is said where a mean hides
something."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from kdlab.config.schema import DistilConfig
from kdlab.events import DISTILLED, LABELS_ONLY, from_json, whole
from kdlab.experiments.run import by_class, class_advice
from kdlab.experiments.run.history import History, fold
from kdlab.measure.per_class import labels_of_classes
from kdlab.storage.store import Store
from tests.run.counted_run import ALONE, BETTER, IMAGES, RARE_LOST, SEEDS, TRAINING, events

DIFFERENCES = np.array([-13, -14, -12, -13]) / 20
SPREAD = stats.t.ppf(1 - 0.05 / 3 / 2, 3) * DIFFERENCES.std(ddof=1) / np.sqrt(SEEDS)
"""Half of the interval of class c, corrected for three classes."""


def told(*args, **more) -> str:
    return " ".join(class_advice.warnings(fold(events(*args, **more))))


def test_the_history_is_one_that_could_be_kept():
    whole.check(events(ALONE, RARE_LOST))
    again = [from_json(event.to_json()) for event in events(ALONE, RARE_LOST)]
    assert again == events(ALONE, RARE_LOST)


# -- what is said --------------------------------------------------------------------------------


def test_a_gain_on_average_that_hurts_a_rare_class_is_said():
    words = told(ALONE, RARE_LOST)
    assert "Distillation helps on average, +3.7 points (95 %" in words
    low, high = (100 * (-0.65 + sign * SPREAD) for sign in (-1, 1))
    told_of_c = f"“c” −65.0 points (95 % {low:.1f} to {high:.1f}), 2.0 % of the training images"
    assert f"but not in every class. These lose: {told_of_c.replace('-', '−')}." in words
    assert "“a”" not in words.split("hold for all 3 classes at once")[0]
    assert "But “c” has 20 test examples" in words, "fewer than 30 are few, whatever they say"


def test_many_test_examples_are_no_chance():
    images, training = [300, 180, 200], [1200, 720, 400]
    alone = [[*row[:2], 10 * row[2]] for row in ALONE]
    lost = [[*row[:2], 10 * row[2]] for row in RARE_LOST]
    history = fold(events(alone, lost, images=images, training=training))
    assert "test examples" not in " ".join(class_advice.warnings(history))
    assert "clearly hurts 1 (“c”: 200 test images)" in class_advice.in_words(history)


def test_seeds_that_agree_on_six_rows_are_not_sure_of_a_class():
    """Right on 2 of 6 beside 0 or 1 of them, in every seed."""
    images, training = [300, 180, 6], [1200, 720, 12]
    alone = [[240, 140, 0]] * SEEDS
    better = [[240, 140, 2]] * SEEDS
    history = fold(events(alone, better, images=images, training=training))
    found = by_class.by_class(history)
    assert found.gains.helped[2]
    assert not found.helped[2]
    assert class_advice.in_words(history).startswith(
        "Of 3 classes, distillation clearly helps none and clearly hurts none; 3 remain unclear."
        " “c” gains in these 6 test images: with others that could change."
    )


def test_a_gain_within_the_chance_of_many_test_examples_is_not_sure():
    images = [100, 100, 100]
    alone, better = [[50, 50, 50]] * SEEDS, [[54, 50, 50]] * SEEDS
    history = fold(events(alone, better, images=images, training=images))
    assert by_class.by_class(history).gains.helped[0]
    words = class_advice.in_words(history)
    assert "helps none" in words
    assert "“a” gains in these 100 test images" in words


@pytest.mark.parametrize("count", [1, 2, 3, 10, 33, 100, 1959, 1960])
@pytest.mark.parametrize("sizes", [TRAINING, [1200, 0, 3], [7, 7, 7], [1, 900, 40, 5]])
def test_labels_of_classes_are_those_that_students_are_dealt(count, sizes):
    torch = pytest.importorskip("torch")
    from kdlab.training.labels import choose_labelled

    count = min(count, sum(sizes))
    targets = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    dealt = torch.bincount(targets[choose_labelled(targets, count, 0)], minlength=len(sizes))
    assert labels_of_classes(np.array(sizes), count).tolist() == dealt.tolist()


def test_a_class_of_which_a_student_sees_hardly_a_label_is_told():
    words = class_advice.in_words(fold(events(ALONE, BETTER)))
    assert words.endswith("Of the 100 labels that a student sees, “c” has 2.")
    even = fold(events(ALONE, BETTER, training=[40, 40, 40]))
    assert "labels" not in class_advice.in_words(even)


def test_a_class_that_loses_on_few_examples_may_be_their_chance():
    slight = [[*row[:2], row[2] - 2] for row in ALONE]
    words = told(ALONE, slight)
    assert "“c” −10.0 points" in words
    assert "But “c” has 20 test examples: with others that could change." in words


def test_no_class_is_named_whose_own_interval_alone_says_so():
    """Three seeds: by itself its interval excludes 0, corrected for ten classes it does not."""
    images = [100] * 10
    alone = [[70] * 10, [70] * 10, [70] * 10]
    lost = [[70] * 9 + [66], [70] * 9 + [65], [70] * 9 + [67]]
    history = fold(events(alone, lost, images=images, training=images, seeds=3, names="abcdefghij"))
    found = by_class.by_class(history)
    assert found.gains.high[9] < 0 < found.gains.sure_high[9]
    assert class_advice.warnings(history) == []
    assert class_advice.in_words(history) == (
        "Of 10 classes, distillation clearly helps none and clearly hurts none; 10 remain unclear."
    )


def test_where_no_gain_can_be_told_a_class_that_loses_is_named_all_the_same():
    mixed = [[b + d for b, d in zip(row, (17, 0, -13), strict=True)] for row in ALONE]
    mixed[0][0] -= 30
    words = told(ALONE, mixed)
    assert "On average the effect of distillation is unclear" in words
    assert "These classes lose: “c” −65.0 points" in words


def test_more_classes_than_can_be_named_are_counted():
    images = [100] * 20
    lost = [[80] * 15 + [40 + s % 2] * 5 for s in range(SEEDS)]
    alone = [[80] * 20] * SEEDS
    words = told(alone, lost, images=images, training=images, names="abcdefghijklmnopqrst")
    assert "Distillation hurts on average" in words
    assert "most of all in these classes: “p” −39.5 points" in words
    assert words.count("“") == 3
    assert "; and 2 more." in words


def test_a_loss_that_all_classes_share_is_told_by_the_average():
    images = [100] * 3
    lost = [[60, 61, 62], [61, 61, 61], [62, 60, 61], [60, 62, 61]]
    history = fold(events([[80] * 3] * SEEDS, lost, images=images, training=images))
    assert by_class.by_class(history).gains.hurt.all()
    assert class_advice.warnings(history) == []


def test_uneven_classes_are_told_to_be_read_by_balanced_accuracy():
    (words,) = class_advice.warnings(fold(events(ALONE, BETTER)))
    assert "“a” has 1,200 training images, “c” 40, 30 times fewer." in words
    history = fold(events(ALONE, BETTER))
    balanced = by_class.judged(history)[1]
    means = [100 * np.mean(balanced.students[name]) for name in (LABELS_ONLY, DISTILLED)]
    assert f"{means[0]:.1f} % on labels alone, {means[1]:.1f} % distilled" in words
    assert balanced.gain.told() in words


def test_a_balanced_gain_that_may_be_chance_is_said_to_be():
    (words,) = class_advice.warnings(fold(events(ALONE, ALONE[::-1])))
    assert words.endswith("which may be chance.")


def test_even_classes_need_no_such_words():
    even = [100, 100, 100]
    right = [[80, 81, 79]] * SEEDS
    assert told(right, right, images=even, training=even) == ""


def test_a_class_without_training_examples():
    words = told(ALONE, BETTER, training=[1200, 720, 0])
    assert "“c” 0. Accuracy" in words


def test_results_from_before_training_examples_were_counted_go_by_test_examples():
    words = told(ALONE, RARE_LOST, training=None)
    assert "4.0 % of the test images" in words
    assert "has 300 test images" in words


def test_of_one_seed_nothing_is_said_of_a_class():
    history = fold(events(ALONE, RARE_LOST, seeds=1))
    assert not any("lose" in text for text in class_advice.warnings(history))
    assert "train with more seeds" in class_advice.in_words(history)


# -- as tables and as JSON -----------------------------------------------------------------------


def test_a_row_a_class():
    table = by_class.class_table(fold(events(ALONE, RARE_LOST)))
    assert table["class"].tolist() == ["a", "b", "c"]
    assert table["training_examples"].tolist() == TRAINING
    assert table["recall_labels_only"].tolist() == pytest.approx(
        [np.mean([row[c] / IMAGES[c] for row in ALONE]) for c in range(3)]
    )
    assert (table["recall_distilled_low"] <= table["recall_distilled"]).all()
    assert (table["gain_corrected_low"] <= table["gain_low"]).all()
    assert (table["gain_corrected_high"] >= table["gain_high"]).all()


def test_a_row_a_class_and_answer():
    history = fold(events(ALONE, BETTER))
    table = by_class.confusion_table(history)
    assert len(table) == 9
    same = table[table["class"] == table["answer"]]
    assert same["labels_only"].tolist() == np.sum(ALONE, 0).tolist()
    assert table["distilled"].sum() == SEEDS * sum(IMAGES)
    assert table["difference"].sum() == 0


def test_a_row_a_network():
    table = by_class.calibration_table(fold(events(ALONE, BETTER)))
    assert len(table) == 1 + 2 * SEEDS
    assert set(table["calibration_error_after"]) == {0.02}


def test_results_have_it_in_columns_of_their_own():
    history = fold(events(ALONE, RARE_LOST))
    table = history.results()
    assert table.columns[6:10].tolist() == [
        "balanced_accuracy", "macro_f1", "fitted_temperature", "calibration_error_after",
    ]  # fmt: skip
    distilled = table[table["group"] == DISTILLED]
    expected = [np.mean(np.divide(row, IMAGES)) for row in RARE_LOST]
    assert distilled["balanced_accuracy"].tolist() == pytest.approx(expected)


def test_json_has_all_of_it_and_no_nan():
    found = by_class.as_json(fold(events(ALONE, RARE_LOST, training=None)))
    json.dumps(found, allow_nan=False)
    assert found.keys() == {
        "balanced_accuracy", "macro_f1", "classes", "confusion", "calibration",
    }  # fmt: skip
    assert found["classes"][2]["gain"] == pytest.approx(-0.65)
    assert found["classes"][0]["training_examples"] is None
    assert found["balanced_accuracy"]["gain"]["seeds"] == SEEDS


def test_the_lines_for_a_terminal():
    found = by_class.lines(fold(events(ALONE, RARE_LOST)))
    assert [line.split(":")[0] for line in found] == [
        "Balanced accuracy", "Macro-F1", "Calibration error (lower is better)",
        "Calibration error, T fitted (lower is better)",
    ]  # fmt: skip


# -- what there is not ---------------------------------------------------------------------------


def test_before_the_end_and_of_old_results_there_is_nothing():
    started, end = events(ALONE, BETTER)
    old = dataclasses.replace(end, per_class=None, confusion=None, calibration=None)
    for history in (History(), fold([started]), fold([started, old])):
        assert by_class.by_class(history) is None
        assert by_class.judged(history) == []
        assert by_class.as_json(history) == {}
        assert by_class.lines(history) == class_advice.warnings(history) == []
        assert class_advice.in_words(history) == ""
        for table in (
            by_class.class_table, by_class.confusion_table, by_class.calibration_table
        ):  # fmt: skip
            assert table(history).empty
    assert "balanced_accuracy" not in fold([started, old]).results().columns


def test_of_text_there_is_nothing():
    started, end = events(ALONE, BETTER)
    text = dataclasses.replace(started, dataset="names", input_shape=(6, 3))
    assert by_class.by_class(fold([text, end])) is None


def test_runs_that_come_with_the_lab_have_their_classes():
    """They were kept before confusion and calibration were told."""
    store = Store()
    folder = Path(__file__).parents[2] / "assets" / "stored" / "runs"
    seen = 0
    for path in sorted(folder.glob("*/config.json")):
        config = DistilConfig.from_json(path.read_text(encoding="utf-8"))
        history = fold(store.events(config) or [])
        if (
            history.finished is None
            or not history.finished.per_class
            or history.noun == "characters"
        ):
            continue
        seen += 1
        found = by_class.by_class(history)
        assert found is not None
        assert np.isfinite(found.gains.mean[found.images > 0]).all()
        json.dumps(by_class.as_json(history), allow_nan=False)
    assert seen


# -- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"confusion": {"teacher": [[1]]}},
        {"confusion": {name: [[1, 2], [3, 4]] for name in whole.MODELS}},
        {"confusion": {name: [[0] * 3] * 3 for name in whole.MODELS}},
        {"calibration": {"teacher": {"temperature": [1.0], "before": [0.1], "after": [0.1]}}},
    ],
)
def test_what_does_not_fit_together_is_damage(change):
    started, end = events(ALONE, BETTER)
    with pytest.raises(ValueError, match="fit together"):
        whole.check([started, dataclasses.replace(end, **change)])


@pytest.mark.parametrize(("part", "value"), [("temperature", 0.0), ("before", 1.5), ("after", -1)])
def test_temperatures_and_errors_that_cannot_be_are_damage(part, value):
    started, end = events(ALONE, BETTER)
    broken = {name: dict(own) for name, own in end.calibration.items()}
    broken[DISTILLED][part] = [value] * SEEDS
    with pytest.raises(ValueError, match="fit together"):
        whole.check([started, dataclasses.replace(end, calibration=broken)])
