"""Runs whose T and alpha a visitor turns: who loads the page anew finds his own again."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import streamlit as st

from kdlab import checks
from kdlab.config.schema import DistilConfig
from kdlab.errors import JobError, KdlabError
from kdlab.experiments.run import steering
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.runner import job_group
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from kdlab.jobs.group import JobGroup
from pages.ui.shell import visiting, workers
from pages.ui.shell.state import State

Here = tuple[Visitor, str]
"""A visitor and his browser: where all are the owner, there are others."""

_lock = threading.Lock()


@dataclass
class Turning:
    """One run: how it began, as ``asked``, and T and alpha as they were told last. All pages that
    show it share this."""

    asked: DistilConfig
    job: str
    """The id of its job, and the key, which only who has this can join."""
    key: str
    wish: tuple[float, float]

    def turn(self, jobs: JobGroup, temperature: float, alpha: float) -> None:
        """They count from the next epoch on."""
        self.wish = temperature, alpha
        steering.turn(jobs, temperature, alpha)

    def jobs(self, owner: str) -> JobGroup:
        """Those at work at it, which ``owner`` joins; JobError where it has just ended."""
        jobs = job_group(workers.manager(), steering.tasks(self.asked, self.key), owner)
        if jobs.jobs[0].id != self.job:
            jobs.release()  # it would train from the beginning, and nobody has asked for that
            raise JobError("the run has ended", "a run that is at work", "Press Train for another")
        return jobs

    def stands_at(self, config: DistilConfig) -> bool:
        """Whether ``config`` is how it began, but for T and alpha, which are as told last."""
        temperature, alpha = self.wish
        now = self.asked.model_copy(update={"temperature": temperature, "alpha": alpha})
        return checks.normal(now) == checks.normal(config)


def begin(asked: DistilConfig, owner: str) -> tuple[Turning, JobGroup]:
    """Hand in ``asked``, which is normal; nobody else joins it."""
    jobs = DISTILL.jobs(workers.manager(), asked, 1, owner, steerable=True)
    job = jobs.jobs[0]
    one = Turning(asked, job.id, job.key, (asked.temperature, asked.alpha))
    with _lock:
        known = _known()
        for who in list(known):
            known[who] = [held for held in known[who] if _is_at_work(held, who)]
            if not known[who]:
                del known[who]
        known.setdefault(_here(), []).append(one)
    return one, jobs


def going(config: DistilConfig) -> Turning | None:
    """The newest run at work that this visitor turns in this browser and that stands where the
    controls do, if there is one."""
    here = _here()
    with _lock:
        held = list(reversed(_known().get(here, [])))
    at_work = (one for one in held if one.stands_at(config) and _is_at_work(one, here))
    return next(at_work, None)


def has_begun(here: State[DistilConfig]) -> bool:
    """Whether there is such a run at the settings of this page."""
    try:
        return going(here.config()) is not None
    except KdlabError:  # the controls ask for what cannot be
        return False


def _here() -> Here:
    return visitor.current(), visiting.browser()


def _is_at_work(one: Turning, here: Here) -> bool:
    return workers.manager().is_at_work({one.key}, here[0])


@st.cache_resource(show_spinner=False)
def _known() -> dict[Here, list[Turning]]:
    """What was begun and may be at work."""
    return {}
