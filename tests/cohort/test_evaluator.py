"""What a cohort is asked while it learns, by whom, and what happens when a number is not finite."""

from __future__ import annotations

import math

import pytest
import torch

from kdlab.config.schema import DistilConfig
from kdlab.events import Progress, RunFailed, RunFinished, StudentsEpoch
from kdlab.experiments.search.group import train as train_trials
from kdlab.experiments.sweep import SweepConfig, plan
from kdlab.experiments.sweep.training import train_cells
from kdlab.training import single_run
from kdlab.training.arms import Arm, Plan
from kdlab.training.arms.build import evaluator_of
from kdlab.training.arms.cohorts import cohorts
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.training import run_arms
from kdlab.training.cohort.engine import Engine
from kdlab.training.cohort_loop import train_cohort
from kdlab.training.evaluator import Look, Policy
from kdlab.training.loop import EpochDone
from kdlab.training.teachers import Teacher

NUMBERS = {"student": "mlp-4", "teacher": "mlp-8", "labels": 40, "epochs": 4, "seeds": 2}
CONFIG = DistilConfig(**NUMBERS)


@pytest.fixture(scope="module")
def teacher(digits_split):
    parts = (digits_split.train, digits_split.validation, digits_split.test)
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10)).eval()
    with torch.no_grad():
        return Teacher(module.requires_grad_(False), *(module(part.inputs) for part in parts))


@pytest.fixture
def asked(monkeypatch, digits_split):
    """Which part of the data the students were asked of, in order."""
    names = {
        part.inputs.data_ptr(): name
        for name, part in (("validation", digits_split.validation), ("test", digits_split.test))
    }
    seen: list[str] = []
    predict = Engine.predict

    def watched(self, inputs):
        seen.extend([names[inputs.data_ptr()]] if inputs.data_ptr() in names else [])
        return predict(self, inputs)

    monkeypatch.setattr(Engine, "predict", watched)
    return seen


def test_a_live_run_sees_test_images_only_when_it_has_learned(digits_split, teacher, asked):
    for event in single_run.train_students(CONFIG, digits_split, teacher):
        if isinstance(event, StudentsEpoch):
            assert "test" not in asked
    assert isinstance(event, RunFinished)
    assert asked == ["validation"] * 5 + ["test"]


def test_a_search_sees_validation_images_at_its_rungs_and_no_test_image(
    digits_split, teacher, asked
):
    arms = [Arm.of(CONFIG, f"T{t}", f"T {t}", temperature=float(t)) for t in (1, 4)]
    items = list(train_trials(CONFIG, arms, digits_split, teacher))
    looks = [i for i in items if isinstance(i, Look)]
    assert [look.epoch for look in looks] == [1, 2, 4]
    assert [i.epoch for i in items if isinstance(i, EpochDone)] == [0, 3]
    assert asked == ["validation"] * 3
    assert all(look.done.hard == () for look in looks)


def test_maps_and_studies_see_both(digits_split, teacher, asked):
    members = plan(SweepConfig(temperatures=(1, 4), alphas=(0.5,), **NUMBERS)).members
    list(train_cells(CONFIG, 0, (0, 1, 2), members, digits_split, teacher))
    assert asked == ["validation", "test"] * 5
    del asked[:]
    list(run_arms(Plan((Arm.baseline(CONFIG),)), TrainingContext(CONFIG, digits_split, teacher)))
    assert asked == ["validation", "test"] * 5


def test_asking_for_images_that_the_policy_does_not_name_is_a_mistake(digits_split, teacher):
    evaluator = made(digits_split, teacher, Policy(epochs={0}))
    look = next(i for i in train_cohort(evaluator) if isinstance(i, Look))
    assert len(look.accuracy("validation")) == 4
    with pytest.raises(KeyError, match="test"):
        look.accuracy("test")


def made(split, teacher, policy, **changes):
    arms = [Arm.baseline(CONFIG), Arm.of(CONFIG, "distilled", "Distilled", **changes)]
    (group,) = cohorts(Plan(tuple(arms)))
    return evaluator_of(group, TrainingContext(CONFIG, split, teacher), policy)


def test_what_counts_for_a_student_whose_answers_are_no_numbers(digits_split, teacher):
    """T is so small that z / T is infinite: only the distilled students break."""
    for instead in (math.nan, 0.0):
        policy = Policy(epochs={4}, images=("validation", "test"), not_finite=instead)
        evaluator = made(digits_split, teacher, policy, temperature=1e-44)
        (look,) = [i for i in train_cohort(evaluator) if isinstance(i, Look)]
        measures = [look.accuracy("validation"), look.fidelity("test")]
        for values in [*measures, look.accuracy("test"), look.calibration_error("test")]:
            assert str(values[1::2]) == str([instead] * 2)
            assert all(value > 0 for value in values[::2])


def test_a_failure_is_the_last_that_is_told(digits_split, teacher):
    policy = Policy(epochs=range(5), failure=lambda done, loss: f"{len(loss)} in {done.epoch}")
    items = list(train_cohort(made(digits_split, teacher, policy, temperature=1e-44)))
    assert items[-1] == RunFailed(epoch=1, reason="4 in 1")
    assert [i.epoch for i in items if isinstance(i, Look)] == [0]


def test_pictures_follow_their_look(digits_split, teacher):
    policy = Policy(
        epochs=(0, 4),
        pictures=lambda look: iter([Progress(stage="picture", done=look.epoch)]),
    )
    items = list(train_cohort(made(digits_split, teacher, policy)))
    places = [n for n, item in enumerate(items) if isinstance(item, Look)]
    assert [items[n + 1] for n in places] == [
        Progress(stage="picture"), Progress(stage="picture", done=4)
    ]  # fmt: skip
