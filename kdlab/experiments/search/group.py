"""Training one group of trials as one cohort, judged on the validation images at a few rungs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kdlab.config.schema import DistilConfig
from kdlab.data.split import DataSplit
from kdlab.events import Event
from kdlab.experiments.search.judged import MOST_BITS
from kdlab.training.arms.arm import Arm, Plan
from kdlab.training.arms.build import evaluator_of
from kdlab.training.arms.cohorts import cohorts
from kdlab.training.arms.context import TrainingContext
from kdlab.training.cohort_loop import train_cohort
from kdlab.training.evaluator import Look, Policy
from kdlab.training.loop import EpochDone, ObjectiveTurned
from kdlab.training.teachers import Teacher

RUNGS = (0.25, 0.5)
"""Shares of the epochs after which a cohort may be given up. The learning rate is highest between
the two, so what is far behind at both seldom catches up."""


def train(
    config: DistilConfig, trials: Sequence[Arm], split: DataSplit, teacher: Teacher
) -> Iterator[Event | EpochDone | Look | ObjectiveTurned]:
    """Students ``config.student`` of all ``trials`` and seeds, with a Look at each rung and at the
    end, and EpochDone after each other epoch.

    A student whose outputs are NaN answers nothing: its accuracy is 0, its bits on text MOST_BITS.
    Whoever has seen enough closes the generator.
    """
    (group,) = cohorts(Plan(tuple(trials), one_method=True))
    policy = Policy(
        epochs={max(1, round(share * config.epochs)) for share in RUNGS} | {config.epochs},
        with_parts=False,
        not_finite=0.0,
        not_finite_bits=MOST_BITS,
    )
    context = TrainingContext(config, split, teacher)
    return train_cohort(evaluator_of(group, context, policy, "trying students"))
