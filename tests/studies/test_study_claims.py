"""Claims put to the test: arms, contrasts, and the verdict that they allow."""

from __future__ import annotations

from typing import get_args

import pytest
from made_histories import made

from kdlab.errors import ConfigError, KdlabError
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import STUDIES, Finding, StudyHistory
from kdlab.studies.claims.records import TEACHER, ClaimName
from kdlab.studies.claims.study import (
    MARGIN,
    OTHER_SEED,
    STORED_SEED,
    ClaimsConfig,
    answers,
    findings,
    of_claim,
    plan,
    verdict_of,
)
from kdlab.studies.claims.trials import TRIALS

CLASSES = tuple("0123456789")
STUDY = STUDIES["claims"]
THREE = {"seeds": 3}


def told(name, accuracy, **more):
    return made("claims", of_claim(name, **THREE), accuracy, **more)


@pytest.mark.parametrize("name", TRIALS)
def test_contrasts_are_between_arms_of_the_trial(name):
    made_plan = plan(of_claim(name), CLASSES)
    names = [arm.name for arm in made_plan.arms]
    assert len(set(names)) == len(names)
    by_name = {arm.name: arm for arm in made_plan.arms}
    for contrast in TRIALS[name].contrasts:
        assert contrast.arm in names
        assert contrast.against in (*names, TEACHER)
        assert contrast.arm != contrast.against
    for arm, reference in made_plan.against.items():
        assert by_name[reference].alpha == 0
        assert by_name[reference].labels == by_name[arm].labels
        assert by_name[reference].student == by_name[arm].student
        assert by_name[reference].factor == by_name[arm].factor
    for arm in made_plan.arms:
        if arm.alpha == 0 and not arm.after:
            assert made_plan.reference(arm.name) == arm.name, "no gain of one without a teacher"
        elif not arm.after:
            beside = by_name[made_plan.reference(arm.name)]
            assert (beside.student, beside.labels, beside.factor, beside.unseen) == (
                arm.student, arm.labels, arm.factor, arm.unseen
            )  # fmt: skip
    labels_only = [arm for arm in made_plan.arms if arm.alpha == 0]
    assert labels_only, "every student is seen beside one on labels alone"


def test_every_claim_has_a_trial():
    assert set(TRIALS) == set(get_args(ClaimName))


def test_the_page_tests_on_seeds_that_the_stored_verdict_has_not_seen():
    config = ClaimsConfig()
    assert config.first_seed == OTHER_SEED
    assert STORED_SEED + config.seeds <= OTHER_SEED


def test_two_classes_are_enough_for_the_missing_one():
    arms = plan(of_claim("dark-knowledge"), ("a", "b")).arms
    assert {arm.unseen for arm in arms} == {(), (1,)}


@pytest.mark.parametrize(
    ("holds", "verdict"),
    [
        ((True, True), "holds"),
        ((True, None), "depends"),
        ((True, False), "depends"),
        ((False, None), "does not hold"),
        ((False,), "does not hold"),
        ((None, None), "cannot be told"),
        ((), "cannot be told"),
    ],
)
def test_the_verdict_of_several_answers(holds, verdict):
    assert verdict_of([Finding("", h) for h in holds]) == verdict


@pytest.mark.parametrize(
    ("holds", "verdict"),
    [
        ((True, False), "holds"),
        ((True, None), "holds"),
        ((False, None), "cannot be told"),
        ((False,), "cannot be told"),
        ((), "cannot be told"),
    ],
)
def test_what_is_said_of_some_cases_is_not_refuted_by_others(holds, verdict):
    assert verdict_of([Finding("", h) for h in holds], "some") == verdict


@pytest.mark.parametrize(
    ("holds", "verdict"),
    [
        ((True, True, None), "holds"),
        ((True, True, False), "holds"),
        ((True, False, None), "depends"),
        ((True, None), "depends"),
        ((False, False, None), "cannot be told"),
        ((), "cannot be told"),
    ],
)
def test_often_asks_for_most_of_them(holds, verdict):
    assert verdict_of([Finding("", h) for h in holds], "often") == verdict


def test_claims_with_may_often_or_some_are_told_as_such():
    some = {name for name, trial in TRIALS.items() if trial.quantifier == "some"}
    assert some == {"never-reaches-the-teacher", "layer-by-layer", "little-data"}
    for name in some:
        assert any(f" {w} " in f" {TRIALS[name].title.lower()} " for w in ("some", "may")), name
    often = [name for name, trial in TRIALS.items() if trial.quantifier == "often"]
    assert often == ["bigger-is-better"]
    assert "often" in TRIALS["bigger-is-better"].title


