"""A search as an iterator of events; closed at any point, it goes on from there the next time."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdlab import checks, data
from kdlab.errors import DamagedError, StoreError
from kdlab.events import (
    Event,
    Progress,
    SearchFinished,
    SearchStarted,
    TrialsDone,
)
from kdlab.experiments.runner import read_data
from kdlab.experiments.search import judged, kept, space
from kdlab.experiments.search.config import SearchConfig
from kdlab.experiments.search.folder import join, keep_first, set_aside
from kdlab.experiments.search.predicted import of_search
from kdlab.hosting import accounts, quota
from kdlab.predicted import check
from kdlab.storage import damage
from kdlab.storage.store import Store
from kdlab.system.leases import Lease
from kdlab.system.paths import check_writable
from kdlab.training import stored_teacher

if TYPE_CHECKING:
    from kdlab.data.split import DataSplit
    from kdlab.experiments.search.groups import Group
    from kdlab.experiments.search.space import Space
    from kdlab.experiments.search.trial_log import TrialLog
    from kdlab.training.teachers import Teacher

PAUSE = 0.2
"""Seconds between two looks at what the other workers are doing."""

Row = dict[str, Any]


def run(config: SearchConfig, store: Store | None = None, *, cache: bool = True) -> Iterator[Event]:
    """Events of a search: SearchStarted, TrialsDone*, SearchFinished, with Progress and the
    teacher's events between them.

    What was found before is read, not trained again, and a search with fewer trials is continued.
    A result that is damaged is made again from the trials, after a remark. With ``cache=False`` the
    earlier search is put aside and a new one begun. Errors: ConfigError,
    ModelError, DataError, StoreError, before the first trial wherever that is possible.
    """
    store = store or Store()
    config = space.normal(config)
    space.possible(config)
    folder = kept.folder_of(config, store)
    if cache and not checks.may_change(config):
        try:
            known = kept.load(config, store, folder)
        except DamagedError as error:
            known = None
            yield damage.made_anew(error)
            damage.delete(store.home, error, lambda: kept.load(config, store, folder))
        if known is not None:
            yield from known
            return
    if not cache:
        aside = set_aside(folder)
        if aside is not None:
            accounts.renamed(store.home, kept.KIND, folder.name, aside.name)
            yield Progress(stage=f"the earlier search is now in {aside.name}")
    yield from _at_work(config, store, folder, to_the_end=True)


def share(config: SearchConfig, store: Store | None = None) -> Iterator[Event]:
    """Help with a search that others :func:`run`: the same events without SearchFinished.

    Any number of processes may do so at the same time, on all machines that see the same
    KDLAB_HOME. Ends when no trial is left to be taken.
    """
    store = store or Store()
    config = space.normal(config)
    space.possible(config)
    yield from _at_work(config, store, kept.folder_of(config, store), to_the_end=False)


def record(config: SearchConfig, home: Path) -> SearchFinished:
    """Search from the beginning and keep the result, without the journal, under ``home``: one that
    comes with the lab."""
    config = space.normal(config)
    with tempfile.TemporaryDirectory() as aside:
        events = [e for e in run(config, Store(Path(aside))) if not isinstance(e, Progress)]
        found = kept.load_result(config, Store(Path(aside)))
    assert found
    assert isinstance(events[-1], SearchFinished)
    text = "\n".join(event.to_json() for event in found) + "\n"
    path = home / kept.KIND / space.fingerprint(config) / f"result-{config.trials}.jsonl"
    path.unlink(missing_ok=True)
    keep_first(path, text.encode())
    return events[-1]


def _at_work(
    config: SearchConfig, store: Store, folder: Path, *, to_the_end: bool
) -> Iterator[Event]:
    """Take part in the search, and give every sign of it between two events."""
    check(of_search, config)
    check_writable(store.home)
    quota.make_room(store.home)
    with quota.keeping(store.home, kept.KIND, folder.name):
        check_writable(folder)
        fields = SearchConfig.model_fields
        named = config.model_copy(update={"trials": fields["trials"].default})
        keep_first(folder / "config.json", named.to_json().encode())
        part = join(folder)
        try:
            for event in _searching(config, store, folder, part, to_the_end):
                part.sign()
                yield event
        finally:
            part.close()


def _searching(
    config: SearchConfig, store: Store, folder: Path, part: Lease, to_the_end: bool
) -> Generator[Event, None, None]:
    from kdlab.experiments.search import costs, journal
    from kdlab.experiments.search.trial_log import TrialLog

    began = time.perf_counter()
    study = yield from journal.open_study(folder)
    split = yield from read_data(config)
    where = yield from costs.survey(config, folder, split)
    trial_log = TrialLog(study, folder, where, part, data.measure_of(config.dataset))
    before = trial_log.finished()
    yield SearchStarted(
        fingerprint=space.fingerprint(config),
        candidates=len(where.students),
        resumed=len(before),
        trials=config.trials,
        machine=where.machine,
    )
    try:
        told: set[int] = set()
        yield from _news(trial_log, told)
        done = yield from _trials(config, store, split, where, trial_log, told)
    finally:
        trial_log.abandon()
    if done and to_the_end:
        yield from _finish(config, store, folder, where, trial_log, began)


def _trials(
    config: SearchConfig,
    store: Store,
    split: DataSplit,
    where: Space,
    trial_log: TrialLog,
    told: set[int],
) -> Generator[Event, None, bool]:
    """Train groups until there are enough trials; False where a teacher could not be trained."""
    teachers: dict[str, Teacher] = {}
    began = time.perf_counter()
    while True:
        group = trial_log.take(config.trials)
        if group is None:
            if not trial_log.others_at_work():
                yield from _news(trial_log, told, began)
                return True
            yield _progress(config, len(told), 0, "waiting for the other workers")
            time.sleep(PAUSE)
            yield from _news(trial_log, told, began)
            continue
        if group.teacher not in teachers:
            setting = config.distil_config(**config.with_teacher(group.teacher))
            found = yield from stored_teacher.teacher_of(
                checks.normal(setting).teacher_config(), split, store, True
            )
            if found is None:
                return False
            teachers[group.teacher] = found[0]
        yield from _train(config, group, split, teachers[group.teacher], trial_log, len(told))
        yield from _news(trial_log, told, began)


def _train(
    config: SearchConfig,
    group: Group,
    split: DataSplit,
    teacher: Teacher,
    trial_log: TrialLog,
    before: int,
) -> Iterator[Event]:
    """One group as one cohort, which ends together: a stack cannot lose a student half-way, so one
    that is worth its time carries the others."""
    from kdlab.experiments.search.group import train
    from kdlab.training.arms.arm import Arm
    from kdlab.training.evaluator import Look
    from kdlab.training.loop import EpochDone

    alone = config.distil_config(student=group.student, method=group.method)
    arms = [
        Arm.of(alone, f"{place}", f"{place}", temperature=m.temperature or 1.0, alpha=m.alpha)
        for place, m in enumerate(group.members)
    ]
    places = range(len(arms))
    asked = sum(member.trial is not None for member in group.members)
    epoch = 0
    for item in train(alone, arms, split, teacher):
        epoch = item.epoch if isinstance(item, EpochDone | Look) else epoch
        yield _progress(config, before, epoch * asked, "trying students")
        if not isinstance(item, Look):
            continue
        last = epoch == config.epochs
        accuracy = item.accuracy("validation")
        bits = judged.counted(item.bits("validation"))
        found = [(accuracy[place :: len(arms)], bits[place :: len(arms)]) for place in places]
        if trial_log.report(group, epoch, [judged.value(*each) for each in found]) or last:
            for member, each in zip(group.members, found, strict=True):
                trial_log.finish(member, epoch, *each, pruned=not last)
            return


def _progress(config: SearchConfig, trials: int, epochs: int, stage: str) -> Progress:
    """How much of the search is done, in epochs of trials."""
    total = config.trials * config.epochs
    return Progress(stage=stage, done=min(trials * config.epochs + epochs, total), total=total)


def _news(trial_log: TrialLog, told: set[int], began: float | None = None) -> Iterator[Event]:
    """Trials that were finished since the last time, here or by other workers; ``began``: when this
    one began with its own."""
    rows = [row for row in trial_log.finished() if row["number"] not in told]
    if rows:
        told.update(row["number"] for row in rows)
        seconds = 0.0 if began is None else time.perf_counter() - began
        yield TrialsDone(trials=rows, seconds=round(seconds, 3))


def _finish(
    config: SearchConfig,
    store: Store,
    folder: Path,
    where: Space,
    trial_log: TrialLog,
    began: float,
) -> Iterator[Event]:
    from kdlab.experiments.search import result

    rows = trial_log.finished()
    best, test = yield from result.judge(config, rows, store)
    yield Progress(stage="weighing the parameters")  # the first time, seconds of imports
    finished = SearchFinished(
        trials=len(rows),
        best=best,
        front=result.front(rows),
        importance=result.importance(trial_log.results()),
        test=test,
        machine=where.machine,
        seconds=time.perf_counter() - began,
        workers=trial_log.workers(),
    )
    started = SearchStarted(
        fingerprint=space.fingerprint(config),
        candidates=len(where.students),
        resumed=len(rows),
        trials=len(rows),  # more than were asked for, where more were known
        machine=where.machine,
    )
    events: list[Event] = [started, TrialsDone(trials=rows), finished]
    text = "\n".join(event.to_json() for event in events) + "\n"
    try:
        keep_first(folder / f"result-{len(rows)}.jsonl", text.encode())
    except StoreError:
        yield finished  # the work is done: it is shown, and then what went wrong
        raise
    yield finished
