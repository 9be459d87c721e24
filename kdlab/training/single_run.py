"""Training the students of a run, all of them in one cohort, as a generator of events.

``train_students`` yields events and returns what it made; it neither prints, stores nor knows its
reader.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from kdlab.config.schedule import MOST_ENTRIES
from kdlab.config.schema import DistilConfig
from kdlab.data.split import DataSplit
from kdlab.events import (
    DISTILLED,
    LABELS_ONLY,
    Event,
    Measured,
    Progress,
    Remark,
    RunFailed,
    RunFinished,
    RunStarted,
    StudentsEpoch,
    Turned,
)
from kdlab.measure import metrics, profiling
from kdlab.measure.gain import paired_gain
from kdlab.measure.measures import ACCURACY, BITS
from kdlab.methods import find as find_method
from kdlab.training import beyond_accuracy
from kdlab.training.arms.arm import Arm, Plan
from kdlab.training.arms.build import evaluator_of
from kdlab.training.arms.cohorts import cohorts
from kdlab.training.arms.context import TrainingContext
from kdlab.training.cohort_loop import train_cohort
from kdlab.training.course import Steered, Steering, Wish
from kdlab.training.evaluator import Look, Policy, broken
from kdlab.training.grammars import to_truth
from kdlab.training.loop import EpochDone, ObjectiveTurned
from kdlab.training.snapshots import SnapshotRecorder
from kdlab.training.teachers import Teacher

FULL = (
    f"T and α were changed {MOST_ENTRIES} times, the most a schedule can hold; later changes "
    "were ignored."
)
"""Told where somebody goes on turning."""


@dataclass(frozen=True)
class Trained:
    """The students of a finished run: first-seed modules by group, as plain modules."""

    students: dict[str, nn.Module]
    result: RunFinished


def train_students(
    config: DistilConfig, split: DataSplit, teacher: Teacher, steering: Steering | None = None
) -> Generator[Event, None, Trained | None]:
    """Labels-only and distilled students of all seeds as one cohort, for the same number of steps.

    ``steering`` is asked at the end of each epoch, and before the first step, for T and alpha of
    the distilled ones; without it they follow the schedule of ``config``. Yields StudentsEpoch,
    pictures, Turned, Measured and at last RunFinished, or RunFailed where the loss of a student is
    not finite. Returns the first seed's students, None after a failure.
    """
    began = time.perf_counter()
    context = TrainingContext(config, split, teacher)
    (group,) = cohorts(plan_of(config))
    groups = [arm.name for arm in group.arms]
    members = tuple((name, seed) for seed in context.seeds for name in groups)
    policy = Policy(
        epochs=range(config.epochs + 1),
        first_parts=True,
        failure=functools.partial(_failure, members),
        pictures=SnapshotRecorder(groups, split, teacher, config.epochs).record,
    )
    steered = None if steering is None else _steered(config, steering)
    courses = None if steered is None else {DISTILLED: steered}
    evaluator = evaluator_of(group, context, policy, courses=courses)
    cohort = evaluator.cohort
    size = cohort.size
    yield RunStarted(
        fingerprint=config.fingerprint(),
        dataset=config.dataset,
        classes=split.classes,
        input_shape=split.shape,
        train_size=size,
        labelled=split.train.known if config.labels == "all" else config.labels,
        validation_size=len(split.validation.targets),
        test_size=len(split.test.targets),
        students=members,
        epochs=config.epochs,
        steps_per_epoch=math.ceil(size / config.batch_size),
        device=context.where.type,
    )
    last: Look | None = None
    for item in train_cohort(evaluator):
        if isinstance(item, Look):
            last = item
            yield StudentsEpoch(
                epoch=item.epoch,
                accuracy=tuple(item.accuracy("validation")),
                fidelity=tuple(item.fidelity("validation")),
                hard=item.done.hard,
                soft=item.done.soft,
                loss=item.loss,
                learning_rate=item.done.learning_rate,
                seconds=time.perf_counter() - began,
                bits=tuple(item.bits("validation")),
            )
        elif isinstance(item, ObjectiveTurned):
            for turn in item.turns.values():  # of the distilled ones: the others have no course
                yield Turned(epoch=turn.epoch, temperature=turn.temperature, alpha=turn.alpha)
        elif isinstance(item, Event):
            yield item
            if isinstance(item, RunFailed):
                return None
    if steered is not None and steered.full:
        yield Remark(text=FULL)
    trained_seconds = time.perf_counter() - began
    students = {name: cohort.engine.module(k) for k, name in enumerate(groups)}
    yield from _measured(config, split, teacher.module, students[DISTILLED])
    assert last is not None, "a run has an epoch"
    tested = evaluator.look(last.done, images=("test",))
    result = _result(tested, last, split, groups, trained_seconds)
    if config.dataset == "grammar":
        modules = {"teacher": [teacher.module]} | {
            name: [cohort.engine.module(k) for k in range(place, cohort.engine.size, len(groups))]
            for place, name in enumerate(groups)
        }
        truth = yield from to_truth(config.grammar, split, modules)
        result = dataclasses.replace(result, truth=truth)
    yield result
    return Trained(students, result)


def plan_of(config: DistilConfig) -> Plan:
    """The two arms of a run: the student on labels alone, and the distilled one."""
    alone = Arm.of(config, LABELS_ONLY, "Labels only", temperature=1.0, alpha=0.0, schedule=())
    return Plan((alone, Arm.of(config, DISTILLED, "Distilled")), one_method=True)


def _steered(config: DistilConfig, steering: Steering) -> Steered:
    """The course of the distilled students, which ``steering`` turns: as far as another
    configuration could say the same."""
    method = find_method(config.method)

    def fits(wish: Wish) -> Wish | None:
        temperature, alpha = wish
        if method.name == "labels-only" and alpha == 1:
            return None  # nothing would be left in its loss: see kdlab.checks.possible
        return (temperature if method.uses_temperature else config.temperature), alpha

    return Steered(config.temperature, config.alpha, config.schedule, steering, fits)


def _failure(members: Sequence[tuple[str, int]], done: EpochDone, loss: Sequence[float]) -> str:
    wrong = broken(loss)
    group, seed = members[wrong[0]]
    return (
        f"The loss of {len(wrong)} of {len(members)} students became NaN (first: "
        f"{group}, seed {seed}). Allowed: a finite loss. Lower the learning rate, or α if the "
        "method is logit regression."
    )


def _measured(
    config: DistilConfig, split: DataSplit, teacher: nn.Module, student: nn.Module
) -> Iterator[Event]:
    """Parameters, bytes, FLOPs and CPU latency of both networks, one after the other."""
    costs: dict[str, dict[str, Any]] = {}
    for name, module, architecture in (
        ("teacher", teacher, config.teacher),
        ("student", student, config.student),
    ):
        yield Progress(stage="measuring size and latency", done=len(costs), total=2)
        costs[name] = profiling.cost(module, architecture, split.shape)
    yield Measured(models=costs, machine=profiling.machine())


def _result(
    look: Look, before: Look, split: DataSplit, names: Sequence[str], seconds: float
) -> RunFinished:
    """Everything that is said of the test images, and the paired gain; ``before`` is what the same
    students said of validation images."""
    measures = {
        "accuracy": look.accuracy("test"),
        "fidelity": look.fidelity("test"),
        "ece": look.calibration_error("test"),
    }
    if bits := look.bits("test"):
        measures["bits"] = bits
    groups: list[dict[str, Any]] = [
        {"name": name, **{m: values[place :: len(names)] for m, values in measures.items()}}
        for place, name in enumerate(names)
    ]
    targets, teacher = look.evaluator.parts["test"].targets, look.evaluator.teacher["test"]
    measure = BITS if bits else ACCURACY
    plain, distilled = (group[measure.name] for group in groups)
    said = {"teacher": metrics.answers(teacher[None])}
    answers = metrics.answers(look.logits["test"])
    said |= {name: answers[place :: len(names)] for place, name in enumerate(names)}
    classes = len(teacher)
    counted = {name: metrics.by_class(each, targets, classes) for name, each in said.items()}
    resolution = 0.0 if bits else 1 / len(targets)
    gain = paired_gain(plain, distilled, resolution, measure=measure)
    return RunFinished(
        teacher_accuracy=metrics.accuracy(teacher[None], targets)[0],
        groups=groups,
        gain=gain.as_dict(),
        seconds={"students": seconds},
        per_class={
            "images": targets.bincount(minlength=classes).tolist(),
            "training": split.train.counts(classes),
            "answered": {name: told for name, (told, _) in counted.items()},
            "right": {name: right for name, (_, right) in counted.items()},
        },
        teacher_bits=metrics.bits(teacher[None], targets)[0] if bits else None,
        confusion=beyond_accuracy.confused(look, said),
        calibration=beyond_accuracy.calibrated(look, before, tuple(names)),
    )
