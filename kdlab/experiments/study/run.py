"""A study from its data to its last arm, with the store as its memory."""

from __future__ import annotations

import functools
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from kdlab import checks
from kdlab.errors import KdlabError
from kdlab.events import (
    ArmDone,
    ArmEpoch,
    Event,
    Exhibit,
    RunFailed,
    StudyFinished,
    StudyStarted,
)
from kdlab.experiments.runner import kept_events, one_task, read_data, replayed
from kdlab.experiments.study import students
from kdlab.experiments.study.predicted import of_study
from kdlab.experiments.study.record import Finding, Study, StudyConfig
from kdlab.jobs.group import Task
from kdlab.predicted import check
from kdlab.storage import damage
from kdlab.storage.store import Store
from kdlab.training.stored_teacher import teacher_of
from kdlab.training.streams import in_turns

if TYPE_CHECKING:
    from kdlab.data.split import DataSplit
    from kdlab.training.arms.arm import Plan
    from kdlab.training.arms.context import TrainingContext
    from kdlab.training.teachers import Teacher

KIND = "studies"
EVENTS = "events.jsonl"


def run(
    study: Study, config: StudyConfig, store: Store | None = None, *, cache: bool = True
) -> Iterator[Event]:
    """Events of a study: replayed where it is in the store, else trained and kept at its end.

    ConfigError, ModelError or DataError where it cannot be run.
    """
    store = store or Store()
    config = checks.normal(config)
    if cache and (yield from replayed(lambda: load_result(study, config, store))):
        return
    checks.possible(config)
    check(functools.partial(of_study, study), config)
    with store.at_work(KIND, config):
        yield from _run(study, config, store, cache)


def _run(study: Study, config: StudyConfig, store: Store, cache: bool) -> Iterator[Event]:
    from kdlab.training.arms.cohorts import enough_memory
    from kdlab.training.arms.faults import PADDING
    from kdlab.training.arms.text_faults import padding_count

    began = time.perf_counter()
    split = yield from read_data(config)
    plan = study.arms(config, split.classes)
    if study.suits is not None:
        study.suits(config, split)
    batch = min(config.batch_size, len(split.train.targets))
    together = {"seeds": config.seeds * config.teachers_drawn, "batch_size": batch}
    pads = padding_count(split.train.targets) if any(a.fault == PADDING for a in plan.arms) else 0
    enough_memory(
        plan,
        config.model_copy(update=together),
        split.shape,
        len(split.classes),
        pads,
        len(split.train.targets),
    )
    found = yield from teacher_of(config.teacher_config(), split, store, cache)
    if found is None:
        return
    kept: list[Event] = []
    for event in _trained(study, config, plan, split, found, store, began, cache):
        if isinstance(event, StudyStarted | ArmEpoch | ArmDone | Exhibit):
            kept.append(event)
        elif isinstance(event, StudyFinished) and not checks.may_change(config):
            lines = "".join(e.to_json() + "\n" for e in [*kept, event])
            store.record_part(KIND, config, EVENTS, lines.encode())
        yield event
        if isinstance(event, RunFailed):
            return


def _trained(
    study: Study,
    config: StudyConfig,
    plan: Plan,
    split: DataSplit,
    found: tuple[Teacher, float],
    store: Store,
    began: float,
    cache: bool,
) -> Iterator[Event]:
    contexts: list[TrainingContext] = []
    for place in range(config.teachers_drawn):
        context = yield from _context(
            config, place, split, found if not place else None, store, cache
        )
        if context is None or not (yield from context.prepare(plan.arms)):
            return
        contexts.append(context)
    if study.tune is not None:
        assert len(contexts) == 1, "a study that tunes has one teacher"
        plan = yield from study.tune(config, plan, contexts[0])
    yield started(study, config, plan, contexts)
    taught = time.perf_counter()
    yield from in_turns([_students(plan, each, place) for place, each in enumerate(contexts)])
    yield from study.exhibits(config, contexts[0])
    yield from study.over_teachers(config, contexts)
    content = None if checks.may_change(config) else students.dumped(plan.arms, contexts[0])
    if content is not None:
        store.record_part(KIND, config, students.FILE, content)
    now = time.perf_counter()
    yield StudyFinished(
        teachers=[row for context in contexts for row in context.told(len(contexts) > 1)],
        seconds={
            "teachers": sum(sum(context.seconds.values()) for context in contexts),
            "students": now - taught,
            "total": now - began,
        },
    )


def _context(
    config: StudyConfig,
    place: int,
    split: DataSplit,
    found: tuple[Teacher, float] | None,
    store: Store,
    cache: bool,
) -> Generator[Event, None, TrainingContext | None]:
    """What the students of teacher number ``place`` share; None where that teacher failed."""
    from kdlab.training.arms.arm import DEFAULT_TEACHER
    from kdlab.training.arms.context import TrainingContext, counted

    own = config.of_teacher(place)
    if found is None:
        source = teacher_of(own.teacher_config(), split, store, cache)
        found = yield from counted(source, place + 1, config.teachers_drawn)
    if found is None:
        return None
    teacher, seconds = found
    context = TrainingContext(own, split, teacher, store)
    context.seconds[DEFAULT_TEACHER] = seconds
    return context


