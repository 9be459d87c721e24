"""What one visitor sees of long work (a map, a search, a study), and how to start and stop it.

A kind of work is a :class:`Work`: what it is made of, and its words. What a visitor sees of it is
a :class:`WorkScreen`: the events of its jobs, folded. This room draws nothing;
:mod:`pages.ui.stage.stage` does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

import streamlit as st

from kdlab import predicted
from kdlab.config.base import Settings
from kdlab.errors import DamagedError, KdlabError
from kdlab.events import Event, Progress, RunFailed
from kdlab.jobs import JobManager
from kdlab.jobs.crew import JobGroup
from pages.ui.shell import refusals, workers
from pages.ui.stage.pace import HELD_SECONDS, MOVING_SECONDS, pace

Origin = Literal["nothing", "bundled", "stored", "trained here"]


class Told(Protocol):
    """What a history must answer, whatever it folds; ``started`` and ``finished`` may be records
    instead of truths."""

    @property
    def started(self) -> object: ...
    @property
    def finished(self) -> object: ...
    @property
    def failed(self) -> RunFailed | None: ...
    @property
    def progress(self) -> Progress | None: ...
    @property
    def notes(self) -> list[str]: ...
    @property
    def share_done(self) -> float:
        """0 to 1."""

    def take(self, events: Iterable[Event]) -> None:
        """Add what was told since; telling twice must change nothing."""


Config = TypeVar("Config", bound=Settings)
History = TypeVar("History", bound=Told)


@dataclass(frozen=True)
class Work(Generic[Config, History]):
    """One kind of long work: what it is made of, and what its page says of it."""

    page: str
    """Names the page's state, its jobs' owner and the widgets: ``map`` gives ``map.stop``."""
    noun: str
    """As in "Stored map of this machine"."""
    icon: str

    history: Callable[[Config], History]
    """An empty one."""
    load_result: Callable[..., list[Event]]
    """``load_result(config, store, bundled=False)``: what this machine's store has of it, or where
    ``bundled``, what comes with the lab; empty where that is nothing."""
    crew: Callable[[JobManager, Config, int, str], JobGroup]
    """The jobs of a configuration on at most so many workers, for an owner."""
    predicted: Callable[[Config], predicted.Work]
    """What a configuration will cost, held to what a visitor of a server may ask for."""

    start: str
    """What the first button says."""
    start_help: str
    stop_help: str
    invitation: str
    """Said where there is nothing to see yet."""
    told: Callable[[WorkScreen[Config, History]], str]
    """Whose numbers these are, as Markdown; see :func:`pages.ui.stage.stage.source`."""
    progress: Callable[[History], str]
    """How far it is, while it is at work and has begun; see
    :func:`pages.ui.stage.stage.percent`."""
    stopped: Callable[[WorkScreen[Config, History]], str]
    """What is left of it after Stop; empty where the error says enough."""
    changed: str = ""
    """Said where the controls ask for another one than the one on screen."""

    normal: Callable[[Config], Config] = lambda config: config
    """The same for all configurations that ask for the same numbers."""
    start_key: str = "start"
    shortest: float = MOVING_SECONDS
    """Seconds between two polls at least: work that tells less often need not be asked."""


@dataclass
class WorkScreen(Generic[Config, History]):
    """What one visitor sees of one kind of work: its history, and the crew at it, if any."""

    work: Work[Config, History]
    history: History | None = None
    config: Config | None = None
    """Of the history, normal."""
    crew: JobGroup | None = None
    origin: Origin = "nothing"
    problem: str = ""
    damaged: DamagedError | None = None
    """What is stored of the settings on the controls and cannot be read."""
    looked_up: str = ""
    other: bool = False
    """Whether the controls ask for another one than the one on screen."""
    pace: float = MOVING_SECONDS
    drawing: bool = False
    """True while the buttons and all that is below them are drawn in one go."""

    @property
    def running(self) -> bool:
        """Whether jobs are queued or at work."""
        return self.crew is not None and not self.crew.finished

    @property
    def waits(self) -> bool:
        """Whether the first job is in the queue."""
        return self.crew is not None and self.crew.queue_position > 0

    @property
    def interval(self) -> float | None:
        """Seconds between two polls; None while nothing moves."""
        if not self.running:
            return None
        return HELD_SECONDS if self.waits else self.pace


def screen(work: Work[Config, History]) -> WorkScreen[Config, History]:
    """What this visitor sees of ``work``."""
    found: WorkScreen[Config, History]
    found = st.session_state.setdefault(f"{work.page}.screen", WorkScreen(work))
    found.work = work  # a page may word its work anew in every run
    return found


def settle(here: WorkScreen[Config, History], config: Config | None) -> None:
    """Show what is known of ``config``, once, unless another one is at work."""
    if config is None:
        return
    mark = here.work.normal(config).fingerprint()
    if here.looked_up != mark and not here.running:  # later, where it is: when that has ended
        here.looked_up, here.problem, here.damaged = mark, "", None
        _show_stored(here, config)
    shown = here.config
    here.other = shown is not None and shown.fingerprint() != mark


def _show_stored(here: WorkScreen[Config, History], config: Config) -> None:
    """What this machine has of it; what comes with the lab where that is none, or a part only."""
    found = False
    places: tuple[tuple[Origin, bool], ...] = (("stored", False), ("bundled", True))
    for origin, bundled in places:
        try:
            events = here.work.load_result(config, workers.store(), bundled=bundled)
        except DamagedError as error:
            here.damaged = here.damaged or error
            continue
        except KdlabError as error:
            here.problem = str(error)
            return
        history = _folded(here, config, events)
        if events and (history.finished or not found):
            here.crew, here.origin, found = None, origin, True
            here.config, here.history = here.work.normal(config), history
        if history.finished:
            return


def look_again(here: WorkScreen[Config, History]) -> None:
    """What was damaged is gone, or was made anew meanwhile."""
    here.looked_up, here.damaged = "", None


def _folded(here: WorkScreen[Config, History], config: Config, events: Iterable[Event]) -> History:
    history = here.work.history(here.work.normal(config))
    history.take(events)
    return history


def start(here: WorkScreen[Config, History], config: Config) -> None:
    """Hand to the workers what is missing; what the store has of it is there at once. Where this
    visitor may not, whatever goes on goes on."""
    here.problem = refusals.refused(here.work.predicted, config)
    if here.problem:
        return
    release(here)
    asked, owner = here.work.normal(config), workers.owner(here.work.page)
    here.looked_up = asked.fingerprint()
    try:
        free = workers.free_workers()
        here.crew = here.work.crew(workers.manager(), asked, free, owner)
    except KdlabError as error:  # what was shown stays
        here.problem = str(error)
        return
    events: list[Event] = []
    with contextlib.suppress(KdlabError):  # whoever works finds what is wrong, and says it
        events = here.work.load_result(asked, workers.store())
    here.damaged, here.origin = None, "trained here"
    here.config, here.history = asked, _folded(here, asked, events)


def release(here: WorkScreen[Config, History]) -> None:
    """Let go of the crew; jobs that another visitor also watches go on."""
    if here.crew is not None:
        here.crew.release()
        here.crew = None


def stop(here: WorkScreen[Config, History]) -> None:
    """End the work; what was drawn stays, and what is kept a later start goes on from."""
    poll(here)
    release(here)


def reset(here: WorkScreen[Config, History]) -> None:
    """End the work and clear the picture; nothing that was kept is deleted."""
    release(here)
    here.history, here.config, here.origin, here.problem = None, None, "nothing", ""
    here.damaged = None


def poll(here: WorkScreen[Config, History]) -> None:
    """Take what the jobs have told since, and renew their leases."""
    here.pace = max(here.work.shortest, pace(workers.manager().watchers))
    if here.crew is None or here.history is None:
        return
    here.history.take(here.crew.news())
    if here.crew.error is not None and not here.history.finished:
        here.problem = str(here.crew.error)
        release(here)
