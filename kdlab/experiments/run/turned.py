"""A run whose T and alpha were turned by hand, as the configuration that repeats it. No torch."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from kdlab import checks
from kdlab.config.schedule import Turn
from kdlab.config.schema import DistilConfig
from kdlab.events import Event, Remark, RunStarted, Turned


def performed(config: DistilConfig, turns: Sequence[Turned], epoch: int) -> DistilConfig:
    """The configuration, normal, that repeats a run of ``config`` whose ``turns`` are told, in
    their order, and that stands at ``epoch``, -1 before the students began.

    Whoever turns T or alpha leaves the schedule of ``config``: from there on ``turns`` are all that
    is done. Where nobody has, its own schedule holds, also what of it is still to come.
    """
    config = checks.normal(config)
    done = [Turn(turn.epoch, turn.temperature, turn.alpha) for turn in turns]
    known = max([epoch, *(turn.epoch + 1 for turn in done)])
    if done == [turn for turn in config.schedule if turn.epoch < known]:
        return config
    return checks.normal(config.model_copy(update={"schedule": tuple(done)}))


def as_planned(events: Sequence[Event], config: DistilConfig) -> list[Event]:
    """What a run of the normal ``config`` tells, from the ``events`` of one that was turned to it
    by hand: T and alpha that hold from the start were never turned, and no wish was refused."""
    from kdlab.training.single_run import FULL

    found: list[Event] = []
    for event in events:
        if isinstance(event, RunStarted):
            event = dataclasses.replace(event, fingerprint=config.fingerprint())
        elif event == Remark(text=FULL) or (isinstance(event, Turned) and event.epoch == 0):
            continue
        found.append(event)
    return found
