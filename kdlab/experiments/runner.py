"""What every experiment does in the same way: it is replayed where it is known, reads its data,
lets its cohorts take turns, and is spread over workers.

Needs torch only where data are read, so that the app can name what a worker runs without waiting.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kdlab import checks, data
from kdlab.config.schema import DataConfig, StudentConfig
from kdlab.errors import DamagedError, StoreError
from kdlab.events import Event, Remark, TeacherJudged, TeacherReady
from kdlab.jobs.group import JobGroup, Task, elsewhere, stream_jobs
from kdlab.jobs.manager import JobManager
from kdlab.measure.judgement import judge
from kdlab.storage import damage, stored
from kdlab.storage.store import Store
from kdlab.system import files
from kdlab.training.streams import Made, relayed

if TYPE_CHECKING:
    from kdlab.data.split import DataSplit

PRELOAD = ("kdlab.training.single_run", "torch._dynamo")
"""What a worker imports before its first run. The second is what the first optimiser would import:
five seconds and more, on top of torch's own."""


def replayed(load: Callable[[], Iterable[Event] | None]) -> Generator[Event, None, bool]:
    """Yield what ``load`` finds; whether that is anything. A remark where it is damaged: then it is
    made again."""
    try:
        known = list(load() or ())
    except DamagedError as error:
        yield damage.made_anew(error)
        return False
    yield from known
    return bool(known)


def kept_events(
    store: Store, kind: str, config: DataConfig, name: str, *, bundled: bool = False
) -> list[Event] | None:
    """The events in the file ``name`` of a result, None where there is none; DamagedError where it
    is not what the lab wrote."""
    try:
        content = store.part(kind, config, name, bundled=bundled)
        if content is None:
            return None
        events = stored.events(content)
    except (StoreError, ValueError, OSError) as error:
        if files.refused(error):
            raise damage.unreadable(store.home / kind / config.fingerprint(), error) from None
        raise damage.found(store.home, kind, config.fingerprint(), [name]) from None
    return events


def read_data(
    config: StudentConfig, runs: Iterable[StudentConfig] = ()
) -> Generator[Event, None, DataSplit]:
    """The data of ``config``, for a process that trains on them with one thread. ConfigError or
    ModelError where ``config``, or one of the ``runs`` that it stands for, does not fit them."""
    split = yield from data.read(config)  # before torch is imported: what is wrong is said
    if config.teacher == checks.ANSWERS:
        from kdlab.data import answers

        split = yield from answers.read(config, split)
        yield from _judged(split)
    from kdlab.training.stored_teacher import one_thread

    one_thread()
    for each in runs or (config,):
        checks.fits(each, split.shape, len(split.classes), split.train.known)
    return split


def _judged(split: DataSplit) -> Iterator[Event]:
    """What the answers of a teacher that is a file are worth, before anything is trained."""
    assert split.answers is not None
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    found = judge(
        {name: z.numpy() for name, z in zip(parts, split.answers, strict=True)},
        {name: part.targets.numpy() for name, part in parts.items()},
    )
    yield TeacherJudged(
        accuracy=found.accuracy,
        confidence=found.confidence,
        ece=found.ece,
        entropy=found.entropy,
        relative=found.relative,
        sure=found.sure,
        answered=found.answered,
    )
    for text in (found.summary, *found.warnings):
        yield Remark(text=text)


def tee(
    source: Generator[Event, None, Made],
    kept: list[Event],
    hold_back: type[Event] | tuple[()] = (),
) -> Generator[Event, None, Made]:
    """Yield what ``source`` yields and keep it too; events of ``hold_back`` are only kept."""

    def change(event: Event) -> Event | None:
        kept.append(event)
        return None if isinstance(event, hold_back) else event

    return relayed(source, change)


def job_key(name: str, cache: bool) -> str:
    """By what a job is found by all who ask for the same. Made anew, it is one of its own."""
    return name if cache else f"{name} {time.monotonic()}"


def one_task(
    run: Callable[..., Iterator[Event]], arguments: tuple[Any, ...], key: str, cache: bool = True
) -> list[Task]:
    """The job of work that is not divided, ``run(*arguments)``."""
    asked = run if cache else functools.partial(run, cache=False)
    return [Task(asked, arguments, job_key(key, cache))]


def spread(
    tasks: Callable[[int], Sequence[Task]],
    owner: str,
    *,
    workers: int = 1,
    manager: JobManager | None = None,
) -> Iterator[Event]:
    """Events of all ``tasks`` of one piece of work, as they come: over workers as
    :func:`kdlab.jobs.group.stream_jobs` says, or of this process alone, which is one worker."""
    if manager is None and not elsewhere(workers):
        for task in tasks(1):
            yield from task.factory(*task.arguments)
        return
    yield from stream_jobs(
        tasks, owner, ahead=TeacherReady, workers=workers, preload=PRELOAD, manager=manager
    )


def job_group(manager: JobManager, tasks: Sequence[Task], owner: str) -> JobGroup:
    """The jobs of one piece of work. The first goes ahead until its teacher is ready, so that the
    others find it in the store."""
    return JobGroup(manager, tasks, owner, ahead=TeacherReady)
