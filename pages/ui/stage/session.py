"""What one visitor sees of work (a run, a map, a search, a study), and how to start and stop it.

What a visitor sees of a kind of work (:class:`~pages.ui.stage.work.Work`) is a
:class:`WorkScreen`: the events of its jobs, folded, each time that his page runs; in between his
browser is told by the server's hub, to which a screen subscribes. Nothing is drawn here;
:mod:`pages.ui.stage.stage` does that.
"""

from __future__ import annotations

import contextlib
import functools
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Literal

import streamlit as st

from kdlab.errors import DamagedError, KdlabError
from kdlab.events import Event
from kdlab.hosting import visitor
from kdlab.jobs.group import JobGroup
from kdlab.streams import JobsSource, Subscription
from pages.ui.shell import refusals, workers
from pages.ui.stage import withheld
from pages.ui.stage.work import Config, History, Work
from pages.ui.stream import hub

Origin = Literal["nothing", "bundled", "stored", "trained here"]
Outcome = Literal["in training", "stopped", "failed", "finished"]


@dataclass
class WorkScreen(Generic[Config, History]):
    """What one visitor sees of one kind of work: its history, and the jobs at it, if any."""

    work: Work[Config, History]
    history: History | None = None
    config: Config | None = None
    """Of the history, normal."""
    jobs: JobGroup | None = None
    origin: Origin = "nothing"
    problem: str = ""
    damaged: DamagedError | None = None
    """What is stored of the settings on the controls and cannot be read."""
    looked_up: str = ""
    other: bool = False
    """Whether the controls ask for another one than the one on screen."""
    broken: bool = False
    """Whether a job of the work on screen ended in an error."""
    subscription: Subscription | None = None
    """To what its jobs tell, while they are at work."""
    drawn: dict[str, set[str]] = field(default_factory=dict)
    """Part of the page -> the names of what was drawn in it last."""
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    """Of this screen, in the browser."""
    starts: int = 0
    """How often work began, or was looked up: the player starts again with each."""
    begins: int = 0
    """How often this visitor had work begin, or went on with it; not what was looked up."""
    plays: bool = False
    """Whether the player begins with the first epoch of what is over."""

    # -- how it stands ----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether jobs are queued or at work."""
        return self.jobs is not None and not self.jobs.finished

    @property
    def player(self) -> str:
        """The name of the player that says which epoch is shown; empty where there is none."""
        return self.work.page if self.work.steps else ""

    @property
    def mark(self) -> str:
        """Names what is on screen, for the player."""
        return f"{self.name}.{self.starts}"

    @property
    def known(self) -> History:
        """The history, for what is drawn only where there is one."""
        assert self.history is not None, "what is drawn or told has a history"
        return self.history

    @property
    def outcome(self) -> Outcome:
        """How the work on screen stands; what came from the store is finished, or it failed."""
        if self.history is not None and self.history.complete:
            return "finished"
        if self.broken or (self.history is not None and self.history.failed is not None):
            return "failed"
        return "in training" if self.running else "stopped"

    # -- what is stored ---------------------------------------------------------------------

    def settle(self, config: Config | None) -> None:
        """Show what is known of ``config``, once, unless another one is at work: work at it that
        this visitor began in another tab, or before he loaded the page anew, else what is kept."""
        if config is None:
            return
        mark = self.work.experiment.normal(config).fingerprint()
        new = self.looked_up != mark and not self.running  # else later: when what runs has ended
        if new and not self.joins(config):
            self.look_up(config)
        shown = self.config
        self.other = shown is not None and shown.fingerprint() != mark

    def joins(self, config: Config, *, anybody: bool = False) -> bool:
        """Go on to watch ``config`` where this visitor has work at it already, or ``anybody`` has;
        whether so."""
        asked = self.work.experiment.normal(config)
        who = None if anybody else visitor.current()
        going = self.work.experiment.going(workers.manager(), asked, who)
        if not going:
            return False
        join = functools.partial(self.work.experiment.jobs, workers.manager(), asked, going)
        return self.take_up(asked, join)

    def goes_on(self, config: Config | None) -> bool:
        """Whether somebody trains just this now, and this visitor, who might begin it himself, does
        not watch it: it is no secret to who has the same settings, and who presses Train joins it.
        """
        if config is None or self.running:
            return False
        asked = self.work.experiment.normal(config)
        if self.outcome == "finished" and self.config == asked:
            return False
        going = self.work.experiment.going(workers.manager(), asked, None)
        return going > 0 and not self.refused(config)

    def watch_it(self, config: Config) -> None:
        """Watch what :meth:`goes_on`; where it has just ended, show what is kept of it. Who watches
        keeps it going, so only who may begin it may."""
        self.problem = self.refused(config)
        if not self.problem and not self.joins(config, anybody=True):
            self.look_again()

    def look_up(self, config: Config) -> None:
        """Show what this machine has of ``config``; what comes with the lab where that is none, or
        a part only."""
        self.looked_up = self.work.experiment.normal(config).fingerprint()
        self.problem, self.damaged = "", None
        found = False
        places: tuple[tuple[Origin, bool], ...] = (("stored", False), ("bundled", True))
        for origin, bundled in places:
            try:
                events = self.stored(config, bundled=bundled)
            except DamagedError as error:
                self.damaged = self.damaged or error
                continue
            except KdlabError as error:
                self.problem = str(error)
                return
            if not events:
                continue
            history = self.folded(config, events)
            if history.complete or not found:
                self.release()  # jobs that are over: what they would tell belongs to another work
                self.starts += 1
                self.origin, self.broken, found, self.plays = origin, False, True, False
                self.config, self.history = self.work.experiment.normal(config), history
            if history.complete:
                return

    def stored(self, config: Config, *, bundled: bool = False) -> list[Event]:
        """What this machine has of ``config``, or where ``bundled``, what comes with the lab."""
        return self.work.experiment.load_result(config, workers.store(), bundled=bundled)

    def look_again(self) -> None:
        """What was damaged is gone, or was made again meanwhile."""
        self.looked_up, self.damaged = "", None

    def folded(self, config: Config, events: Iterable[Event]) -> History:
        """The history of ``config`` that ``events`` tell."""
        history: History = self.work.experiment.history(self.work.experiment.normal(config))
        history.take(events)
        return history

    # -- what the buttons do ----------------------------------------------------------------

    def refused(self, config: Config | None) -> str:
        """Why this visitor may not begin ``config``; empty where he may, or where there is none."""
        if config is not None:
            if why := withheld.why(self.work.experiment, config):
                return why
            try:
                self.work.experiment.check(config)
            except KdlabError as error:
                return refusals.sentence(error, type(config))
        return ""

    def start(self, config: Config) -> None:
        """Hand to the workers what is missing; what the store has of it is there at once. Where
        this visitor may not, whatever goes on goes on."""
        if withheld.why(self.work.experiment, config):
            return  # said beside the button, for as long as it is so
        self.problem = self.refused(config)
        if self.problem:
            return
        self.release()
        asked = self.work.experiment.normal(config)
        self.looked_up = asked.fingerprint()
        self.begins += 1
        if not self.replays(asked):
            self.begin(asked, workers.free_workers())

    def begin(self, asked: Config, count: int) -> None:
        """Hand ``asked``, which is normal, to ``count`` workers, or join those at work at it."""
        self.take_up(asked, functools.partial(self.handed_in, asked, count))

    def take_up(self, asked: Config, jobs: Callable[[str], JobGroup]) -> bool:
        """Watch the work at ``asked`` for which ``jobs(owner)`` has got this owner; whether it goes
        on."""
        self.looked_up = asked.fingerprint()
        try:
            self.jobs = jobs(workers.owner(self.work.page))
        except KdlabError as error:  # what was shown stays
            self.problem = str(error)
            return False
        self.damaged, self.origin, self.broken = None, "trained here", False
        self.config, self.history = asked, self.begun(asked)
        self.starts, self.begins, self.plays = self.starts + 1, self.begins + 1, False
        self.watch()
        return self.running

    def handed_in(self, asked: Config, count: int, owner: str) -> JobGroup:
        """The jobs of ``asked``."""
        return self.work.experiment.jobs(workers.manager(), asked, count, owner)

    def watch(self) -> None:
        """Have the browser told of the jobs from now on."""
        if self.jobs is not None and self.config is not None:
            begin = functools.partial(self.begun, self.config)
            self.subscription = hub.subscribe(JobsSource(self.jobs, begin))

    def replays(self, config: Config) -> bool:
        """Whether ``config`` needs no job, since what is stored of it is played instead."""
        return False

    def begun(self, config: Config) -> History:
        """The history of work that has just been handed in: what the store has of it."""
        events: list[Event] = []
        with contextlib.suppress(KdlabError):  # whoever works finds what is wrong, and says it
            events = self.stored(config)
        return self.folded(config, events)

    def release(self) -> None:
        """Let go of the jobs; those that another visitor also watches go on."""
        if self.jobs is not None:
            self.jobs.release()
            self.jobs = None
        if self.subscription is not None:
            hub.hub().unsubscribe(self.subscription)
            self.subscription = None

    def stop(self) -> None:
        """End the work; what was drawn stays, and what is kept a later start goes on from. For
        others who watch it goes on, but where the machine's owner has it stop."""
        self.poll()
        if self.jobs is not None and visitor.current().owner:
            self.jobs.cancel()
        self.release()

    def reset(self) -> None:
        """End the work and clear the picture; nothing that was kept is deleted."""
        self.release()
        self.history, self.config, self.origin, self.problem = None, None, "nothing", ""
        self.damaged, self.broken = None, False

    def poll(self) -> None:
        """Take what the jobs have told since, and renew their leases."""
        if self.jobs is None or self.history is None:
            return
        self.take(self.jobs.news())
        if self.jobs.error is not None and not self.history.complete:
            if not self.jobs.cancelled:  # else it stands there as stopped
                self.problem, self.broken = str(self.jobs.error), True
            self.release()
        elif self.jobs.finished:
            self.release()  # what they told is all here
        elif self.subscription is None or self.subscription.over:
            self.watch()  # its browser was away for too long, and has come again

    def take(self, events: Iterable[Event]) -> None:
        """Add what the jobs have told since."""
        if self.history is not None:
            self.history.take(events)


def screen(work: Work[Config, History]) -> WorkScreen[Config, History]:
    """What this visitor sees of ``work``."""
    found: WorkScreen[Config, History]
    found = st.session_state.setdefault(f"{work.page}.screen", (work.screen or WorkScreen)(work))
    found.work = work  # a page may word its work anew in every run
    return found
