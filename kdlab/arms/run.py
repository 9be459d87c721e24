"""All arms of a plan, cohort by cohort, as events."""

from __future__ import annotations

from collections.abc import Iterator

from kdlab.arms.arm import Plan
from kdlab.arms.cohorts import cohorts
from kdlab.arms.training import train_arms
from kdlab.arms.workshop import Workshop
from kdlab.events import Event


def run_arms(plan: Plan, shop: Workshop) -> Iterator[Event]:
    """Train every arm. Cohorts whose teachers are ready take turns, so that all curves grow
    together; the others follow."""
    waiting = cohorts(plan)
    going: list[Iterator[Event]] = []
    while waiting or going:
        ready = [c for c in waiting if all(a.needs <= shop.done.keys() for a in c)]
        waiting = [c for c in waiting if c not in ready]
        going += [train_arms(c, shop) for c in ready]
        if not going:
            missing = sorted({n for c in waiting for a in c for n in a.needs - shop.done.keys()})
            raise AssertionError(f"no arm of the plan is named {', '.join(missing)}")
        for one in list(going):
            event = next(one, None)
            if event is None:
                going.remove(one)
            else:
                yield event
