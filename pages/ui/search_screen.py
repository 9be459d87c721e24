"""What one visitor's search shows, and how to start and stop it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from kdlab import search
from kdlab.errors import KdlabError
from kdlab.jobs.crew import Crew
from kdlab.search import SearchConfig
from kdlab.search.history import SearchHistory
from kdlab.search.spread import crew_of
from pages.ui import background
from pages.ui.screen import HELD_SECONDS, pace

PAGE = "search"
SHORTEST_SECONDS = 0.4
"""Between two polls: a group of trials takes longer than this."""


@dataclass
class SearchScreen:
    """One visitor's search: its history, and the crew that works on it, if any."""

    history: SearchHistory | None = None
    config: SearchConfig | None = None
    crew: Crew | None = None
    problem: str = ""
    bundled: bool = False
    looked_up: str = ""

    @property
    def running(self) -> bool:
        """Whether the search is queued or at work."""
        return self.crew is not None and not self.crew.finished

    @property
    def interval(self) -> float | None:
        """Seconds between two polls; None while nothing moves."""
        if not self.running:
            return None
        if self.crew is not None and self.crew.queue_position > 0:
            return HELD_SECONDS
        return max(SHORTEST_SECONDS, pace(background.manager().watchers))


def screen() -> SearchScreen:
    """This visitor's search."""
    found: SearchScreen = st.session_state.setdefault("search.screen", SearchScreen())
    return found


def settle(config: SearchConfig | None) -> None:
    """Show what was found of ``config``, once, unless another search is going on."""
    here = screen()
    if config is None or here.looked_up == search.normal(config).fingerprint():
        return
    if here.running:
        return  # it is looked up when the search has ended
    here.looked_up, here.problem = search.normal(config).fingerprint(), ""
    try:
        events, bundled = search.recall(config, background.store())
    except KdlabError as error:
        here.problem = str(error)
        return
    if events:
        here.crew, here.problem, here.bundled = None, "", bundled
        here.config, here.history = search.normal(config), SearchHistory(events)


def start(config: SearchConfig) -> None:
    """Search, or go on with what was tried of the same search before; on every worker."""
    here = screen()
    release(here)
    config = search.normal(config)
    here.problem, here.config, here.history = "", config, SearchHistory()
    here.bundled, here.looked_up = False, config.fingerprint()
    try:
        here.crew = crew_of(
            background.manager(), config, background.free_workers(), background.owner(PAGE)
        )
    except KdlabError as error:
        here.problem = str(error)


def release(here: SearchScreen) -> None:
    """Let go of the crew; a search that another visitor also watches goes on."""
    if here.crew is not None:
        here.crew.release()
        here.crew = None


def stop() -> None:
    """End the search; what was tried is kept, and a later start goes on from there."""
    here = screen()
    poll(here)
    release(here)


def reset() -> None:
    """End the search and clear the picture; nothing that was kept is deleted."""
    here = screen()
    release(here)
    here.history, here.config, here.problem = None, None, ""


def poll(here: SearchScreen) -> None:
    """Take what was told since, and renew the leases."""
    if here.crew is None or here.history is None:
        return
    here.history.take(here.crew.news())
    if here.crew.error is not None and here.history.finished is None:
        here.problem = str(here.crew.error)
        release(here)
