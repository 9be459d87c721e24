"""Claims put to the test: arms, contrasts, and the verdict that they allow."""

from __future__ import annotations

from typing import get_args

import pytest
from made_histories import made

from kdlab.store import Store
from kdlab.studies import STUDIES, Finding, StudyHistory, run
from kdlab.studies.claim_trials import TEACHER, TRIALS, ClaimName
from kdlab.studies.claims import (
    OTHER_SEED,
    STORED_SEED,
    ClaimsConfig,
    answers,
    findings,
    of_claim,
    plan,
    verdict_of,
)

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
        "“T = 4” is better than “T = 1”",
        "“T = 16” cannot be told from “T = 4”",
        "“T = 64” is worse than “T = 16”",
    ]
    first = findings(history)[0]
    assert first.holds is None
    assert "holds in part: 1 of 3 answers are as it says" in first.text


def test_kept_means_at_most_a_point_below_the_teacher():
    history = told(
        "keeps-the-accuracy",
        {
            "mlp-4": [0.80, 0.81, 0.79],
            "mlp-8": [0.97, 0.98, 0.95],
            "mlp-32": [0.966, 0.968, 0.964],
        },
        teacher=0.97,
    )
    assert [a.holds for a in answers(history)] == [False, None, True]
    assert "“Student mlp-32” is as good as the teacher: -0.4 points" in answers(history)[2].text
    assert "may be worse than the teacher" in answers(history)[1].text


def test_worse_is_what_some_claims_say():
    history = told(
        "never-reaches-the-teacher",
        {
            "mlp-8": [0.90, 0.91, 0.92],
            "mlp-32": [0.98, 0.985, 0.99],
            "mlp-128-128": [0.96, 0.97, 0.98],
        },
        teacher=0.97,
    )
    assert [a.holds for a in answers(history)] == [True, False, None]


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
        student="mlp-8", epochs=2, seeds=2,
    )  # fmt: skip
    history = StudyHistory(config, run(STUDY, config, Store(tmp_path, bundled=None)))
    assert history.finished, history.failed
    assert len(answers(history)) == 2
    gap = findings(history)[-1].gain
    own, seen = (history.values("tuned", m) for m in ("accuracy", "validation"))
    assert gap["mean"] == pytest.approx(sum(seen) / 2 - sum(own) / 2)
