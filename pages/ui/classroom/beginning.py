"""Who of a room may begin the run of a question: told before it is asked, since a run that nobody
may begin would never end."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab.classroom.room import Room
from kdlab.errors import KdlabError
from kdlab.experiments.experiment import Experiment
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from kdlab.lessons.lesson import Link
from kdlab.translation import say
from pages.ui.classroom import going
from pages.ui.shell import prose, refusals, workers


def told(room: Room, link: Link) -> bool:
    """Whether somebody may begin it. Said where visitors may not: then the instructor's page does,
    or nobody."""
    why = refused(link, Visitor("a class", rights=tuple(room.allowed)))
    if not why:
        return True
    if refused(link, visitor.current()):
        st.warning(
            prose.plain(say("Nobody in this class may begin that run. {why}", why=why)),
            icon=":material/hourglass_disabled:",
        )
        return False
    st.caption(
        prose.plain(
            say("Visitors may not begin this run, so your page does: keep it open. {why}", why=why)
        )
    )
    return True


def refused(link: Link, who: Visitor) -> str:
    """Why ``who`` may not begin the run of ``link``; empty where he may, or its result is known."""
    config, experiment = going.settings(link), going.experiment(link)
    if config is None or experiment is None:
        return ""
    with visitor.acting_for(who):
        try:
            experiment.check(config)
        except KdlabError as error:
            return "" if _is_known(experiment, config) else refusals.sentence(error, type(config))
    return ""


def _is_known(experiment: Experiment[Any, Any], config: Any) -> bool:
    try:
        asked = experiment.normal(config)
        history = experiment.history(asked)
        history.take(experiment.load_result(asked, workers.store()))
    except KdlabError:
        return False
    return bool(history.complete)
