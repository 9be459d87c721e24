"""What the store has of a map: how it began, and every cohort that is done.

Needs no torch, so that a page or a command can show a map that was trained before at once.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from itertools import pairwise

from kdlab.checks import may_change
from kdlab.errors import DamagedError
from kdlab.events import Event, SweepEpoch, SweepStarted
from kdlab.experiments.runner import kept_events
from kdlab.experiments.sweep.config import SweepConfig
from kdlab.experiments.sweep.plan import normal, plan
from kdlab.storage import damage
from kdlab.storage.store import Store

KIND = "sweeps"
START = "started.json"


def save_start(store: Store, config: SweepConfig, started: SweepStarted) -> None:
    """Remember what the map is made of. ``config`` is normal, here and below."""
    of_all = dataclasses.replace(started, own=tuple(range(started.cohorts)))
    store.record_part(KIND, config, START, of_all.to_json().encode())


def save_cohort(store: Store, config: SweepConfig, epochs: Sequence[SweepEpoch]) -> None:
    """Keep a cohort that has reached its last epoch."""
    lines = "".join(epoch.to_json() + "\n" for epoch in epochs)
    store.record_part(KIND, config, _name(epochs[-1].cohort), lines.encode())


def load_cohort(
    store: Store, config: SweepConfig, number: int, *, bundled: bool = False
) -> list[SweepEpoch] | None:
    """The epochs of cohort ``number``, None where it was not trained to its end; DamagedError where
    what was kept of it is not what the lab wrote."""
    events = kept_events(store, KIND, config, _name(number), bundled=bundled)
    if events is None:
        return None
    epochs = [event for event in events if isinstance(event, SweepEpoch)]
    fits = (
        len(epochs) == len(events) > 0
        and epochs[-1].epoch == config.epochs
        and all(before.epoch < after.epoch for before, after in pairwise(epochs))
        and all(_fits(epoch, epochs[0].members, number, config) for epoch in epochs)
    )
    if not fits:
        raise _damaged(store, config, _name(number))
    return epochs


def _fits(epoch: SweepEpoch, members: tuple[int, ...], number: int, config: SweepConfig) -> bool:
    """Whether it is of cohort ``number``, with a number for each member and seed."""
    known = _members(config)
    told = (epoch.validation, epoch.test, epoch.fidelity, epoch.ece)
    return (
        (epoch.cohort, epoch.members) == (number, members)
        and len(set(members)) == len(members)
        and max(members, default=0) < known
        and all(len(rows) == len(members) for rows in told)
        and all(len(row) == config.seeds for rows in told for row in rows)
    )


def load_result(
    config: SweepConfig, store: Store | None = None, *, bundled: bool = False
) -> list[Event]:
    """How the map began and the cohorts that are done; empty where none is done yet, or where
    the data may have changed since. ``bundled``: also of maps that come with the lab.

    DamagedError names all files of the map that are damaged: without them it can be read."""
    store, config = store or Store(), normal(config)
    if may_change(config):
        return []
    began = start(store, config, bundled=bundled)
    if began is None:
        return []
    epochs: list[SweepEpoch] = []
    damaged: list[str] = []
    for number in range(began.cohorts):
        try:
            epochs += load_cohort(store, config, number, bundled=bundled) or []
        except DamagedError as error:
            damaged += error.files
    if damaged:
        raise _damaged(store, config, *damaged)
    return [began, *epochs] if epochs else []


def start(store: Store, config: SweepConfig, *, bundled: bool = False) -> SweepStarted | None:
    """How the map began, None where it did not; DamagedError where that cannot be read."""
    events = kept_events(store, KIND, config, START, bundled=bundled)
    if events is None:
        return None
    if len(events) != 1 or not isinstance(events[0], SweepStarted):
        raise _damaged(store, config, START)
    if not _begins(events[0], config):
        raise _damaged(store, config, START)
    return events[0]


def _begins(started: SweepStarted, config: SweepConfig) -> bool:
    """Whether a map of these settings can have begun so; no cohort is empty."""
    return 0 < started.cohorts <= _members(config) and started.epochs == config.epochs


@functools.lru_cache(maxsize=16)
def _members(config: SweepConfig) -> int:
    """How many students a map has for each seed."""
    return len(plan(config).members)


def _damaged(store: Store, config: SweepConfig, *names: str) -> DamagedError:
    return damage.found(store.home, KIND, config.fingerprint(), names)


def _name(number: int) -> str:
    # a name of the first version of maps, by which homes hold what they have kept
    return f"unit-{number:04d}.jsonl"