def _students(plan: Plan, context: TrainingContext, place: int) -> Iterator[Event]:
    """The arms of teacher number ``place``."""
    from kdlab.training.arms.training import run_arms

    for event in run_arms(plan, context):
        if isinstance(event, ArmEpoch | ArmDone) and place:
            yield replace(event, teacher=place)
        else:
            yield event


def started(
    study: Study, config: StudyConfig, plan: Plan, contexts: Sequence[TrainingContext]
) -> StudyStarted:
    """What a study is about to train, with one training context for each teacher."""
    from kdlab.data.split import is_text
    from kdlab.measure import metrics, profiling
    from kdlab.training.arms.context import describe

    split, own = contexts[0].split, contexts[0].config
    taught = plan.taught
    arms = [
        {
            "name": arm.name,
            "label": arm.label,
            "student": arm.student,
            "against": plan.reference(arm.name),
            "teacher": ""
            if arm.alpha == 0
            else "; ".join(describe(t, own, split.classes) for t in arm.teachers),
            "taught": arm.name in taught,
        }
        for arm in plan.arms
    ]
    found = [
        metrics.accuracy(context.teacher.test_logits.t()[None], split.test.targets)[0]
        for context in contexts
    ]
    bits = [
        metrics.bits(context.teacher.test_logits.t()[None], split.test.targets)[0]
        for context in contexts
        if is_text(split.test)
    ]
    return StudyStarted(
        fingerprint=config.fingerprint(),
        study=study.name,
        dataset=config.dataset,
        classes=split.classes,
        input_shape=split.shape,
        train_size=len(split.train.targets),
        validation_size=len(split.validation.targets),
        test_size=len(split.test.targets),
        seeds=tuple(seed for context in contexts for seed in context.seeds),
        arms=arms,
        teacher_accuracy=fmean(found),
        machine=profiling.machine(),
        teachers=len(contexts),
        teacher_accuracies=tuple(found),
        teacher_bits=tuple(bits),
    )


def load_result(
    study: Study, config: StudyConfig, store: Store | None = None, *, bundled: bool = False
) -> list[Event]:
    """The events of a study that is done, or none. ``bundled``: also of those that come with the
    lab. Needs no torch. DamagedError where what was kept is not what the lab wrote."""
    store, config = store or Store(), checks.normal(config)
    if checks.may_change(config):
        return []
    events = kept_events(store, KIND, config, EVENTS, bundled=bundled)
    if events is None:
        return []
    begun = any(isinstance(e, StudyStarted) for e in events)
    if not begun or not isinstance(events[-1], StudyFinished) or not _tells(study, config, events):
        raise damage.found(store.home, KIND, config.fingerprint(), [EVENTS])
    return events


def _tells(study: Study, config: StudyConfig, events: list[Event]) -> bool:
    """Whether the answer can be had from these events: all arms of the plan, what is exhibited of
    them, and findings that can read it."""
    from kdlab.experiments.study import exhibits
    from kdlab.experiments.study.history import StudyHistory

    try:
        history = StudyHistory(config, events)
        started = history.started
        assert started is not None
        arms = [str(arm["name"]) for arm in started.arms]
        if set(arms) != history.done.keys():
            return False
        plan = study.arms(config, started.classes)
        if started.study != study.name or arms != [a.name for a in plan.arms]:
            return False
        exhibits.check(history)
        if study.tuned is not None:
            study.tuned(plan, history.exhibits)
        study.findings(history)
        study.answered(history)
        history.table()
        history.results()
    # findings assert that the arms which they compare are done
    except (KdlabError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError,
            AssertionError):  # fmt: skip
        return False
    return True


def tasks(study: Study, config: StudyConfig, workers: int = 1, cache: bool = True) -> list[Task]:
    """The one job of a study; the same study is one job for all who ask for it."""
    key = f"{study.name} {checks.normal(config).fingerprint()}"
    return one_task(run, (study, config), key, cache)


def record(study: Study, config: StudyConfig, home: Path) -> list[Finding]:
    """Run a study and keep it under ``home``: one that comes with the lab. Its teachers are not
    kept there."""
    from kdlab.experiments.study.history import StudyHistory

    with tempfile.TemporaryDirectory() as aside:
        events = list(run(study, config, Store(Path(aside))))
        content = Store(Path(aside)).part(KIND, checks.normal(config), EVENTS)
    assert content is not None, f"the study {study.name} did not come to its end: {events[-1]}"
    Store(home, bundled=None).record_part(KIND, checks.normal(config), EVENTS, content)
    return study.findings(StudyHistory(config, events))
