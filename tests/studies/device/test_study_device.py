from __future__ import annotations

import copy
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from made_devices import CONFIG, history_of, networks, spread

from kdlab.device import onnx_file
from kdlab.errors import ConfigError
from kdlab.events import Exhibit, Progress, TeacherEpoch
from kdlab.experiments.study import exhibits
from kdlab.experiments.study.run import run
from kdlab.measure.gain import Gain
from kdlab.measure.measures import BITS
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.device import budget
from kdlab.studies.device import measured as measuring
from kdlab.studies.device.budget import File
from kdlab.studies.device.found import digits
from kdlab.studies.device.names import PRECISIONS
from kdlab.studies.device.study import DeviceConfig, plan
from tests.studies.made_histories import CLASSES, made, stored

STUDY = find("device")
TINY = DeviceConfig(
    teacher="cnn-4", student="cnn-2", teacher_epochs=2, epochs=2, seeds=2, train_limit=300
)


def findings(found):
    return STUDY.findings(history_of(found))


# -- what is measured -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A tiny study: its events, and what its exhibits were made from."""
    seen = []

    def exhibits_of(config, context):
        seen.append(context)
        yield from STUDY.exhibits(config, context)

    study = replace(STUDY, exhibits=exhibits_of)
    events = list(run(study, TINY, Store(tmp_path_factory.mktemp("home"))))
    return events, seen[0]


@pytest.fixture(scope="module")
def measured(ran):
    return StudyHistory(TINY, ran[0])


def test_two_arms_in_one_cohort():
    arms = plan(CONFIG, CLASSES).arms
    assert [arm.name for arm in arms] == ["labels only", "distilled"]
    assert len({arm.cohort for arm in arms}) == 1


@pytest.mark.slow
def test_files_in_32_bits_get_right_what_the_students_do(measured):
    exhibits.check(measured)
    one = 1.01 / measured.started.test_size  # logits are equal to rounding: a tie may fall
    for arm in ("labels only", "distilled"):
        for measure in ("accuracy", "validation"):
            told = budget.values(measured, File(arm, "fp32"), measure)
            step = one if measure == "accuracy" else 1.01 / measured.started.validation_size
            assert told == pytest.approx(list(measured.values(arm, measure)), abs=step)
        assert budget.values(measured, File(arm, "fp32"), "ece") == pytest.approx(
            list(measured.values(arm, "ece")), abs=0.01
        )
    (teacher,) = budget.values(measured, File("teacher", "fp32"))
    assert teacher == pytest.approx(measured.started.teacher_accuracy, abs=one)


@pytest.mark.slow
def test_coarser_numbers_say_nearly_the_same(measured):
    for role in ("teacher", "labels only", "distilled"):
        exact = budget.facts(measured, File(role, "fp32"))
        assert min(exact["alike"]) > 0.99
        assert exact["kl"] == [0.0] * len(exact["kl"])
        assert exact["beside"] == {"median": 1.0, "low": 1.0, "high": 1.0}
        for precision in ("fp16", "int8"):
            told = budget.facts(measured, File(role, precision))
            assert min(told["alike"]) > 0.9
            assert 0 < max(told["kl"]) < 0.05
            assert told["entropy"] == pytest.approx(exact["entropy"], abs=0.1)


@pytest.mark.slow
def test_bytes_are_those_of_the_files_made_again(ran, measured):
    events, context = ran
    done = [e.done for e in events if isinstance(e, Progress) and "files" in e.stage]
    assert done == [0, 1, 2, 3, 4, 5]
    inputs = measuring.Judge(context.split).inputs
    for role, module in (
        ("teacher", context.teacher.module),
        ("distilled", context.done["distilled"].modules[0]),
    ):
        files = measuring.files_of(measuring.network_of(role, module, TINY, context.split), inputs)
        for precision, content in files.items():
            assert budget.facts(measured, File(role, precision))["bytes"] == len(content)
        assert onnx_file.said(files["int8"])["role"] == role


def _told_of(ran, change):
    """The study as it is told when the first distilled student is changed before it is a file."""
    events, context = ran
    first, *others = context.done["distilled"].modules
    changed = copy.deepcopy(first)
    with torch.no_grad():
        for weights in changed.parameters():
            change(weights)
    arms = {
        "labels only": SimpleNamespace(modules=context.done["labels only"].modules),
        "distilled": SimpleNamespace(modules=[changed, *others]),
    }
    given = SimpleNamespace(split=context.split, teacher=context.teacher, done=arms)
    history = StudyHistory(TINY, [e for e in events if not isinstance(e, Exhibit)])
    history.take([e for e in measuring.exhibits(TINY, given) if isinstance(e, Exhibit)])
    exhibits.check(history)
    return history


