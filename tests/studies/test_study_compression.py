from __future__ import annotations

from pathlib import Path

import pytest
from made_histories import CLASSES, made, said

from kdlab import models
from kdlab.errors import ConfigError
from kdlab.events import Exhibit
from kdlab.experiments.study import exhibits
from kdlab.experiments.study.run import run
from kdlab.models import of_width
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find, load_result
from kdlab.studies.compression import CompressionConfig, alone, plan, students, taught
from kdlab.studies.sizes import COSTS, ratio, size, why_not
from pages.ui.shell import prose
from pages.ui.study.figures.compression import describe, files, over_size, sizes, table

CONFIG = CompressionConfig(widths=(2, 4, 8), student="mlp-16", teacher="mlp-64", seeds=3)
NOISE = (-0.002, 0.0, 0.002)


def cost(parameters):
    spread = {"median": parameters / 1000, "low": parameters / 2000, "high": parameters / 500}
    whole = {"bytes": 4 * parameters + 1000, "latency": spread, "accuracy": 0.9}
    small = {"bytes": parameters + 2000, "latency": spread, "accuracy": 0.89}
    return {
        "parameters": parameters, "flops_per_image": 2 * parameters, "latency": spread,
        "files": {"onnx": whole, "int8": small},
    }  # fmt: skip


MEASURED = {
    "teacher": "mlp-64",
    "validation": 0.97,
    "runtime": "a machine of the tests",
    "judged": 500,
    "networks": {"mlp-64": cost(4800), "mlp-2": cost(160), "mlp-4": cost(310), "mlp-8": cost(600)},
}


def without(*names, of=("onnx", "int8")):
    """MEASURED as a study has it in which ``names`` have no file of these kinds."""
    networks = {
        name: {**told, "files": {k: f for k, f in told["files"].items() if k not in of}}
        if name in names
        else told
        for name, told in MEASURED["networks"].items()
    }
    return MEASURED | {"networks": networks}


OLDER = {
    **{name: MEASURED[name] for name in ("teacher", "validation")},
    "networks": {
        name: {key: value for key, value in told.items() if key != "files"}
        for name, told in MEASURED["networks"].items()
    },
}
"""As it was kept before there were files."""


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
    assert all("became NaN" in f.text and f.holds is None for f in told)


def test_a_study_that_did_not_keep_the_teacher_on_validation_finds_nothing():
    history = history_of((0.7, 0.8, 0.9), (0.8, 0.965, 0.969))
    older = {k: v for k, v in MEASURED.items() if k != "validation"}
    history.take([Exhibit(name="costs", content=older)])
    assert find("compression").findings(history) == []


def test_the_smallest_student_that_beats_the_best_on_labels_only_is_found():
    text = said(history_of((0.7, 0.8, 0.9), (0.8, 0.95, 0.96)), "compression")
    assert "mlp-4 is the smallest that is clearly better on validation images than" in text
    assert "the best on labels only, mlp-8 with 1.9 times" in text
    assert "On test images the difference is +5.0 points" in text


def test_the_best_on_labels_only_is_chosen_on_validation():
    seen = {alone("mlp-2"): [0.99] * 3, alone("mlp-8"): [0.9] * 3, alone("mlp-4"): [0.8] * 3}
    text = said(history_of((0.7, 0.8, 0.9), (0.8, 0.95, 0.96), seen), "compression")
    assert "On validation images no distilled student is clearly better" in text
    assert "only, mlp-2. On test images the best distilled, mlp-8, differs from it by +26.0" in text


def test_where_no_student_is_surely_better_it_is_said():
    last = find("compression").findings(history_of((0.7, 0.8, 0.9), (0.7, 0.8, 0.9)))[-1]
    assert "no distilled student is clearly better" in last.text
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


def test_a_study_of_an_older_lab_says_which_sizes_it_did_not_keep():
    history = history_of((0.7, 0.8, 0.9), (0.8, 0.965, 0.969))
    before = [finding.text for finding in find("compression").findings(history)]
    history.take([Exhibit(name="costs", content=OLDER)])
    exhibits.check(history)
    assert [finding.text for finding in find("compression").findings(history)] == before
    for across in COSTS:
        known = across in ("parameters", "flops_per_image", "latency")
        assert bool(sizes(history, across)) is known
        assert bool(over_size(history, across)["data"]) is known
        told = "was kept by an older version of the lab" in why_not(OLDER, across)
        assert told is not known
    assert len(table(history)) == 4
    assert files(history).empty


