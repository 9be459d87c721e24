"""All arms of a plan, cohort by cohort, as events."""

from __future__ import annotations

from collections.abc import Iterator

from kdlab.events import Event
from kdlab.training.arms.arm import Plan
from kdlab.training.arms.cohorts import cohorts
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.training import train_arms
from kdlab.training.streams import one_round


def run_arms(plan: Plan, context: TrainingContext) -> Iterator[Event]:
    """Train every arm. Cohorts whose teachers are ready take turns, so that all curves grow
    together; the others follow."""
    waiting = cohorts(plan)
    going: list[Iterator[Event]] = []
    while waiting or going:
        ready = [c for c in waiting if all(a.needs <= context.done.keys() for a in c.arms)]
        waiting = [c for c in waiting if c not in ready]
        going += [train_arms(c, context) for c in ready]
        if not going:
            left = [arm for group in waiting for arm in group.arms]
            missing = sorted({n for arm in left for n in arm.needs - context.done.keys()})
            raise AssertionError(f"no arm of the plan is named {', '.join(missing)}")
        yield from one_round(going)
