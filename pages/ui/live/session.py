"""What one visitor looks at on the live page, and how it gets there: store, job, player.

The page's script builds a configuration; this module shows its stored run or submits it, takes in
the events of its job, and keeps the job's lease. It draws nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal

import streamlit as st

from kdlab import predicted
from kdlab.config.schema import DistilConfig
from kdlab.errors import DamagedError, KdlabError
from kdlab.events import Event
from kdlab.experiments.run import run as work
from pages.ui.live.player import Player
from pages.ui.shell import refusals, workers
from pages.ui.stage.pace import HELD_SECONDS, MOVING_SECONDS, pace

PAGE = "live"
LONGEST_STEP = 2.5
"""In polls: a replay on a machine that cannot keep up takes longer, and skips less."""
SOON_SECONDS = 2.0
"""The first in the queue is likely to begin at once, unless he has waited longer than this."""

Origin = Literal["nothing", "bundled", "stored", "trained here"]
Outcome = Literal["in training", "stopped", "failed", "finished"]


@dataclass
class Screen:
    """What one visitor looks at: a player, the configuration it plays, and its job, if any."""

    player: Player = field(default_factory=Player)
    config: DistilConfig | None = None
    origin: Origin = "nothing"
    job: Any = None
    attempt: int = 0
    taken: int = 0
    problem: str = ""
    damaged: DamagedError | None = None
    """What is stored of the settings on the controls and cannot be read."""
    scrubber: int = 0
    looked_up: str = ""
    submitted: float = 0.0
    pace: float = MOVING_SECONDS
    drawing: bool = False
    """True while the buttons and all that is below them are drawn in one go."""

    @property
    def outcome(self) -> Outcome:
        """How the run on the screen stands; what came from the store is finished, or it failed."""
        if self.player.history.finished is not None:
            return "finished"
        if self.player.history.failed is not None or (self.job and self.job.error is not None):
            return "failed"
        return "in training" if self.running else "stopped"

    @property
    def running(self) -> bool:
        """Whether a job of ours is queued or at work. Its end comes after its last event, and may
        still bring an error."""
        return self.job is not None and not self.job.state.is_finished

    @property
    def waits(self) -> bool:
        """Whether our job is in the queue."""
        return self.running and self.job.queue_position > 0

    @property
    def interval(self) -> float | None:
        """Seconds between polls; None where nothing can change by itself."""
        if self.waits:
            soon = self.job.queue_position == 1 and (
                time.monotonic() - self.submitted < SOON_SECONDS
            )
            return self.pace if soon else HELD_SECONDS
        if self.moves:
            return self.pace
        return HELD_SECONDS if self.running else None

    @property
    def moves(self) -> bool:
        """Whether the picture changes by itself, unless the run waits in the queue."""
        follows = self.running and self.player.playing and not self.player.told
        return self.player.moving or follows


def screen() -> Screen:
    """This visitor's screen."""
    found: Screen = st.session_state.setdefault("live.screen", Screen())
    return found


def settle(config: DistilConfig | None) -> None:
    """Show the stored run of ``config``, if there is one, unless a run is going on.

    A configuration is looked up once, also while a run goes on: who has pressed Reset does not get
    the picture back, and a run that ends is not replaced by what the controls say meanwhile.
    """
    here = screen()
    if config is None or here.looked_up == config.fingerprint():
        return
    here.looked_up, here.damaged = config.fingerprint(), None
    if not here.running:
        _show_stored(here, config, replay=False)


def look(config: DistilConfig) -> list[Event] | None:
    """The stored run of ``config``; DamagedError also where its teacher is damaged."""
    store = workers.store()
    events = store.events(config)
    store.look_at_teacher(config.teacher_config())
    return events


def look_again(here: Screen) -> None:
    """What was damaged is gone, or was made anew meanwhile."""
    here.looked_up, here.damaged = "", None


def train(config: DistilConfig) -> None:
    """Play the stored run of ``config`` from its beginning, or submit it and follow it.

    A run that comes with the lab does not count: who presses Train sees training. Where this
    visitor may not, whatever goes on goes on.
    """
    here = screen()
    here.problem = refused(config)
    if here.problem:
        return
    release(here)
    here.damaged = None  # whoever trains makes anew what is damaged
    here.looked_up = config.fingerprint()
    if _show_stored(here, config, replay=True):
        return
    try:
        here.job = workers.manager().submit(
            work.run, config, owner=workers.owner(PAGE), key=config.fingerprint()
        )
    except KdlabError as error:
        here.problem = str(error)
        return
    here.config, here.origin = config, "trained here"
    here.submitted = time.monotonic()
    here.attempt = here.taken = 0
    here.player.start()


def refused(config: DistilConfig | None) -> str:
    """Why this visitor may not train ``config``; what is stored is replayed for everybody."""
    found = refusals.refused(predicted.of_run, config)
    if not found or config is None:
        return ""
    try:
        stored = workers.store().load_run(config) is not None
    except KdlabError:
        stored = False
    return "" if stored else found


def set_pace(here: Screen) -> None:
    """Fit the pace of this page's polls to the number of pages that watch a run."""
    here.pace = pace(workers.manager().watchers)


def _show_stored(here: Screen, config: DistilConfig, *, replay: bool) -> bool:
    store = workers.store()
    try:
        events = store.load_run(config) if replay else look(config)
    except DamagedError as error:
        here.damaged = None if replay else error
        return False
    except KdlabError as error:
        here.problem = str(error)
        return False
    if events is None:
        return False
    release(here)  # of a job that is over: what it still has to say belongs to another run
    here.problem = ""
    here.player.load(events, replay=replay)
    here.config = config
    here.origin = "bundled" if store.is_bundled(config) else "stored"
    return True


def release(here: Screen) -> None:
    """Let go of the job; it is cancelled unless another visitor also watches it."""
    if here.job is not None:
        here.job.release(workers.owner(PAGE))
        here.job = None


def stop() -> None:
    """End the run; what was drawn stays."""
    here = screen()
    poll(here)
    release(here)
    here.player.close()
    here.player.to_end()


def reset() -> None:
    """End the run and clear the picture."""
    here = screen()
    release(here)
    here.player.clear()
    here.config, here.origin, here.problem = None, "nothing", ""
    here.damaged = None


def poll(here: Screen) -> None:
    """Take what the job has said since, renew its lease, and move the playhead."""
    if here.job is not None:
        attempt, new = here.job.read(here.attempt, here.taken)
        if attempt != here.attempt:  # its worker died, another one begins anew
            here.attempt, here.taken = attempt, 0
            here.player.restart()
        here.taken += len(new)
        here.player.extend(new)
        if here.job.state.is_finished:
            if here.job.error is not None:
                here.problem = str(here.job.error)
            here.player.close()
        else:
            here.job.renew(workers.owner(PAGE))
    here.player.tick(LONGEST_STEP * here.pace)
