"""What the store has of a map: how it began, and every cohort that is done.

Needs no torch, so that a page or a command can show a map that was trained before at once.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

from kdlab.checks import may_change
from kdlab.errors import StoreError
from kdlab.events import Event, SweepEpoch, SweepStarted, from_json
from kdlab.store import Store
from kdlab.sweep.config import SweepConfig
from kdlab.sweep.plan import normal, plan

KIND = "sweeps"
START = "started.json"


def keep_start(store: Store, config: SweepConfig, started: SweepStarted) -> None:
    """Remember what the map is made of. ``config`` is normal, here and below."""
    whole = dataclasses.replace(started, own=tuple(range(started.units)))
    store.record_part(KIND, config, START, whole.to_json().encode())


def keep_unit(store: Store, config: SweepConfig, epochs: Sequence[SweepEpoch]) -> None:
    """Keep a cohort that has reached its last epoch."""
    lines = "".join(epoch.to_json() + "\n" for epoch in epochs)
    store.record_part(KIND, config, _name(epochs[-1].unit), lines.encode())


def unit(
    store: Store, config: SweepConfig, number: int, *, bundled: bool = False
) -> list[SweepEpoch] | None:
    """The epochs of cohort ``number``, None where it was not trained to its end.

    What is damaged counts as not there: it is trained again, and replaced.
    """
    events = _events(store.part(KIND, config, _name(number), bundled=bundled))
    epochs = [event for event in events if isinstance(event, SweepEpoch)]
    if not epochs or epochs[-1].epoch != config.epochs:
        return None
    return (
        epochs if all(_fits(epoch, epochs[0].members, number, config) for epoch in epochs) else None
    )


def _fits(epoch: SweepEpoch, members: tuple[int, ...], number: int, config: SweepConfig) -> bool:
    """Whether it is of cohort ``number``, with a number for each member and seed."""
    known = _members(config)
    told = (epoch.validation, epoch.test, epoch.fidelity, epoch.ece)
    return (
        (epoch.unit, epoch.members) == (number, members)
        and len(set(members)) == len(members)
        and max(members, default=0) < known
        and all(len(rows) == len(members) for rows in told)
        and all(len(row) == config.seeds for rows in told for row in rows)
    )


def recall(
    config: SweepConfig, store: Store | None = None, *, bundled: bool = False
) -> list[Event]:
    """How the map began and the cohorts that are done; empty where none is done yet, or where
    the data may have changed since. ``bundled``: also of maps that come with the lab."""
    store, config = store or Store(), normal(config)
    if may_change(config):
        return []
    start = _events(store.part(KIND, config, START, bundled=bundled))
    if not start or not isinstance(start[0], SweepStarted) or not _begins(start[0], config):
        return []
    epochs = [
        unit(store, config, number, bundled=bundled) or [] for number in range(start[0].units)
    ]
    if not any(epochs):
        return []
    return [start[0], *(event for own in epochs for event in own)]


def _begins(started: SweepStarted, config: SweepConfig) -> bool:
    """Whether a map of these settings can have begun so; no cohort is empty."""
    return 0 < started.units <= _members(config) and started.epochs == config.epochs


@functools.lru_cache(maxsize=16)
def _members(config: SweepConfig) -> int:
    """How many students a map has for each seed."""
    return len(plan(config).members)


def _events(content: bytes | None) -> list[Event]:
    if content is None:
        return []
    try:
        return [from_json(line) for line in content.decode().splitlines()]
    except (StoreError, ValueError):
        return []


def _name(number: int) -> str:
    return f"unit-{number:04d}.jsonl"
