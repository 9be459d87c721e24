"""What all visitors share: the workers, the store, and what is known of the machine.

The workers start when the first page asks for them, in the background: no page waits for
``import torch``.
"""

from __future__ import annotations

import threading
import time
import uuid

import streamlit as st

from kdlab import intervals
from kdlab.data import uploads
from kdlab.jobs import JobManager
from kdlab.store import Store
from kdlab.work import PRELOAD
from pages.ui.prose import plain

HEAD_START_SECONDS = 2.0
"""The first page is drawn before the workers begin to import torch on every core."""


@st.cache_resource(show_spinner=False)
def manager() -> JobManager:
    """The one manager of background jobs of this server; it starts soon after the first page."""
    uploads.guard(st.get_option("server.address") or "")
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
    so that a short run need not wait for a long one."""
    here = manager()
    return here.slots if here.watchers == 0 else max(1, here.slots - 1)


def show_workers() -> None:
    """One line on the workers; while they start it looks again every second."""
    starting = manager().state == "starting"
    st.fragment(_workers, run_every=1.0 if starting else None)(starting)


def _workers(starting: bool) -> None:
    here = manager()
    if here.state == "ready":
        where = here.address or f"{here.workers} on this machine"
        st.caption(f"Workers: ready ({where}).")
    elif here.state == "failed":
        st.warning(f"No workers: {plain(here.problem)}", icon=":material/warning:")
    else:
        st.caption(
            "Workers: getting ready, which takes up to half a minute. Everything but new training "
            "works already."
        )
    if starting and here.state != "starting":
        st.rerun()