@pytest.mark.slow
def test_a_student_too_large_for_16_bits_ends_nothing(ran):
    history = _told_of(ran, lambda weights: weights.mul_(1e6))
    exact = budget.facts(history, File("distilled", "fp32"))
    half = budget.facts(history, File("distilled", "fp16"))
    assert np.isfinite(exact["accuracy"]).all()
    assert [math.isnan(value) for value in half["accuracy"]] == [True, False]
    assert [math.isnan(value) for value in half["kl"]] == [True, False]
    assert half["bytes"] < exact["bytes"]
    said = " ".join(finding.text for finding in STUDY.findings(history))
    assert "1 of the distilled student in 16 bits" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda weights: weights.fill_(math.nan),
        lambda weights: weights.mul_(0).add_(3e38),  # finite, and what flows from it is not
    ],
    ids=["NaN", "huge"],
)
def test_a_student_that_is_no_number_ends_nothing(ran, change):
    history = _told_of(ran, change)
    for precision in PRECISIONS:
        told = budget.facts(history, File("distilled", precision))
        for measure in ("accuracy", "kl", "alike", "entropy", "ece"):
            assert [math.isnan(value) for value in told[measure]] == [True, False], measure
    worth, *_ = STUDY.findings(history)
    assert "became NaN" in worth.text
    assert STUDY.answered(history).holds is None


def test_what_is_no_number_is_not_told_as_no_distance():
    assert math.isnan(measuring._within(math.nan))
    assert measuring._within(-1e-9) == 0.0
    assert measuring._within(0.2) == 0.2
    assert measuring._within(1e30) == measuring.MOST_BITS
    exact = torch.tensor([[[0.1], [0.9]]]).log().double()
    assert math.isnan(measuring._bits(exact, torch.full_like(exact, math.nan)))


def test_files_are_timed_side_by_side():
    class Session:
        def __init__(self, seconds):
            self.seconds = seconds

        def get_inputs(self):
            return [type("Input", (), {"name": "pixels"})]

        def run(self, names, given):
            now[0] += self.seconds

    now = [0.0]
    quick, slow = Session(0.001), Session(0.002)
    found = measuring.side_by_side([quick, slow], np.zeros((3, 2)), clock=lambda: now[0])
    assert found.shape[0] == 2
    assert measuring.LEAST_ROUNDS <= found.shape[1] <= measuring.ROUNDS
    assert found[0] == pytest.approx(1.0)
    assert found[1] / found[0] == pytest.approx(2.0)
    endless = measuring.side_by_side([Session(100.0)], np.zeros((3, 2)), clock=lambda: now[0])
    assert endless.shape == (1, measuring.LEAST_ROUNDS)


def test_an_interval_of_a_median_needs_no_bell():
    values = np.array([*np.linspace(1, 2, 99), 1000.0])
    found = measuring._median(values)
    assert found["low"] < found["median"] < found["high"] < 2
    assert measuring._median(np.ones(20)) == {"median": 1.0, "low": 1.0, "high": 1.0}


def test_too_few_examples_to_calibrate_on_are_refused_before_anything_is_trained(tmp_path):
    few = TINY.model_copy(update={"train_limit": 12, "labels": "all"})
    told = []
    with pytest.raises(ConfigError, match="ranges of int8"):
        told.extend(run(STUDY, few, Store(tmp_path)))
    assert not any(isinstance(event, TeacherEpoch) for event in told)


# -- what is found --------------------------------------------------------------------------------


def test_what_the_teacher_is_worth_in_int8():
    worth, rounding, soft, smaller, slower = findings(networks())
    assert "In int8 the distilled student is better than" in worth.text
    assert worth.holds is True
    assert worth.gain.mean == pytest.approx(0.06)
    assert "changes by 0.0 points" in rounding.text
    assert rounding.holds is None
    assert "10 of 1,000 answers change" in rounding.text
    assert soft.less
    assert "0.0001 bits" in soft.text
    assert "21.7 times fewer bytes (12.0 kB instead of 260 kB)" in smaller.text
    assert "7.1 times less time" in smaller.text
    assert "a machine" in smaller.text
    assert "int8 is slower here: the students take 1.40 and 1.40 times as long" in slower.text
    said = STUDY.answered(history_of(networks())).text
    assert said.startswith("Yes: distilled cnn-16-32 is better than on labels only by 6.0 points")
    assert "rounding makes no clear difference" in said


