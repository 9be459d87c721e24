"""Runs whose T and alpha a visitor turns: who loads the page anew finds his own again."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import streamlit as st

from kdlab import checks
from kdlab.config.schema import DistilConfig
from kdlab.errors import KdlabError
from kdlab.experiments.run import steering
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.runner import job_group
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from kdlab.jobs.group import JobGroup
from pages.ui.shell import workers
from pages.ui.shell.state import State

_lock = threading.Lock()


@dataclass
class Turning:
    """One run: how it began, as ``asked``, and T and alpha as they were told last. All pages that
    show it share this."""

    asked: DistilConfig
    key: str
    """Of its job, which only who has this can join."""
    wish: tuple[float, float]

    def turn(self, jobs: JobGroup, config: DistilConfig) -> None:
        """T and alpha of ``config`` count from the next epoch on, where they are others."""
        wish = (config.temperature, config.alpha)
        if wish != self.wish:
            self.wish = wish
            steering.turn(jobs, *wish)

    def jobs(self, owner: str) -> JobGroup:
        """Those at work at it, which ``owner`` joins."""
        tasks = steering.tasks(self.asked, self.key)
        return job_group(workers.manager(), tasks, owner)

    def stands_at(self, config: DistilConfig) -> bool:
        """Whether ``config`` is how it began, but for T and alpha, which are as told last."""
        temperature, alpha = self.wish
        now = self.asked.model_copy(update={"temperature": temperature, "alpha": alpha})
        return checks.normal(now) == checks.normal(config)


def begin(asked: DistilConfig, owner: str) -> tuple[Turning, JobGroup]:
    """Hand in ``asked``, which is normal; nobody else joins it."""
    jobs = DISTILL.jobs(workers.manager(), asked, 1, owner, steerable=True)
    one = Turning(asked, jobs.jobs[0].key, (asked.temperature, asked.alpha))
    with _lock:
        known = _known()
        for who in [who for who, held in known.items() if not _is_at_work(held, who)]:
            del known[who]
        known[visitor.current()] = one
    return one, jobs


def going(config: DistilConfig) -> Turning | None:
    """The run at work that this visitor turns, if it stands where the controls do."""
    with _lock:
        found = _known().get(visitor.current())
    if found is None or not found.stands_at(config):
        return None
    return found if _is_at_work(found, visitor.current()) else None


def has_begun(here: State[DistilConfig]) -> bool:
    """Whether there is such a run at the settings of this page."""
    try:
        return going(here.config()) is not None
    except KdlabError:  # the controls ask for what cannot be
        return False


def _is_at_work(one: Turning, who: Visitor) -> bool:
    return workers.manager().is_at_work({one.key}, who)


@st.cache_resource(show_spinner=False)
def _known() -> dict[Visitor, Turning]:
    """Visitor -> the run that he began last."""
    return {}
