"""A share of a map, from its data to its last epoch, with the store as its memory."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING

from kdlab.checks import may_change
from kdlab.errors import DamagedError
from kdlab.events import Event, SweepEpoch, SweepFinished, SweepStarted
from kdlab.experiments.runner import read_data
from kdlab.experiments.sweep import kept
from kdlab.experiments.sweep.config import SweepConfig
from kdlab.experiments.sweep.plan import cohorts_of, normal, plan, possible, together
from kdlab.experiments.sweep.predicted import of_map
from kdlab.predicted import check
from kdlab.storage import damage
from kdlab.storage.store import Store
from kdlab.training.stored_teacher import teacher_of
from kdlab.training.streams import in_turns

if TYPE_CHECKING:
    from kdlab.data.split import DataSplit
    from kdlab.training.arms.arm import Arm
    from kdlab.training.teachers import Teacher


def run(
    config: SweepConfig,
    store: Store | None = None,
    *,
    share: int = 0,
    shares: int = 1,
    cache: bool = True,
) -> Iterator[Event]:
    """Events of every ``shares``-th cohort of a map, from number ``share`` on.

    Cohorts take turns, an epoch each, so that the whole map fills in. What the store has of this
    map is replayed; with ``cache=False`` nothing is looked up. ConfigError, ModelError or DataError
    where the map cannot be run.
    """
    store = store or Store()
    config = normal(config)
    possible(config)
    check(of_map, config)
    with store.at_work(kept.KIND, config):
        yield from _run(config, store, share, shares, cache and not may_change(config))


def _run(
    config: SweepConfig, store: Store, share: int, shares: int, cache: bool
) -> Iterator[Event]:
    from kdlab.measure import metrics

    began = time.perf_counter()
    split = yield from read_data(config, config.cells())
    shape, classes = split.shape, len(split.classes)
    # Another share has just trained the teacher, also where nothing older counts.
    known = cache or share > 0
    found = yield from teacher_of(config.teacher_config(), split, store, known)
    if found is None:
        return
    teacher, teacher_seconds = found
    members = plan(config).members
    cut = cohorts_of(config, members, shape, classes)
    own = range(share, len(cut), shares)
    started = SweepStarted(
        fingerprint=config.fingerprint(),
        dataset=config.dataset,
        seeds=tuple(config.first_seed + s for s in range(config.seeds)),
        epochs=config.epochs,
        cohorts=len(cut),
        own=tuple(own),
        train_size=len(split.train.targets),
        validation_size=len(split.validation.targets),
        test_size=len(split.test.targets),
        teacher_accuracy=metrics.accuracy(teacher.test_logits.t()[None], split.test.targets)[0],
    )
    done_before = (yield from _kept(store, config, own)) if cache else {}
    kept.save_start(store, config, started)
    yield started
    students = time.perf_counter()
    ahead: list[Iterator[Event]] = []
    for number in own:
        done = done_before.get(number)
        # a version of the lab that cut cohorts otherwise may have kept other members
        if done is not None and done[-1].members == cut[number]:
            yield from done
        else:
            ahead.append(_cohort(config, number, cut[number], members, split, teacher, store))
    most = together(config, members, cut, shape, classes)
    for wave in (ahead[n : n + most] for n in range(0, len(ahead), most)):
        yield from in_turns(wave)
    now = time.perf_counter()
    seconds = {"teacher": teacher_seconds, "students": now - students, "total": now - began}
    yield SweepFinished(seconds=seconds)


def _kept(
    store: Store, config: SweepConfig, own: Sequence[int]
) -> Generator[Event, None, dict[int, list[SweepEpoch]]]:
    """What the store has of the cohorts ``own``; a remark on each that is damaged, which is trained
    again, and on how the map began."""
    found: dict[int, list[SweepEpoch]] = {}
    try:
        if 0 in own:  # one share of several tells it
            kept.start(store, config)
    except DamagedError as error:
        yield damage.made_anew(error)
    for number in own:
        try:
            epochs = kept.load_cohort(store, config, number)
        except DamagedError as error:
            yield damage.made_anew(error)
        else:
            found |= {} if epochs is None else {number: epochs}
    return found


def _cohort(
    config: SweepConfig,
    number: int,
    places: tuple[int, ...],
    members: tuple[Arm, ...],
    split: DataSplit,
    teacher: Teacher,
    store: Store,
) -> Iterator[Event]:
    """One cohort; kept before its last epoch is told, so that what was seen is not lost."""
    from kdlab.experiments.sweep.training import train_cells

    epochs: list[SweepEpoch] = []
    own = [members[place] for place in places]
    for event in train_cells(config, number, places, own, split, teacher):
        if isinstance(event, SweepEpoch):
            epochs.append(event)
            if event.epoch == config.epochs:
                kept.save_cohort(store, config, epochs)
        yield event


def record(config: SweepConfig, store: Store, epochs: int = 10) -> None:
    """Train a map and keep it with about ``epochs`` of its epochs: one that comes with the lab."""
    config = normal(config)
    found: dict[int, list[SweepEpoch]] = {}
    for event in run(config, store):
        if isinstance(event, SweepEpoch):
            found.setdefault(event.cohort, []).append(event)
    step = max(1, config.epochs // epochs)
    for own in found.values():
        kept.save_cohort(store, config, [e for e in own if (config.epochs - e.epoch) % step == 0])
