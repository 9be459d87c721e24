"""Training the students of a run, all of them in one cohort, as a generator of events.

``train_students`` yields events and returns what it made; it neither prints, stores nor knows its
reader.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

from kdlab import data
from kdlab.config.schema import DistilConfig
from kdlab.data.split import DataSplit, Part
from kdlab.events import (
    DISTILLED,
    LABELS_ONLY,
    Event,
    Measured,
    Progress,
    RunFailed,
    RunFinished,
    RunStarted,
    StudentsEpoch,
)
from kdlab.measure import metrics, profiling
from kdlab.measure.intervals import paired_gain
from kdlab.training.cohort import Engine
from kdlab.training.loop import device, fit, to_device
from kdlab.training.snapshots import SnapshotRecorder
from kdlab.training.students import batch_seeds, build_cohort
from kdlab.training.teachers import Teacher
from kdlab.training.variant import Variant

PICTURES = 25
"""Pictures a run: evenly spread epochs, so that the same configuration gives the same events."""

Clock = Callable[[], float]


@dataclass(frozen=True)
class Trained:
    """The students of a finished run: first-seed modules by group, as plain modules."""

    students: dict[str, nn.Module]
    result: RunFinished


load_data = data.read
"""The data of a configuration, with the progress of reading them."""


def train_students(
    config: DistilConfig,
    split: DataSplit,
    teacher: Teacher,
    clock: Clock = time.perf_counter,
) -> Generator[Event, None, Trained | None]:
    """Labels-only and distilled students of all seeds as one cohort.

    Yields StudentsEpoch, pictures, Measured and at last RunFinished, or RunFailed where the loss
    of a student is not finite. Returns the first seed's students, None after a failure.
    """
    where = device()
    seeds = [config.first_seed + s for s in range(config.seeds)]
    groups = (LABELS_ONLY, DISTILLED)
    members = tuple((group, seed) for seed in seeds for group in groups)
    began = clock()
    distilled = Variant.of(config)
    engine, objective = build_cohort(config, (distilled.labels_only(), distilled), split, where)
    size = len(split.train.targets)
    count = size if config.labels == "all" else config.labels
    loop = fit(
        engine, objective, split.train, teacher.train_logits, batch_seeds(config),
        config.epochs, config.batch_size, config.learning_rate, "training the students",
    )  # fmt: skip
    yield RunStarted(
        fingerprint=config.fingerprint(),
        dataset=config.dataset,
        classes=split.classes,
        input_shape=split.shape,
        train_size=size,
        labelled=count,
        validation_size=len(split.validation.targets),
        test_size=len(split.test.targets),
        students=members,
        epochs=config.epochs,
        steps_per_epoch=math.ceil(size / config.batch_size),
        device=where.type,
    )
    validation, test = to_device(split.validation, where), to_device(split.test, where)
    teacher_validation = teacher.validation_logits.t().to(where)
    alphas = objective.alpha.flatten().tolist()
    recorder = SnapshotRecorder(split, teacher.module, teacher.validation_logits)
    shown = {round(n * config.epochs / PICTURES) for n in range(PICTURES + 1)}
    for item in loop:
        if isinstance(item, Progress):
            yield item
            continue
        logits = engine.predict(validation.inputs)
        loss = tuple(
            (1 - a) * h + a * s for a, h, s in zip(alphas, item.hard, item.soft, strict=True)
        )
        broken = [members[k] for k, value in enumerate(loss) if not math.isfinite(value)]
        if broken:
            group, seed = broken[0]
            yield RunFailed(
                epoch=item.epoch,
                reason=f"The loss of {len(broken)} of {len(members)} students stopped being a "
                f"number (first: {group}, seed {seed}). Allowed: a finite loss. Lower the learning "
                "rate, or alpha if the method is logit regression.",
            )
            return None
        yield StudentsEpoch(
            epoch=item.epoch,
            accuracy=tuple(metrics.accuracy(logits, validation.targets)),
            fidelity=tuple(metrics.fidelity(logits, teacher_validation)),
            hard=item.hard,
            soft=item.soft,
            loss=loss,
            learning_rate=item.learning_rate,
            seconds=clock() - began,
        )
        if item.epoch in shown:
            yield recorder.record(
                item.epoch, engine, logits, dict(zip(groups, (0, 1), strict=True))
            )
    trained_seconds = clock() - began
    students = {group: engine.module(k) for k, group in enumerate(groups)}
    yield from _measured(config, split, teacher.module, students[DISTILLED])
    result = _result(engine, members, teacher, test, trained_seconds)
    yield result
    return Trained(students, result)


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
    engine: Engine,
    members: tuple[tuple[str, int], ...],
    teacher: Teacher,
    test: Part,
    seconds: float,
) -> RunFinished:
    """Everything that is said of the test images, and the paired gain."""
    logits = engine.predict(test.inputs)
    teacher_logits = teacher.test_logits.t().to(logits.device)
    accuracy = metrics.accuracy(logits, test.targets)
    fidelity = metrics.fidelity(logits, teacher_logits)
    ece = metrics.calibration_error(logits, test.targets)
    groups: list[dict[str, Any]] = []
    for name in (LABELS_ONLY, DISTILLED):
        own = [k for k, (group, _) in enumerate(members) if group == name]
        groups.append(
            {
                "name": name,
                "accuracy": [accuracy[k] for k in own],
                "fidelity": [fidelity[k] for k in own],
                "ece": [ece[k] for k in own],
            }
        )
    return RunFinished(
        teacher_accuracy=metrics.accuracy(teacher_logits[None], test.targets)[0],
        groups=groups,
        gain=paired_gain(
            groups[0]["accuracy"], groups[1]["accuracy"], resolution=1 / len(test.targets)
        ),
        seconds={"students": seconds},
    )