def test_what_was_shown_with_few_labels_says_so():
    """With all labels it is the other way round (kdlab.studies.clinic.claims has the reading)."""
    assert of_claim("most-models").labels == 100
    assert "with few labels" in TRIALS["most-models"].title


def test_a_deep_network_that_loses_by_layers_refutes_nothing():
    history = told("layer-by-layer", {"both": [0.80, 0.81, 0.79], "soft": [0.95, 0.96, 0.95]})
    first, answer = findings(history)
    assert (first.holds, answer.holds) == (None, False)
    assert "with this teacher these cannot refute it: 0 of 1 answers are" in first.text


def test_hints_compare_every_layer():
    arms = {arm.name: arm for arm in plan(of_claim("layer-by-layer"), CLASSES).arms}
    assert arms["hints"].layers == ((0, 0), (1, 1), (2, 2))
    assert arms["both"].after == "hints"
    assert arms["hints"].epochs + arms["both"].epochs == arms["soft"].epochs


def test_a_missing_class_decides_and_the_others_are_told_besides():
    history = told(
        "dark-knowledge",
        {"soft": [0.90, 0.91, 0.90], "hard": [0.95, 0.96, 0.96],
         "soft, a class missing": [0.90, 0.91, 0.90],
         "hard, a class missing": [0.80, 0.81, 0.82]},
    )  # fmt: skip
    first, answer, note = findings(history)
    assert (first.holds, answer.holds, note.holds) == (True, True, None)
    assert "about which the claim says nothing: “Soft targets alone” is worse" in note.text


def test_a_student_that_diverged_decides_nothing():
    nan = float("nan")
    for against in ({}, {"T=1": [0.9] * 3}):
        history = told("temperature-compresses", {"T=16": [nan, 0.9, 0.9], **against})
        answer = answers(history)[1]
        assert answer.holds is None
        assert "a student's loss became NaN" in answer.text


def test_a_link_brings_the_settings_of_its_trial_and_can_change_them():
    little, problems = ClaimsConfig.from_query({"claim": "little-data"})
    assert (little, problems) == (of_claim("little-data"), [])
    assert little.train_limit == 100
    assert ClaimsConfig(claim="little-data") == little
    changed = of_claim("little-data", train_limit="all", teacher_epochs=20)
    assert (changed.train_limit, changed.batch_size) == ("all", 16)
    assert ClaimsConfig.from_query(changed.to_query())[0] == changed
    assert ClaimsConfig.from_json(changed.to_json()) == changed
    with pytest.raises(ConfigError, match="claim"):
        ClaimsConfig.parse({"claim": ["little-data"]})


@pytest.mark.parametrize("name", TRIALS)
def test_soft_targets_are_soft_targets_whatever_the_method(name):
    for arm in plan(of_claim(name, method="dkd"), CLASSES).arms:
        if arm.label.startswith("Soft targets") or arm.label.endswith("then soft targets"):
            assert arm.method == "soft-targets"


@pytest.mark.parametrize(
    ("name", "settings", "told"),
    [
        ("low-resolution", {"dataset": "moons"}, "which has points"),
        ("most-models", {"dataset": "moons", "labels": 40}, "cnn-4 was asked to read"),
        ("layer-by-layer", {"teacher": "mlp-128-128"}, "student's three layers"),
        ("layer-by-layer", {"teacher": "cnn-8-16"}, "student's three layers"),
        ("weights-of-the-teacher", {"teacher": "mlp-64-64"}, "starts with its first layer"),
        ("weights-of-the-teacher", {"teacher": "mlp-128"}, "starts with its first layer"),
        ("improves-the-student", {"train_limit": 150}, "labels is 200"),
        ("temperature-compresses", {"method": "logit-regression"}, "has no temperature"),
    ],
)
def test_what_cannot_be_run_is_told_before_anything_is_trained(name, settings, told):
    with pytest.raises(KdlabError, match=told):
        plan(of_claim(name, **settings), CLASSES)


def test_better_step_by_step():
    history = told(
        "temperature-generalises",
        {
            "T=1": [0.90, 0.91, 0.92],
            "T=4": [0.95, 0.96, 0.97],
            "T=16": [0.95, 0.96, 0.97],
            "T=64": [0.90, 0.91, 0.92],
        },
    )
    assert [a.holds for a in answers(history)] == [True, None, False]
    assert [a.text.split(":")[0] for a in answers(history)] == [
        "“T = 4” is better than “T = 1” with this teacher",
        "“T = 16” cannot be told apart from “T = 4” with this teacher",
        "“T = 64” is worse than “T = 16” with this teacher",
    ]
    first = findings(history)[0]
    assert first.holds is None
    assert "holds in part: 1 of 3 answers is as it says" in first.text


