"""Arms as data: what they take from the configuration, and which train together."""

from __future__ import annotations

from dataclasses import replace

from plain_loop import QUICK

from kdlab.training.arms import DEFAULT_TEACHER, Arm, ArmStudents, Peer, Plan, TeacherSpec
from kdlab.training.arms.cohorts import cohorts

BASE = Arm.baseline(QUICK)
TAUGHT = Arm.of(QUICK, "taught", "Taught")


def test_an_arm_is_as_the_configuration_but_for_its_changes():
    assert (TAUGHT.student, TAUGHT.alpha, TAUGHT.labels) == ("mlp-8", QUICK.alpha, 40)
    assert TAUGHT.teachers == (DEFAULT_TEACHER,)
    assert Arm.of(QUICK, "x", "X", alpha=0.5, epochs=9).epochs == 9
    assert (BASE.alpha, BASE.label) == (0.0, "Labels only")


def test_arms_that_differ_in_numbers_of_the_loss_only_share_a_cohort():
    others = [
        replace(TAUGHT, name=str(n), **change)
        for n, change in enumerate(
            [{"temperature": 1.0}, {"alpha": 0.2}, {"labels": "all"}, {"label_noise": 0.3}]
        )
    ]
    assert [[a.name for a in c.arms] for c in cohorts(Plan((BASE, TAUGHT, *others)))] == [
        ["labels only", "taught", "0", "1", "2", "3"]
    ]


def test_labels_only_is_the_same_whoever_would_have_taught():
    for change in (
        {"method": "attention", "layers": ((0, 0),)},
        {"method": "dkd", "parameters": (("beta", 2.0),)},
        {"teachers": (TeacherSpec(seed=1), TeacherSpec(seed=2)), "average": "logits"},
    ):
        assert replace(BASE, **change).cohort == TAUGHT.cohort
        assert replace(TAUGHT, **change).cohort != TAUGHT.cohort


def test_what_has_no_effect_parts_no_cohort():
    for change in ({"average": "logits"}, {"view": "clean"}, {"kept": (0,)}):
        assert replace(TAUGHT, **change).cohort == TAUGHT.cohort
    two = replace(TAUGHT, teachers=(DEFAULT_TEACHER, TeacherSpec(seed=1)))
    assert replace(two, average="logits").cohort != two.cohort
    shifted = replace(TAUGHT, augmentation="shift")
    assert replace(shifted, view="clean").cohort != shifted.cohort


def test_what_changes_the_training_parts_cohorts():
    for change in (
        {"student": "mlp-9"},
        {"epochs": 3},
        {"learning_rate": 0.1},
        {"method": "dkd"},
        {"factor": 2},
        {"augmentation": "noise"},
        {"unseen": (3,)},
        {"learns_from": "validation"},
        {"start": "teacher"},
        {"after": "labels only"},
        {"fault": "no-square"},
    ):
        assert replace(TAUGHT, name="other", **change).cohort != TAUGHT.cohort, change


def test_arms_that_stand_alone():
    """Two peers a seed are no two variants, and what an arm needs is known by its name."""
    alone = [
        {"teachers": (Peer(),)},
        {"fault": "no-square"},
        {"after": "taught"},
        {"teachers": (ArmStudents("taught"),)},
    ]
    for change in alone:
        pair = [replace(TAUGHT, name=n, alpha=a, **change) for n, a in (("a", 0.5), ("b", 0.9))]
        assert [len(c.arms) for c in cohorts(Plan(tuple(pair)))] == [1, 1], change


def test_what_an_arm_needs_and_beside_which_it_is_judged():
    after = replace(
        TAUGHT,
        name="last",
        after="first",
        teachers=(ArmStudents("a"), DEFAULT_TEACHER, ArmStudents("b")),
    )
    assert after.needs == {"first", "a", "b"}
    assert TAUGHT.needs == frozenset()
    other = replace(BASE, name="other")
    plan = Plan((TAUGHT, BASE, other, after), {"last": "other"})
    assert plan.reference("last") == "other"
    assert plan.reference("taught") == "labels only"
    assert plan.reference("labels only") == "labels only"
    assert Plan((TAUGHT,)).reference("taught") == "taught"
