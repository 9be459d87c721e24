"""What all visitors share: the workers, the store, and what is known of the machine.

The workers start when the first page asks for them, in the background: no page waits for
``import torch``.
"""

from __future__ import annotations

import threading
import uuid

import streamlit as st

from kdlab import intervals
from kdlab.data import uploads
from kdlab.jobs import JobManager
from kdlab.store import Store
from kdlab.work import PRELOAD
from pages.ui.prose import plain


@st.cache_resource(show_spinner=False)
def manager() -> JobManager:
    """The one manager of background jobs of this server, started."""
    uploads.guard(st.get_option("server.address") or "")
    made = JobManager(preload=PRELOAD)
    made.start()
    threading.Thread(target=intervals.prepare, name="imports", daemon=True).start()
    return made


def store() -> Store:
    """Finished runs and teachers on this machine's disk, and those that come with the lab."""
    return Store()


def owner(page: str) -> str:
    """Who asks for jobs: this visitor, on this page. A newer job of an owner replaces the older."""
    visitor = st.session_state.setdefault("visitor", uuid.uuid4().hex)
    return f"{visitor}:{page}"


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
