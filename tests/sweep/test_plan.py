"""Which students a map trains, and how they are cut into cohorts."""

from __future__ import annotations

import pytest

from kdlab import checks, models
from kdlab.experiments.sweep import SweepConfig, normal, plan
from kdlab.experiments.sweep.plan import FEW_STUDENTS, STUDENTS, cohorts_of, together

SHAPE, CLASSES = (1, 8, 8), 10


def member(student="mlp-16", temperature=1.0, alpha=0.0, labels=100, label_noise=0.0):
    return student, temperature, alpha, labels, label_noise


def of(arm):
    return member(arm.student, arm.temperature, arm.alpha, arm.labels, arm.label_noise)


def test_the_cells_of_t_and_alpha_share_one_student_on_labels_alone():
    config = SweepConfig(temperatures=(2, 4), alphas=(0, 0.5, 1))
    found = plan(config)
    assert tuple(map(of, found.members)) == (
        member(),
        member(temperature=2, alpha=0.5),
        member(temperature=2, alpha=1),
        member(temperature=4, alpha=0.5),
        member(temperature=4, alpha=1),
    )
    assert found.cells == (0, 1, 2, 0, 3, 4)
    assert found.references == (0,) * 6


def test_a_cell_with_t_1_and_alpha_0_is_the_reference_too():
    found = plan(SweepConfig(temperatures=(1,), alphas=(0, 1)))
    assert found.cells == (0, 1)
    assert len(found.members) == 2


@pytest.mark.parametrize(
    ("axis", "values", "alone"),
    [
        ("labels", {"label_counts": (10, 30)}, [member(labels=10), member(labels=30)]),
        ("label_noise", {"label_noises": (0, 0.4)}, [member(), member(label_noise=0.4)]),
        ("width", {"widths": (4, 8)}, [member("mlp-4"), member("mlp-8")]),
    ],
)
def test_each_condition_has_its_own_student_on_labels_alone(axis, values, alone):
    """The gain of a cell must not hold the effect of fewer labels, or of a wider network."""
    config = SweepConfig(x_axis=axis, y_axis="alpha", alphas=(0, 0.5, 0.9), **values)
    found = plan(config)
    assert [of(found.members[n]) for n in found.references] == alone * 3
    assert [of(found.members[n]) for n in found.cells[:2]] == alone, "alpha = 0 is labels alone"
    for cell, run in enumerate(config.cells()):
        own, other = found.members[found.cells[cell]], found.members[found.references[cell]]
        assert own.student == other.student == run.student
        assert own.labels == other.labels == run.labels
        assert own.label_noise == other.label_noise == run.label_noise


MAPS = [
    SweepConfig(),
    SweepConfig(seeds=64),
    SweepConfig(temperatures=tuple(range(1, 33)), alphas=tuple(n / 31 for n in range(32)), seeds=8),
    SweepConfig(x_axis="labels", y_axis="width"),
    SweepConfig(x_axis="label_noise", y_axis="alpha", seeds=7),
    SweepConfig(x_axis="width", student="cnn-8-16", seeds=3),
    SweepConfig(dataset="mnist", student="resnet8", seeds=5),
]


@pytest.mark.parametrize("config", MAPS)
def test_every_student_is_trained_once_in_a_cohort_of_its_kind(config):
    members = plan(config).members
    assert len(set(map(of, members))) == len({m.name for m in members}) == len(members)
    shape = (1, 32, 32) if config.dataset == "mnist" else SHAPE
    cohorts = cohorts_of(config, members, shape, CLASSES)
    assert sorted(place for own in cohorts for place in own) == list(range(len(members)))
    for own in cohorts:
        (student,) = {members[place].student for place in own}
        most = STUDENTS.get(models.find(student).name, FEW_STUDENTS)
        assert own
        assert len(own) * config.seeds <= max(most, config.seeds)
    sizes = [len(own) for own in cohorts]
    if len({m.student for m in members}) == 1:
        assert max(sizes) - min(sizes) <= 1, "of even size, so that workers end together"


