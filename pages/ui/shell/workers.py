"""What all visitors share: the workers, the store, and what is known of the machine.

The workers start with the server, in the background: no page waits for ``import torch``.
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass

import streamlit as st

from kdlab.experiments.runner import PRELOAD
from kdlab.hosting import open_files
from kdlab.jobs import JobManager
from kdlab.measure import intervals
from kdlab.storage.store import Store
from kdlab.translation import say

HEAD_START_SECONDS = 2.0
"""The server answers its first visitor before the workers begin to import torch on every core."""

USUAL_SECONDS = 30


@st.cache_resource(show_spinner=False)
def manager() -> JobManager:
    """The one manager of background jobs of this server; it starts soon after the server."""
    open_files.raise_limit()
    made = JobManager(preload=PRELOAD)
    threading.Thread(target=_prepare, args=(made,), name="preparing", daemon=True).start()
    return made


def _prepare(made: JobManager) -> None:
    time.sleep(HEAD_START_SECONDS)
    made.start()
    intervals.prepare()


def store() -> Store:
    """Finished runs and teachers on this machine's disk, and those that come with the lab."""
    return Store()


def owner(page: str) -> str:
    """Who asks for jobs: this visitor, on this page. A newer job of an owner replaces the older."""
    visitor = st.session_state.setdefault("visitor", uuid.uuid4().hex)
    return f"{visitor}:{page}"


def free_workers() -> int:
    """How many workers a map or a search may take: all, or all but one where others are at work,
    so that a short run need not wait for a long one; no more than this visitor may have."""
    here = manager()
    free = here.slots if here.watchers == 0 else max(1, here.slots - 1)
    return min(free, here.room())


def waits(place: int) -> str:
    """Why work at ``place`` in the queue, 1 or later, has not begun, in a sentence."""
    here = manager()
    if here.state == "starting":
        return say("The workers are getting ready; this starts as soon as they are")
    if here.watchers <= 1:
        return say("A worker is about to start")
    return say("Waiting for a worker: number {place} in the queue", place=place)


@dataclass(frozen=True)
class Standing:
    """How the workers stand."""

    state: str
    waited: int = 0
    """Seconds."""
    problem: str = ""
    where: str = ""


def standing() -> Standing:
    """How they stand now."""
    here = manager()
    problem = str(here.problem) if here.state == "failed" else ""
    where = here.address or say("{count} on this machine", count=here.workers)
    return Standing(str(here.state), int(here.waited), problem, where)


def line(now: Standing) -> str:
    """The same in a sentence, as it is."""
    if now.state == "ready":
        return say("Workers: ready ({where}).", where=now.where)
    if now.state == "failed":
        return say("No workers: {problem}", problem=now.problem)
    return say(
        "Workers: getting ready{so_far}. Everything except new training works already; this line "
        "changes when they are ready.",
        so_far=_so_far(now.waited),
    )


def _so_far(seconds: float) -> str:
    """Nothing for a moment, then how long it has taken, and what that means."""
    if seconds < 3:
        return ""
    took = say(", for {seconds} s so far", seconds=f"{seconds:.0f}")
    if seconds <= USUAL_SECONDS:
        return took + say(" (usually less than {seconds})", seconds=USUAL_SECONDS)
    return took + say(": longer than usual, as on a busy machine or a cold disk")