def test_int8_that_costs_is_told_as_a_loss():
    worth, rounding, *_ = findings(networks(rounded=-0.03))
    assert worth.gain.mean == pytest.approx(0.03)
    assert rounding.holds is False
    assert "changes by −3.0 points" in rounding.text
    assert "rounding costs 3.0 points" in STUDY.answered(history_of(networks(rounded=-0.03))).text


def test_a_small_loss_is_not_told_as_none():
    assert digits(Gain(0.0018, (0.001, 0.0026), 3, measure=BITS)) == 3
    assert digits(Gain(0.0018, (-0.001, 0.0046), 3, measure=BITS)) == 2
    assert digits(Gain(0.52, (0.5, 0.54), 3, measure=BITS)) == 2
    assert digits(Gain(-0.03, (-0.04, -0.02), 3)) == 1


def test_a_teacher_that_hurts_is_told():
    worth, *_ = findings(networks(taught=0.85))
    assert worth.holds is False
    assert "is worse than" in worth.text
    said = STUDY.answered(history_of(networks(taught=0.85)))
    assert said.text.startswith("No: in int8 distilled")
    assert said.holds is False
    open_ = STUDY.answered(history_of(networks(taught=0.9001)))
    assert open_.text.startswith("No clear answer")
    assert open_.holds is None


def test_int8_that_is_larger_and_whose_time_is_open_is_told_so():
    found = networks(slower=1.2, size=30_000)
    found["distilled"]["int8"]["beside"] = spread(0.9, 0.01)
    slower = findings(found)[-1].text
    assert "It is unclear whether int8 is faster" in slower
    assert "1.20 and 0.90 times" in slower
    assert "more bytes (30.0 kB instead of 26.0 kB)" in slower
    faster = findings(networks(slower=0.7))[-1].text
    assert "int8 is faster here" in faster
    assert "2.2 times fewer bytes" in faster


def test_students_that_came_to_no_number_are_told_apart():
    found = networks()
    for lost in found["distilled"].values():
        lost["accuracy"] = lost["validation"] = lost["ece"] = [0.9, math.nan, 0.9]
    told = findings(found)
    assert all("became NaN" in finding.text for finding in told[:3])
    assert STUDY.answered(history_of(found)).holds is None
    gone = networks()
    del gone["distilled"]
    (only,) = findings(gone)
    assert "became NaN" in only.text
    assert "became NaN" in STUDY.answered(history_of(gone)).text
    del found["labels only"]
    assert len(findings(found)) == 5


def test_files_that_could_not_be_made_are_told_apart():
    found = networks()
    lost = found["distilled"]["int8"]
    lost["accuracy"] = lost["validation"] = lost["ece"] = [0.9, math.nan, 0.9]
    told = findings(found)
    assert all("no file that answers with numbers" in finding.text for finding in told[:3])
    assert "1 of the distilled student in int8" in told[-1].text
    assert "no file that answers" in STUDY.answered(history_of(found)).text
    gone = networks()
    for role in ("teacher", "distilled"):
        del gone[role]["int8"]
    history = history_of(gone)
    exhibits.check(history)
    assert len(budget.files(history)) == 7
    none, missing = STUDY.findings(history)
    assert none.text.startswith("Distilled, in int8: a student has no file")
    assert "1 of the teacher in int8, 3 of the distilled student in int8" in missing.text
    assert STUDY.answered(history).text.startswith("A student in int8: a student has no file")
    assert "the distilled student in 16 bits" in budget.told(history, "bytes", 14.5)
    alone = networks()
    for role in ("teacher", "labels only"):
        del alone[role]["int8"]
    worth, *_, slower, missing = findings(alone)
    assert worth.text.startswith("On labels only, in int8: a student has no file")
    assert slower.text.endswith("fewer bytes.")
    assert "3 of the student on labels only in int8" in missing.text


def test_before_anything_is_measured_nothing_is_found():
    history = made("device", CONFIG, {})
    assert STUDY.findings(history) == []
    assert STUDY.answered(history) is None
    assert budget.files(history) == []
    assert budget.told(history, "bytes", 0.0) == ""


# -- the budget -----------------------------------------------------------------------------------


