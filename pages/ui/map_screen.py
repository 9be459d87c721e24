"""What one visitor's map shows: the events of its shares, folded; how to start and stop it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.jobs.crew import Crew
from kdlab.sweep import SweepConfig, SweepHistory, normal, recall
from kdlab.sweep.spread import crew_of
from pages.ui import background
from pages.ui.screen import HELD_SECONDS, MOVING_SECONDS, pace

PAGE = "map"


@dataclass
class MapScreen:
    """One visitor's map: its history, and the crew that trains it, if any."""

    history: SweepHistory | None = None
    crew: Crew | None = None
    origin: Literal["nothing", "bundled", "stored", "trained here"] = "nothing"
    problem: str = ""
    looked_up: str = ""
    other: bool = False
    """Whether the controls say another map than the one on screen."""
    pace: float = MOVING_SECONDS

    @property
    def running(self) -> bool:
        """Whether shares of the map are queued or at work."""
        return self.crew is not None and not self.crew.finished

    @property
    def interval(self) -> float | None:
        """Seconds between two polls; None while nothing moves."""
        if not self.running:
            return None
        waits = self.crew is not None and self.crew.queue_position > 0
        return HELD_SECONDS if waits else self.pace


def screen() -> MapScreen:
    """This visitor's map."""
    found: MapScreen = st.session_state.setdefault("map.screen", MapScreen())
    return found


def settle(config: SweepConfig | None) -> None:
    """Show what is known of ``config``'s map, once, unless another one is being trained."""
    here = screen()
    if config is None or here.looked_up == normal(config).fingerprint():
        return
    if here.running:
        return  # it is looked up when the run has ended
    here.looked_up, here.problem = normal(config).fingerprint(), ""
    _show_stored(here, config)


def _show_stored(here: MapScreen, config: SweepConfig) -> None:
    try:
        events = recall(config, background.store())
        origin: Literal["stored", "bundled"] = "stored"
        if not events:
            events, origin = recall(config, background.store(), bundled=True), "bundled"
    except KdlabError as error:
        here.problem = str(error)
        return
    if events:
        here.crew, here.problem, here.origin = None, "", origin
        here.history = SweepHistory(normal(config), events)


def train(config: SweepConfig) -> None:
    """Train what is missing of the map; what the store has of it is there at once."""
    here = screen()
    release(here)
    here.problem, here.looked_up = "", normal(config).fingerprint()
    here.history = SweepHistory(normal(config))
    here.origin = "trained here"
    with contextlib.suppress(KdlabError):  # whoever trains finds what is wrong, and says it
        here.history.take(recall(config, background.store()))
    manager = background.manager()
    try:
        here.crew = crew_of(
            manager, normal(config), background.free_workers(), background.owner(PAGE)
        )
    except KdlabError as error:
        here.problem = str(error)


def release(here: MapScreen) -> None:
    """Let go of the crew; shares that another visitor also watches go on."""
    if here.crew is not None:
        here.crew.release()
        here.crew = None


def stop() -> None:
    """End the training; what was drawn stays, and cohorts that are done are kept."""
    here = screen()
    poll(here)
    release(here)


def reset() -> None:
    """End the training and clear the picture; nothing that was kept is deleted."""
    here = screen()
    release(here)
    here.history, here.origin, here.problem = None, "nothing", ""


def poll(here: MapScreen) -> None:
    """Take what the shares have told since, and renew their leases."""
    here.pace = pace(background.manager().watchers)
    if here.crew is None or here.history is None:
        return
    here.history.take(here.crew.news())
    if here.crew.error is not None:
        here.problem = str(here.crew.error)
        release(here)
