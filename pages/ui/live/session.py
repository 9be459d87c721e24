"""What one visitor looks at on the live page: a run, like all work, whose epochs a player shows.

A run that this machine has made is played again instead of being trained again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kdlab.config.schema import DistilConfig
from kdlab.errors import DamagedError, KdlabError
from kdlab.events import Event
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.run.history import History
from kdlab.jobs.group import JobGroup
from pages.ui.live import turning
from pages.ui.live.standing import progress, stopped
from pages.ui.live.turning import Turning
from pages.ui.shell import prose, workers
from pages.ui.stage import withheld
from pages.ui.stage.session import WorkScreen
from pages.ui.stage.work import Work

PAGE = "live"


@dataclass
class LiveScreen(WorkScreen[DistilConfig, History]):
    """What one visitor sees of a run."""

    turns: bool = False
    """Whether T and alpha of a run that begins now may be turned while it goes on."""
    turning: Turning | None = None
    """The run on screen, where it is such a run."""
    told: tuple[float, float] = (0.0, 0.0)
    """T and alpha of that run as this page has told or found them last: another page of the same
    visitor may turn it, too, and what stands on the controls here is no wish then."""

    def settle(self, config: DistilConfig | None) -> None:
        """As of all work, but a configuration is looked up once, also while a run goes on: who has
        pressed Reset does not get the picture back, and a run that ends is not replaced by what the
        controls say meanwhile.
        """
        if config is None:
            return
        if self.looked_up != config.fingerprint():
            if self.running:
                self.looked_up, self.damaged = config.fingerprint(), None
            elif not self.joins(config):
                self.look_up(config)
        if self.turning is not None:
            self.other = not self.turning.stands_at(config)
        else:
            self.other = self.config is not None and self.config != config

    def look_up(self, config: DistilConfig) -> None:
        """As of all work; what is found was turned by nobody here."""
        before = self.starts
        super().look_up(config)
        if self.starts != before:
            self.turning = None

    def stored(self, config: DistilConfig, *, bundled: bool = False) -> list[Event]:
        """Also a run whose data may have changed since; DamagedError also where its teacher is
        damaged."""
        store = workers.store()
        events = store.events(config) if store.is_bundled(config) == bundled else None
        if not bundled:
            store.look_at_teacher(config.teacher_config())
        return events or []

    def folded(self, config: DistilConfig, events: Iterable[Event]) -> History:
        return History(events)

    def refused(self, config: DistilConfig | None) -> str:
        """What is stored is played for everybody, unless a class predicts it."""
        found = super().refused(config)
        if not found or config is None:
            return ""
        if withheld.why(self.work.experiment, config):
            return found
        try:
            stored = workers.store().load_run(config) is not None
        except KdlabError:
            stored = False
        return "" if stored else found

    def joins(self, config: DistilConfig, *, anybody: bool = False) -> bool:
        """As of all work; a run that is turned is known by how it began, and is nobody else's."""
        found = None if anybody else turning.going(config)
        if found is None:
            joined = super().joins(config, anybody=anybody)
        else:
            joined = self.take_up(found.asked, found.jobs)
        if joined:
            self.turning = found
            self.told = found.wish if found is not None else self.told
            self.looked_up = config.fingerprint()  # as it stands on the controls by now
        return joined

    def handed_in(self, asked: DistilConfig, count: int, owner: str) -> JobGroup:
        """A run that is turned is its visitor's alone: nobody joins it."""
        if not self.turns:
            self.turning = None
            return super().handed_in(asked, count, owner)
        self.turning, jobs = turning.begin(asked, owner)
        self.told = self.turning.wish
        return jobs

    def turn(self, config: DistilConfig) -> None:
        """T and alpha on the controls count from the next epoch on, where the run is such a one."""
        wish = (config.temperature, config.alpha)
        may = self.turns and self.running  # the switch may be turned off in mid-run, too
        if may and self.turning is not None and self.jobs is not None and wish != self.told:
            self.told = wish
            self.turning.turn(self.jobs, *wish)

    def replays(self, config: DistilConfig) -> bool:
        """Play the stored run from its beginning. A run that comes with the lab does not count: who
        presses Train sees training; nor does any for who wants to turn it."""
        if self.turns:
            return False
        self.damaged = None  # whoever trains makes anew what is damaged
        try:
            events = workers.store().load_run(config)
        except DamagedError:
            return False
        except KdlabError as error:
            self.problem = str(error)
            return False
        if events is None:
            return False
        self.history, self.config, self.turning = History(events), config, None
        self.starts, self.plays = self.starts + 1, True
        self.origin, self.broken = "stored", False
        return True

    def begun(self, config: DistilConfig) -> History:
        return History()

    def poll(self) -> None:
        """As of all work, but an error counts that comes after the last event, too."""
        group = self.jobs
        super().poll()
        if self.turning is not None and group is not None:  # what was done, not what was asked
            self.config = self.known.performed(self.turning.asked)
        over = group is not None and not self.running and not group.cancelled
        if over and group is not None and group.error is not None:
            self.problem, self.broken = str(group.error), True


WORK = Work(
    page=PAGE,
    experiment=DISTILL,
    icon="model_training",
    start="Train",
    start_key="train",
    steps=True,
    words=prose.Sections("live"),
    progress=progress,
    stopped=stopped,
    screen=LiveScreen,
)
