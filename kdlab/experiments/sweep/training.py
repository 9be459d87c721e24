"""One cohort of a map: students of one architecture in lock-step, judged after every epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence

from kdlab.config.schema import StudentConfig
from kdlab.data.split import DataSplit
from kdlab.events import Event, SweepEpoch
from kdlab.training.arms.arm import Arm, Plan
from kdlab.training.arms.build import evaluator_of
from kdlab.training.arms.cohorts import cohorts
from kdlab.training.arms.context import TrainingContext
from kdlab.training.cohort_loop import train_cohort
from kdlab.training.evaluator import Look, Policy, rounded
from kdlab.training.teachers import Teacher


def train_cells(
    config: StudentConfig,
    cohort: int,
    places: tuple[int, ...],
    members: Sequence[Arm],
    split: DataSplit,
    teacher: Teacher,
) -> Iterator[Event]:
    """Train ``members``, all of one architecture, and tell their figures after each epoch as
    SweepEpoch, with Progress between them.

    ``places`` are theirs in the whole map. Epoch 0 is before the first step. Nothing is chosen
    here: validation and test are both told, so that the reader can choose on one and report the
    other.
    """
    (group,) = cohorts(Plan(tuple(members), one_method=True))
    policy = Policy(
        epochs=range(config.epochs + 1),
        images=("validation", "test"),
        with_parts=False,
        not_finite=math.nan,
    )
    evaluator = evaluator_of(group, TrainingContext(config, split, teacher), policy)
    began = time.perf_counter()

    def told(values: list[float]) -> tuple[tuple[float, ...], ...]:
        """Student by student, seeds first -> member by member."""
        if not values:
            return ()
        return tuple(rounded(values[place :: len(members)]) for place in range(len(members)))

    for item in train_cohort(evaluator):
        if isinstance(item, Look):
            yield SweepEpoch(
                cohort=cohort,
                epoch=item.epoch,
                members=places,
                validation=told(item.accuracy("validation")),
                test=told(item.accuracy("test")),
                fidelity=told(item.fidelity("test")),
                ece=told(item.calibration_error("test")),
                seconds=time.perf_counter() - began,
                validation_bits=told(item.bits("validation")),
                test_bits=told(item.bits("test")),
            )
        elif isinstance(item, Event):
            yield item