def test_a_large_cohort_is_cut_no_finer_than_needed():
    config = SweepConfig(temperatures=tuple(range(1, 9)), alphas=(0.2, 0.4, 0.6, 0.8), seeds=5)
    members = plan(config).members  # 33 of them
    cohorts = cohorts_of(config, members, SHAPE, CLASSES)
    assert [len(own) for own in cohorts] == [16, 17]
    assert STUDENTS["mlp"] // 5 == 24


def test_memory_bounds_a_cohort_and_how_many_run_at_once(monkeypatch):
    config = SweepConfig(seeds=2)
    members = plan(config).members
    each = 16 * models.parameters("mlp-16", SHAPE, CLASSES)
    monkeypatch.setattr(checks, "MAX_COHORT_BYTES", 7 * each)
    cohorts = cohorts_of(config, members, SHAPE, CLASSES)
    assert sorted(place for own in cohorts for place in own) == list(range(len(members)))
    assert {len(own) for own in cohorts} <= {2, 3}, "three members of two seeds are six students"
    assert together(config, members, cohorts, SHAPE, CLASSES) == 1
    monkeypatch.setattr(checks, "MAX_COHORT_BYTES", 14 * each)
    assert together(config, members, cohorts, SHAPE, CLASSES) == 2
    monkeypatch.setattr(checks, "MAX_COHORT_BYTES", 1)
    assert all(len(own) == 1 for own in cohorts_of(config, members, SHAPE, CLASSES))
    assert together(config, members, cohorts, SHAPE, CLASSES) == 1


# -- one name for one result --------------------------------------------------------------------

NAMES = [
    ("temperature", 7.0),
    ("alpha", 0.3),
    ("widths", (2, 3)),
    ("label_counts", (7,)),
    ("label_noises", (0.3,)),
    ("noise", 0.5),
    ("folder", "/photos"),
]


def changed(config, **values):
    return normal(config.model_copy(update=values)).fingerprint() != normal(config).fingerprint()


@pytest.mark.parametrize(("name", "value"), NAMES)
def test_idle_settings_make_no_second_name(name, value):
    assert not changed(SweepConfig(), **{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperatures", (1.0, 3.0)),
        ("alphas", (0.5,)),
        ("labels", 30),
        ("label_noise", 0.2),
        ("student", "mlp-8"),
        ("seeds", 2),
        ("first_seed", 7),
        ("epochs", 5),
        ("teacher_seed", 3),
        ("method", "logit-regression"),
        ("y_axis", "labels"),
    ],
)
def test_what_plays_a_part_makes_another_name(name, value):
    assert changed(SweepConfig(), **{name: value})


def test_what_is_idle_depends_on_the_axes():
    labels = SweepConfig(x_axis="labels", y_axis="width")
    assert not changed(labels, labels=30, temperatures=(1,), alphas=(1,))
    assert changed(labels, temperature=7.0)
    assert changed(labels, alpha=0.3)
    assert changed(labels, label_counts=(10,))
    assert changed(labels, widths=(5,))
    noise = SweepConfig(x_axis="label_noise", y_axis="alpha")
    assert not changed(noise, label_noise=0.3)
    assert changed(noise, label_noises=(0.3,))


def test_only_the_proportion_of_a_student_counts_where_its_width_is_an_axis():
    wide = SweepConfig(x_axis="width", y_axis="alpha")
    assert not changed(wide, student="mlp-64")
    assert changed(wide, student="mlp-16-8")
    assert changed(wide, student="cnn-8")


@pytest.mark.parametrize("config", MAPS)
def test_the_normal_map_is_the_same_map(config):
    other = config.model_copy(update={"noise": 0.4, "points": 500})
    found = normal(other)
    assert normal(found) == found
    assert plan(found) == plan(config)
    assert [found.along(axis) for axis in found.axes] == [config.along(a) for a in config.axes]
