"""An experiment: one thing that can be asked, trained, kept and taken away, as a record.

A single run, a map, a search and every study are one :class:`Experiment` each. Whoever has work
done (the command line, pages, the recording of what comes with the lab) walks
:data:`kdlab.studies.EXPERIMENTS` instead of knowing the kinds. Needs no torch.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kdlab import predicted
from kdlab.config.schema import StudentConfig
from kdlab.device.collected import Make
from kdlab.events import Event
from kdlab.events.history import EventHistory
from kdlab.experiments import runner
from kdlab.hosting import class_rights
from kdlab.hosting.class_rights import Right
from kdlab.hosting.visitor import Visitor
from kdlab.jobs.group import JobGroup, Task
from kdlab.jobs.manager import JobManager
from kdlab.predicted import Work
from kdlab.storage.store import Store

if TYPE_CHECKING:
    import pandas as pd


C = TypeVar("C", bound=StudentConfig)
H = TypeVar("H", bound=EventHistory[Any, Any])


@dataclass(frozen=True, kw_only=True)
class Experiment(Generic[C, H]):
    """One thing that can be trained, from its settings to what is carried away.

    ``name`` finds it; ``command`` is what follows ``python -m kdlab``. ``noun`` is what a person
    calls one of them ("map"), ``plural`` several, by which stored results are recorded again.

    Settings: ``normal(config)`` is the same for all settings that ask for the same numbers;
    ``possible(config)`` raises ConfigError or ModelError; ``predicted(config)`` is what it costs.

    Work: ``run(config, store=None, cache=True)`` yields its events in this process; ``tasks(config,
    workers, cache=True)`` are the same as jobs for so many workers, of which the first goes ahead
    until its teacher is ready. Both get normal settings. ``steered(config)`` are the jobs of work
    that somebody turns while it goes on, which nobody else joins; None where that cannot be.

    Results: ``load_result(config, store, bundled=False)`` is what the store has of it, also of what
    comes with the lab where ``bundled``, empty where that is nothing; DamagedError where what was
    kept is not what the lab wrote. ``history(config)`` is an empty one that folds events.
    ``as_json(config, history)`` is the command line's one object, ``summary(history)`` the same in
    words; both of a history that is finished. ``tables`` are named data frames, empty where there
    is nothing yet. ``script(config, history)`` is a stand-alone program; ConfigError says why there
    is none. ``config`` may differ from the history's in what is looked at. ``device_files(config,
    formats, beside)`` makes the networks as files for a device: a generator of events that returns
    a list of :class:`~kdlab.device.exported.Exported`; None where no networks are kept.
    ``has_networks(config, store)``: whether it need not train for that; None where a page cannot
    tell.

    What comes with the lab: ``presets``, name -> settings; ``record(config, home)`` makes one of
    them again under ``home`` and gives sentences on it.
    """

    name: str
    command: str
    noun: str
    plural: str
    config: type[C]
    normal: Callable[[C], C]
    possible: Callable[[C], None]
    predicted: Callable[[C], Work]
    run: Callable[..., Iterator[Event]]
    tasks: Callable[..., Sequence[Task]]
    load_result: Callable[..., list[Event]]
    history: Callable[[C], H]
    as_json: Callable[..., dict[str, Any]]
    summary: Callable[[H], str]
    tables: Mapping[str, Callable[[H], pd.DataFrame]]
    script: Callable[[C, H | None], str]
    presets: Mapping[str, C]
    record: Callable[[C, Path], list[str]]

    epilog: str
    """Ends the help of the command: an example, and what ``--json`` gives."""
    steered: Callable[[C], Sequence[Task]] | None = None
    device_files: Make | None = None
    has_networks: Callable[[C, Store], bool] | None = None
    about: str = ""
    """Begins the description of the command, before what the settings say of themselves."""
    flags: Mapping[str, str] = field(default_factory=dict)
    """Switches of the command beside its settings, which ``as_json`` takes as keywords."""
    looks_first: bool = True
    """Whether somebody's own images are looked at before anything is made for the work. A run reads
    them before all else, and is replayed where they are gone."""
    shared: bool = False
    """Whether several workers can divide the work."""
    in_parts: bool = False
    """Whether it is kept part by part, so that a part of the result may be known."""
    many: bool = False
    """Whether its students are too many to be told of one by one: their share is told."""
    right: Right | None = None
    """What a visitor must be allowed to begin it, where a class could close it."""

    def check(self, config: C) -> None:
        """A KdlabError where whoever this thread works for may not begin ``config``."""
        if self.right is not None:
            class_rights.check(self.right)
        predicted.check(self.predicted, config)

    def jobs(
        self,
        manager: JobManager,
        config: C,
        workers: int,
        owner: str,
        *,
        steerable: bool = False,
    ) -> JobGroup:
        """The jobs of ``config`` on at most ``workers`` workers, for ``owner``; ``steerable``: he
        may turn them while they go on, and has them for himself. ClassError where a class is closed
        to them."""
        if self.right is not None:
            class_rights.check(self.right)
        if steerable:
            assert self.steered is not None, f"a {self.noun} cannot be turned"
            return runner.job_group(manager, self.steered(config), owner)
        return runner.job_group(manager, self.tasks(config, workers), owner)

    def going(self, manager: JobManager, config: C, visitor: Visitor | None) -> int:
        """On how many workers ``visitor`` has ``config``, which is normal, at work, or where that
        is None, whoever has; 0 where nobody has."""
        for workers in range(manager.slots, 0, -1):
            keys = {task.key for task in self.tasks(config, workers)}
            if manager.is_at_work(keys, visitor):
                return workers
        return 0

    def stream(
        self,
        config: C,
        *,
        workers: int = 1,
        cache: bool = True,
        manager: JobManager | None = None,
    ) -> Iterator[Event]:
        """Events as they come: of this process alone, or where the work can be divided, over
        workers as :func:`kdlab.jobs.group.stream_jobs` says."""
        if not self.shared:
            yield from self.run(config, cache=cache)
            return
        shares = functools.partial(self.tasks, config, cache=cache)
        yield from runner.spread(shares, self.noun, workers=workers, manager=manager)