def test_a_budget_takes_what_fits_and_chooses_on_validation():
    found = networks()
    lucky = found["labels only"]["int8"]
    lucky["accuracy"] = [0.999] * 3  # on test examples only
    history = history_of(found)
    assert len(budget.fitting(history, "bytes", 0.0)) == 9
    assert {f.precision for f in budget.fitting(history, "bytes", 13.0)} == {"int8"}
    assert budget.fitting(history, "bytes", 12.0) == [
        File("labels only", "int8"), File("distilled", "int8")
    ]  # fmt: skip
    told = budget.told(history, "bytes", 13.0)
    assert "the best on validation images is the distilled student in int8, with 12.0 kB" in told
    assert "is −3.9 points" in told
    assert "Nothing is that small" in budget.told(history, "bytes", 5.0)
    assert "comes closest, with 12.0 kB" in budget.told(history, "bytes", 5.0)
    assert "Nothing answers that fast" in budget.told(history, "latency", 0.001)
    fast = budget.told(history, "latency", 0.011)
    assert "the distilled student in 32 bits, with 0.0100 ms" in fast
    assert "Of all the best" in budget.told(history, "bytes", 0.0)
    assert "the teacher" in budget.told(history, "bytes", 0.0)


def test_milliseconds_and_ratios_say_the_same():
    found = networks(slower=1.2)
    slow = found["distilled"]["int8"]
    slow["latency"] = spread(0.008)  # faster than in 32 bits, 0.01, as they are; slower beside it
    history = history_of(found)
    told = budget.milliseconds(history, File("distilled", "int8"))
    assert told == pytest.approx({"median": 0.012, "low": 0.0108, "high": 0.0132})
    assert budget.cost(history, File("distilled", "int8"), "latency") == told["median"]
    assert File("distilled", "int8") not in budget.fitting(history, "latency", 0.011)
    exact = File("distilled", "fp32")
    assert budget.milliseconds(history, exact) == pytest.approx(spread(0.01))


def test_of_equals_the_cheapest_is_taken():
    history = history_of(networks())
    among = [File("distilled", precision) for precision in PRECISIONS]
    assert budget.best(history, among, "bytes") == File("distilled", "int8")
    assert budget.best(history, among, "latency") == File("distilled", "fp32")
    assert budget.best(history, [], "bytes") is None


def test_what_came_to_no_number_is_never_the_best():
    found = networks()
    found["distilled"]["int8"]["validation"] = [0.99, math.nan, 0.99]
    history = history_of(found)
    among = budget.fitting(history, "bytes", 13.0)
    assert budget.best(history, among, "bytes") == File("labels only", "int8")


# -- what is read ---------------------------------------------------------------------------------


def _damaged(change):
    found = copy.deepcopy(networks())
    change(found)
    return found


DAMAGES = {
    "no teacher": lambda n: n.pop("teacher"),
    "another role": lambda n: n.update(other=n["teacher"]),
    "no 32 bits": lambda n: n["distilled"].pop("fp32"),
    "another precision": lambda n: n["distilled"].update(int4=n["distilled"].pop("int8")),
    "no kl": lambda n: n["distilled"]["int8"].pop("kl"),
    "no bytes": lambda n: n["distilled"]["int8"].update(bytes=0),
    "half a byte": lambda n: n["distilled"]["int8"].update(bytes=12.5),
    "a seed less": lambda n: n["distilled"]["int8"]["accuracy"].pop(),
    "a teacher more": lambda n: n["teacher"]["int8"]["accuracy"].append(0.9),
    "bits of images": lambda n: n["distilled"]["int8"].update(
        bits=[1.0] * 3, validation_bits=[1.0] * 3
    ),
    "negative time": lambda n: n["distilled"]["int8"].update(latency=spread(-1.0)),
    "low above median": lambda n: n["distilled"]["fp32"]["latency"].update(low=9.0),
    "endless": lambda n: n["distilled"]["int8"]["beside"].update(high=math.inf),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_exhibit_that_the_lab_did_not_write_is_refused(damage):
    exhibits.check(history_of(networks()))
    with pytest.raises(ValueError, match=r".*"):
        exhibits.check(history_of(_damaged(DAMAGES[damage])))


def test_the_stored_study_measured_what_its_students_are():
    history = StudyHistory(DeviceConfig(), stored("device"))
    for arm in ("labels only", "distilled"):
        exact = budget.values(history, File(arm, "fp32"))
        assert exact == pytest.approx(list(history.values(arm)), abs=0.003)