def test_a_network_without_int8_is_left_out_where_size_is_counted_in_it():
    history = history_of((0.7, 0.8, 0.9), (0.8, 0.965, 0.969))
    content = without("mlp-2", "mlp-64", of=("int8",))
    history.take([Exhibit(name="costs", content=content)])
    exhibits.check(history)
    assert list(sizes(history, "int8_bytes")) == ["mlp-4", "mlp-8"]
    figure = over_size(history, "int8_bytes")
    assert figure["data"][-1]["x"] == [2310, 2600]
    assert "smaller" not in str(figure), "than a teacher whose size is not known"
    assert why_not(content, "int8_bytes") == ""
    rows = files(history).set_index("Network")
    assert rows.loc["mlp-2", "int8, bytes"] == "not made"
    assert rows.loc["mlp-2", "32 bits, bytes"] == "1,640"
    nobody = without(*MEASURED["networks"], of=("int8",))
    assert "at least 16" in why_not(nobody, "int8_bytes")
    assert why_not(nobody, "bytes") == ""


def test_files_are_told_beside_what_they_cost_in_accuracy():
    history = history_of((0.7, 0.8, 0.9), (0.8, 0.965, 0.969))
    exhibits.check(history)
    row = files(history).iloc[0]
    assert row["Network"] == "mlp-64 (teacher)"
    assert (row["32 bits, bytes"], row["int8, bytes"]) == ("20,200", "6,800")
    assert (row["32 bits, accuracy"], row["int8, accuracy"]) == ("90.0 %", "89.0 %")


@pytest.mark.parametrize(
    "content",
    [
        {name: value for name, value in MEASURED.items() if name != "runtime"},
        MEASURED | {"networks": MEASURED["networks"] | {"mlp-2": OLDER["networks"]["mlp-2"]}},
        without("mlp-4", of=("onnx",)),
    ],
)
def test_files_that_do_not_fit_together_are_damage(content):
    history = history_of((0.7, 0.8, 0.9), (0.8, 0.965, 0.969))
    history.take([Exhibit(name="costs", content=content)])
    with pytest.raises(ValueError, match="does not fit together"):
        exhibits.check(history)


def test_what_the_text_says_of_files_is_what_was_measured():
    study = find("compression")
    kept = load_result(study, study.config(), Store(Path("/nowhere")), bundled=True)
    costs = StudyHistory(study.config(), kept).exhibits["costs"]
    text = " ".join(prose.text("studies/compression", "more").split())
    found = costs["networks"]
    for name, words in {
        "mlp-256-256": "from {:,} to {:,} bytes", "mlp-16": "mlp-16 from {:,} to {:,}",
        "mlp-4": "mlp-4 from {:,} to {:,}",
    }.items():  # fmt: skip
        assert words.format(*(found[name]["files"][k]["bytes"] for k in ("onnx", "int8"))) in text
    grown = [n for n in found if size(costs, n, "int8_bytes") > size(costs, n, "bytes")]
    assert grown == ["mlp-4", "mlp-6", "mlp-8"], "the three smallest"
    lost = {
        name: 100 * (told["files"]["onnx"]["accuracy"] - told["files"]["int8"]["accuracy"])
        for name, told in found.items()
    }
    assert max(lost, key=lost.__getitem__) == "mlp-4"
    assert f"at most {lost['mlp-4']:.1f} points" in text
    assert all(size(costs, n, "int8_latency") > size(costs, n, "device_latency") for n in found)


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
    exhibits.check(history)
    for told in costs["networks"].values():
        assert told["files"].keys() == {"onnx", "int8"}
        assert told["files"]["onnx"]["bytes"] > 4 * told["parameters"]
    assert costs["judged"] == 500
    right = history.done[taught("mlp-4")].accuracy[0]
    assert costs["networks"]["mlp-4"]["files"]["onnx"]["accuracy"] == pytest.approx(right)
    assert all(size(costs, "mlp-4", across) > 0 for across in COSTS)
    assert 0 < costs["validation"] <= 1
    assert len(find("compression").findings(history)) == 2
    assert load_result(find("compression"), config.model_copy(update={"across": "latency"}), store)
