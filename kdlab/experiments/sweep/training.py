"""One cohort of a map: students of one architecture in lock-step, judged after every epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from kdlab.config.schema import DistilConfig
from kdlab.data.split import DataSplit
from kdlab.events import Progress, SweepEpoch
from kdlab.experiments.sweep.plan import Member
from kdlab.measure import metrics
from kdlab.training.loop import device, fit, to_device
from kdlab.training.students import batch_seeds, build_cohort
from kdlab.training.teachers import Teacher

DIGITS = 6
"""Of a fraction in an event; with more, most of what a map sends would be noise."""


def train_cohort(
    config: DistilConfig,
    unit: int,
    places: tuple[int, ...],
    members: Sequence[Member],
    split: DataSplit,
    teacher: Teacher,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[SweepEpoch | Progress]:
    """Train ``members``, all of one architecture, and tell their figures after each epoch.

    ``places`` are theirs in the whole map. Epoch 0 is before the first step. Nothing is chosen
    here: validation and test are both told, so that the reader can choose on one and report the
    other.
    """
    where = device()
    own = config.model_copy(update={"student": members[0].student})
    engine, objective = build_cohort(own, [m.variant for m in members], split, where)
    validation, test = to_device(split.validation, where), to_device(split.test, where)
    teacher_test = teacher.test_logits.t().to(where)
    began = clock()
    for item in fit(
        engine, objective, split.train, teacher.train_logits, batch_seeds(config), config.epochs,
        config.batch_size, config.learning_rate, "training the students", with_parts=False,
    ):  # fmt: skip
        if isinstance(item, Progress):
            yield item
            continue
        answers, logits = engine.predict(validation.inputs), engine.predict(test.inputs)
        sound = torch.isfinite(logits.sum((1, 2))).tolist()  # one that is not spoils the sum

        def told(values: list[float], sound: list[bool] = sound) -> tuple[tuple[float, ...], ...]:
            """Student by student, seeds first -> member by member."""
            kept = [
                round(v, DIGITS) if ok else float("nan")
                for v, ok in zip(values, sound, strict=True)
            ]
            return tuple(tuple(kept[v :: len(members)]) for v in range(len(members)))

        yield SweepEpoch(
            unit=unit,
            epoch=item.epoch,
            members=places,
            validation=told(metrics.accuracy(answers, validation.targets)),
            test=told(metrics.accuracy(logits, test.targets)),
            fidelity=told(metrics.fidelity(logits, teacher_test)),
            ece=told(_calibration_error(logits, test.targets)),
            seconds=clock() - began,
        )


def _calibration_error(logits: Tensor, targets: Tensor) -> list[float]:
    """In slices of students: the softmax of all of them at once would fall out of the cache."""
    return [v for part in logits.split(16) for v in metrics.calibration_error(part, targets)]
