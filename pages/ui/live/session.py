"""What one visitor looks at on the live page: a run, like all work, with a player on top.

A run that this machine has made is replayed instead of being trained again, and what is shown of a
run is what its player shows: the playhead may lie before the newest epoch, or stand still.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from kdlab.config.schema import DistilConfig
from kdlab.errors import DamagedError, KdlabError
from kdlab.events import Event
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.run.history import History
from pages.ui.live.player import Player
from pages.ui.shell import prose, workers
from pages.ui.stage.session import TAB_SECONDS, Work, WorkScreen

PAGE = "live"
LONGEST_STEP = 2.5
"""In polls: a replay on a machine that cannot keep up takes longer, and skips less."""
SOON_SECONDS = 2.0
"""The first in the queue is likely to begin at once, unless he has waited longer than this."""
GROWING = ("Loss", "Fidelity", "Where they differ")
"""Tabs that show curves of a run."""


@dataclass
class LiveScreen(WorkScreen[DistilConfig, Player]):
    """What one visitor sees of a run. There always is a player; without a run it is empty."""

    submitted: float = 0.0
    restarts: int = 0
    """Of the job, as far as the player knows."""
    scrubber: int = 0
    """Numbers the sliders over the epochs; see :mod:`pages.ui.live.standing`."""
    scrubs: int = 0
    """How often one of them was moved."""

    def __post_init__(self) -> None:
        self.player = Player()
        self.history = self.player

    @property
    def moves(self) -> bool:
        """The player decides; a run that goes on behind a held picture does not move it."""
        follows = self.running and self.player.playing and not self.player.told
        return self.player.moving or follows

    @property
    def interval(self) -> float | None:
        """As of all work, but whoever is first in the queue looks often for a moment."""
        first = self.crew is not None and self.crew.queue_position == 1
        if first and time.monotonic() - self.submitted < SOON_SECONDS:
            return self.pace
        return super().interval

    @property
    def whole(self) -> History:
        return self.player.history

    @property
    def empty(self) -> bool:
        return self.player.empty and not self.player.playing

    @property
    def looks(self) -> tuple[object, ...]:
        return (*super().looks, self.player.playing, self.empty, self.scrubs)

    def tab_seconds(self, interval: float | None) -> float | None:
        """None also where the open tab shows nothing that grows: of a run that waits there is
        nothing to draw yet."""
        grows = st.session_state.get(f"{PAGE}.tab") in GROWING
        return max(2 * self.pace, TAB_SECONDS) if grows and interval and not self.waits else None

    def settle(self, config: DistilConfig | None) -> None:
        """Show the stored run of ``config``, if there is one, unless a run is going on.

        A configuration is looked up once, also while a run goes on: who has pressed Reset does not
        get the picture back, and a run that ends is not replaced by what the controls say
        meanwhile.
        """
        if config is None or self.looked_up == config.fingerprint():
            return
        if self.running:
            self.looked_up, self.damaged = config.fingerprint(), None
        else:
            self.look_up(config)

    def stored(self, config: DistilConfig, *, bundled: bool = False) -> list[Event]:
        """Also a run whose data may have changed since; DamagedError also where its teacher is
        damaged."""
        store = workers.store()
        events = store.events(config) if store.is_bundled(config) == bundled else None
        if not bundled:
            store.look_at_teacher(config.teacher_config())
        return events or []

    def folded(self, config: DistilConfig, events: Iterable[Event]) -> Player:
        self.player.load(events, replay=False)
        return self.player

    def refused(self, config: DistilConfig | None) -> str:
        """What is stored is replayed for everybody."""
        found = super().refused(config)
        if not found or config is None:
            return ""
        try:
            stored = workers.store().load_run(config) is not None
        except KdlabError:
            stored = False
        return "" if stored else found

    def replays(self, config: DistilConfig) -> bool:
        """Play the stored run from its beginning. A run that comes with the lab does not count: who
        presses Train sees training."""
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
        self.player.load(events, replay=True)
        self.config, self.origin, self.broken = config, "stored", False
        return True

    def begun(self, config: DistilConfig) -> Player:
        self.submitted, self.restarts = time.monotonic(), 0
        self.player.start()
        return self.player

    def stop(self) -> None:
        super().stop()
        self.player.close()
        self.player.to_end()

    def reset(self) -> None:
        super().reset()
        self.player.clear()
        self.history = self.player

    def take(self, events: Iterable[Event]) -> None:
        if self.crew is not None and self.crew.restarts != self.restarts:
            self.restarts = self.crew.restarts  # its worker died, another one begins anew
            self.player.restart()
        self.player.take(events)

    def poll(self) -> None:
        """As of all work, but an error counts that comes after the last event, too; and the
        playhead moves."""
        crew = self.crew
        super().poll()
        if crew is not None and not self.running:
            if crew.error is not None and not crew.cancelled:
                self.problem, self.broken = str(crew.error), True
            self.player.close()
        self.player.tick(LONGEST_STEP * self.pace)


WORK = Work(
    page=PAGE,
    experiment=DISTILL,
    icon="model_training",
    start="Train",
    start_key="train",
    words=prose.sections("live"),
    screen=LiveScreen,
)
