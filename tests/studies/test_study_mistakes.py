"""Common mistakes: what differs between right and wrong, and what is said of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from kdlab.errors import ConfigError
from kdlab.events import ArmDone, ArmEpoch, StudyFinished, StudyStarted
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import STUDIES, StudyHistory
from kdlab.studies.mistakes.records import MISTAKES, MistakeName
from kdlab.studies.mistakes.study import (
    MistakesConfig,
    best_of_epochs,
    effect,
    findings,
    plan,
    shown_best,
    with_batch_norm,
)
from kdlab.training.arms.faults import FAULTS

TEXT = Path(__file__).parents[2] / "assets/text/en/studies/mistakes.md"
CLASSES = tuple("0123456789")
STUDY = STUDIES["mistakes"]


def arms_of(name, **changes):
    return {arm.name: arm for arm in plan(shown_best(name, **changes), CLASSES).arms}


def differ(a, b):
    """Fields of two arms that differ, names and words left out."""
    own = {f for f in a.__slots__ if getattr(a, f) != getattr(b, f)}
    return own - {"name", "label"}


def history(config, tests, *, ece=(0.02, 0.02), parameters=(100, 100)):
    """A finished study: test accuracy of each arm, one list a seed and epoch."""
    made = plan(config, CLASSES)
    seeds = (0, 1, 2)
    started = StudyStarted(
        fingerprint="x", study="mistakes", dataset="digits", classes=CLASSES,
        input_shape=(1, 8, 8), train_size=1000, validation_size=300, test_size=400, seeds=seeds,
        arms=[
            {"name": a.name, "label": a.label, "student": a.student, "teacher": "t",
             "against": made.reference(a.name)} for a in made.arms
        ],
        teacher_accuracy=0.96, machine="m",
    )  # fmt: skip
    events = [started]
    for name, epochs in tests.items():
        for n, values in enumerate(epochs, 1):
            events.append(
                ArmEpoch(arm=name, epoch=n, epochs=len(epochs), validation=values, test=values,
                         fidelity=values)
            )  # fmt: skip
        wrong = name == "wrong"
        events.append(
            ArmDone(arm=name, accuracy=epochs[-1], validation=epochs[-1], fidelity=epochs[-1],
                    ece=(ece[wrong],) * 3, cost={"parameters": parameters[wrong]})
        )  # fmt: skip
    events.append(StudyFinished(teachers=[], seconds={"total": 1.0}))
    return StudyHistory(config, events)


def test_every_mistake_has_a_record_two_pieces_of_code_and_a_text():
    assert set(MISTAKES) == set(get_args(MistakeName))
    sections = re.findall(r"^## (.+)$", TEXT.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(sections) == {"try", "more", "needs", *MISTAKES}
    for mistake in MISTAKES.values():
        assert mistake.wrong != mistake.right
        for code in (mistake.wrong, mistake.right):
            assert len(code.splitlines()) <= 3
            assert max(map(len, code.splitlines())) <= 70
    assert {m.name for m in MISTAKES.values() if m.fault} == FAULTS


@pytest.mark.parametrize("name", MISTAKES)
def test_right_and_wrong_differ_in_the_mistake_and_in_nothing_else(name):
    arms = arms_of(name)
    assert arms["labels only"].alpha == 0
    if name in ("best-on-test", "int8-ranges"):
        assert set(arms) == {"labels only", "right"}
        return
    expected = {
        "untrained-teacher": {"teachers"},
        "untrained-student": {"learning_rate"},
        "alpha-swapped": {"alpha"},
        "same-size": {"student"},
    }.get(name, {"fault"})
    assert differ(arms["right"], arms["wrong"]) == expected
    assert arms["right"].fault == ""
    if expected == {"fault"}:
        assert arms["wrong"].fault == name


def test_a_mode_is_shown_on_networks_that_have_one():
    teacher = arms_of("teacher-in-training-mode")["right"].teachers[0]
    assert teacher.architecture == "mlpbn-128-128"
    students = {a.student for a in arms_of("student-in-evaluation-mode", student="mlp-9").values()}
    assert students == {"mlpbn-9"}
    assert with_batch_norm("wrn-16-1") == "wrn-16-1"
    assert with_batch_norm("cnn-4").startswith("mlpbn-")


def test_what_the_arms_of_the_other_mistakes_are():
    assert arms_of("untrained-teacher")["wrong"].teachers[0].epochs == 0
    assert arms_of("untrained-student")["wrong"].learning_rate == 0
    assert arms_of("alpha-swapped", alpha=0.7)["wrong"].alpha == pytest.approx(0.3)
    same = plan(shown_best("same-size", teacher="mlp-64"), CLASSES)
    assert same.reference("wrong") == "labels only, big"
    assert {a.student for a in same.arms} == {"mlp-64", "mlp-32"}


def test_links_and_names():
    assert MistakesConfig.from_query({"mistake": "no-square"})[0].mistake == "no-square"
    with pytest.raises(ConfigError, match="mistake is 'none'"):
        MistakesConfig.parse({"mistake": "none"})
    assert shown_best("no-square").label_noise == 0.5
    assert shown_best("misaligned") == MistakesConfig()


def test_a_link_brings_the_settings_in_which_the_mistake_shows_and_can_change_them():
    assert MistakesConfig.from_query({"mistake": "no-square"})[0] == shown_best("no-square")
    assert MistakesConfig(mistake="no-square") == shown_best("no-square")
    changed = shown_best("no-square", label_noise=0.0, labels=100)
    assert (changed.label_noise, changed.student) == (0, "mlp-64")
    assert MistakesConfig.from_query(changed.to_query())[0] == changed


@pytest.mark.parametrize("name", ["no-square", "untrained-teacher", "best-on-test"])
def test_mistakes_are_made_in_the_loss_of_soft_targets(name):
    with pytest.raises(ConfigError, match="method is 'dkd'"):
        plan(shown_best(name, method="dkd"), CLASSES)
    with pytest.raises(ConfigError, match="with numbers of its own"):
        plan(shown_best(name, method_parameters=(1.0,)), CLASSES)


def test_findings_say_what_is_lost_and_what_is_left():
    told = history(
        MistakesConfig(),
        {
            "labels only": [(0.80, 0.82, 0.81)],
            "right": [(0.95, 0.96, 0.95)],
            "wrong": [(0.70, 0.72, 0.70)],
        },
        ece=(0.01, 0.6),
    )
    found = findings(told)
    assert [f.holds for f in found] == [False, False, True, None]
    assert (
        "“With the mistake” is worse than “Right” with this teacher: −24.7 points" in found[0].text
    )
    assert "1.0 % with the right code, 60.0 % with the mistake" in found[3].text
    assert effect(told).mean == pytest.approx(-0.74 / 3)


def test_a_loss_that_blew_up_is_said():
    nan = float("nan")
    told = history(
        MistakesConfig(),
        {"labels only": [(0.8,) * 3], "right": [(0.9,) * 3], "wrong": [(nan, 0.1, 0.1)]},
    )
    (found,) = findings(told)
    assert "becomes NaN" in found.text
    assert found.holds is False


def test_the_best_epoch_on_test_is_a_gain_from_nothing():
    config = shown_best("best-on-test")
    told = history(
        config,
        {
            "labels only": [(0.80, 0.80, 0.80), (0.82, 0.81, 0.80), (0.81, 0.81, 0.79)],
            "right": [(0.90, 0.90, 0.90), (0.95, 0.93, 0.92), (0.94, 0.91, 0.92)],
        },
    )
    assert best_of_epochs(told, "right") == (0.95, 0.93, 0.92)
    assert effect(told).mean == pytest.approx(0.01)
    first, second, mixed = findings(told)
    assert "the best of 3 epochs on test images is +1.0 points" in first.text
    assert "“Labels only”" in second.text
    assert "honestly +12.0 points" in mixed.text
    assert "becomes +13.0 points" in mixed.text


def test_as_big_as_the_teacher_counts_parameters():
    told = history(
        shown_best("same-size"),
        {
            name: [(0.9, 0.91, 0.92)]
            for name in ("labels only", "right", "wrong", "labels only, big")
        },
        parameters=(200, 2600),
    )
    first, *rest = findings(told)
    assert "2,600 parameters instead of 200: 13.0 times as many" in first.text
    assert rest[1].gain == told.gain("wrong", "labels only, big")


@pytest.mark.parametrize(
    "name", ["untrained-student", "student-in-evaluation-mode", "teacher-in-training-mode"]
)
def test_a_small_run(name, tmp_path):
    config = shown_best(
        name, train_limit=129, labels=40, teacher="mlp-8", teacher_epochs=1, student="mlp-8",
        epochs=2, seeds=2,
    )  # fmt: skip
    told = StudyHistory(config, run(STUDY, config, Store(tmp_path, bundled=None)))
    assert told.finished, told.failed
    assert set(told.done) == {"labels only", "right", "wrong"}
    assert len(findings(told)) == 4
    if name == "untrained-student":
        first, *_, last = told.epochs("wrong")
        assert first.test == last.test, "its weights are its first ones"
        assert told.epochs("right")[-1].test != last.test
