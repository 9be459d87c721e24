"""How every cohort of the lab is trained: the students of a run, of a map, of a search and of a
study, and teachers, which are cohorts of one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from kdlab.events import Event, Progress, RunFailed
from kdlab.training.evaluator import Evaluator, Look, broken
from kdlab.training.loop import EpochDone, ObjectiveTurned, train


def train_cohort(
    evaluator: Evaluator, clock: Callable[[], float] = time.perf_counter
) -> Iterator[Event | EpochDone | Look | ObjectiveTurned]:
    """Train the cohort of ``evaluator`` and look at it as its policy says.

    Yields Progress, a Look after each epoch of the policy, pictures behind it, a plain EpochDone
    after each other epoch, and ObjectiveTurned where T or alpha of an arm are turned. RunFailed is
    the last event where the policy has a failure.
    """
    policy = evaluator.policy
    seconds, since = 0.0, clock()
    for item in train(
        evaluator.cohort, with_parts=policy.with_parts, first_parts=policy.first_parts
    ):
        seconds += clock() - since
        if isinstance(item, Progress):
            yield item
        elif isinstance(item, ObjectiveTurned):
            evaluator.turn(item.objective)
            yield item
        else:
            loss = evaluator.loss(item)
            if policy.failure is not None and broken(loss):
                yield RunFailed(epoch=item.epoch, reason=policy.failure(item, loss))
                return
            if item.epoch in policy.epochs:
                look = evaluator.look(item, seconds)
                yield look
                if policy.pictures is not None:
                    yield from policy.pictures(look)
            else:
                yield item
        since = clock()