def test_one_of_several_that_is_clear_by_itself_only_bears_nothing_out():
    """p = 0.038 is clear for one comparison, and not for the best of three."""
    better = [0.900, 0.906, 0.912]
    worse = [v - d for v, d in zip(better, (0.006, 0.010, 0.014), strict=True)]
    values = {"T=1": worse, "T=4": better, "T=16": better, "T=64": better}
    history = told("temperature-generalises", values)
    first, *others = answers(history)
    alone = first.gain.p_value()
    assert alone < 0.05 < 3 * alone
    assert first.gain.ci95[0] > 0
    assert [a.holds for a in (first, *others)] == [None, None, None]
    assert "“T = 4” cannot be told apart from “T = 1”" in first.text
    assert f"clear by itself, not among 3 comparisons (Holm, p = {3 * alone:.2f})" in first.text


def test_kept_means_at_most_a_point_below_the_teacher():
    history = told(
        "keeps-the-accuracy",
        {
            "mlp-4": [0.80, 0.81, 0.79],
            "mlp-8": [0.97, 0.98, 0.95],
            "mlp-32": [0.969, 0.970, 0.971],
        },
        teacher=0.97,
    )
    assert [a.holds for a in answers(history)] == [False, None, True]
    assert [a.text.split(":")[0] for a in answers(history)] == [
        "“Student mlp-4” is more than one point below the teacher with this teacher",
        "“Student mlp-8” may be more than one point below the teacher with this teacher",
        "“Student mlp-32” is at most one point below the teacher with this teacher",
    ]
    assert MARGIN == 0.01, "the words name it"


def test_worse_is_what_some_claims_say():
    # one student that stays below bears it out; the others do not count against it
    history = told(
        "never-reaches-the-teacher",
        {
            "mlp-8": [0.90, 0.91, 0.92],
            "mlp-32": [0.984, 0.985, 0.986],
            "mlp-128-128": [0.96, 0.97, 0.98],
        },
        teacher=0.97,
    )
    assert [a.holds for a in answers(history)] == [True, False, None]
    first = findings(history)[0]
    assert first.holds is True
    assert "speaks of some cases; with this teacher it holds: 1 of 3 answers is" in first.text


def test_one_seed_decides_nothing():
    config = of_claim("temperature-compresses", seeds=1)
    history = made("claims", config, {"T=1": [0.5], "T=16": [0.9]})
    assert answers(history)[1].holds is None
    assert "one seed" in answers(history)[1].text


def test_what_is_counted_needs_no_chance():
    counted, _ = answers(told("temperature-compresses", {}))
    assert counted.holds is False
    assert "1,210 parameters at every temperature" in counted.text


def test_a_small_run_of_speed(tmp_path):
    config = of_claim(
        "faster", train_limit=100, labels=40, teacher="mlp-64", teacher_epochs=1, student="mlp-8",
        epochs=2, seeds=2,
    )  # fmt: skip
    history = StudyHistory(config, run(STUDY, config, Store(tmp_path, bundled=None)))
    assert history.finished, history.failed
    faster, same = answers(history)
    # 2 * 64 * (64 + 10) by 2 * 8 * (64 + 10)
    assert "8.0 times fewer FLOPs" in faster.text
    assert (faster.holds, same.holds) == (True, False)
    assert history.exhibits["latency"]["student"] > 0
    assert history.exhibits["latency"]["machine"] in findings(history)[-1].text


def test_a_small_run_in_which_arms_follow_each_other(tmp_path):
    config = of_claim(
        "tuned-on-validation", train_limit=100, labels=40, teacher="mlp-8", teacher_epochs=1,
        student="mlp-8", epochs=2, seeds=2, teacher_seeds=3,
    )  # fmt: skip
    history = StudyHistory(config, run(STUDY, config, Store(tmp_path, bundled=None)))
    assert history.finished, history.failed
    assert len(answers(history)) == 2
    gap = findings(history)[-1].gain
    own, seen = (history.values("tuned", m) for m in ("accuracy", "validation"))
    assert len(own) == 3 * 2
    assert gap.mean == pytest.approx(sum(seen) / 6 - sum(own) / 6)
    assert gap.teachers == 3, "what it learned on validation, it learned after a teacher"
