"""What a class predicts is not seen before its run: the picture is covered on every page that would
show it, it is not drawn beside another one, and nobody in the room begins that run alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from kdlab.classroom.room import Room
from kdlab.errors import KdlabError
from kdlab.experiments.experiment import Experiment
from kdlab.lessons.lesson import Link, Prediction
from kdlab.translation import say
from pages.ui.classroom import going, membership
from pages.ui.guide import going as guide
from pages.ui.guide import pointing
from pages.ui.shell import prose
from pages.ui.stage import withheld
from pages.ui.stage.session import WorkScreen

Part = Literal["", "pinned", "page"]
PINNED = {"live": "live_pin"}
"""Page on which another run may stand beside its own -> under what name that has its screen."""
ANSWERS = ".stMain { --kd-answers: hidden; }"
"""What is to be seen in a preset stands above the picture, in a component of its own."""
VERDICTS = ".stMain .st-key-verdicts { display: none; }"
"""Tables of what comes with the lab, of each choice of the page."""


def predicted(room: Room | None) -> Link | None:
    """The run whose result the class predicts now; None where there is none, or it is on."""
    asked = room.asked if room is not None else None
    if asked is None or not isinstance(asked.what, Prediction):
        return None
    waits = asked.phase in ("open", "closed") and going.known(asked.what.link)
    return asked.what.link if waits else None


def covers(room: Room, path: str) -> Part:
    """What is covered on the page at ``path``, which was drawn: the "page", where it shows what the
    class predicts, or has its settings on the controls; the "pinned" run where that is it."""
    link = predicted(room)
    asked = "" if link is None else _of(link)
    if not asked:
        return ""
    here, page = guide.state_of(path), guide.entry(path)
    shown = None if page is None else _screen(page.key)
    if shown is not None:
        on_controls = "" if here is None else _mark(shown.work.experiment, here.config)
        if asked in (_shown(shown), on_controls):
            return "page"
    return "pinned" if asked == _shown(_screen(PINNED.get(path, ""))) else ""


def cover(room: Room, path: str) -> None:
    """Draw what is covered on this page."""
    link = predicted(room)
    rules = []
    if covers(room, path) == "page":
        rules += [pointing.cover(prose.text("class_room", "covered")), ANSWERS]
    if link is not None and link.path == path:
        rules.append(VERDICTS)
    if rules:
        st.html(f"<style>{''.join(rules)}</style>")


def why(experiment: Experiment[Any, Any], config: Any) -> str:
    """Why nobody in this visitor's room begins ``experiment`` at ``config``, or sees what it came
    to; empty where he may."""
    try:
        link = predicted(membership.room())
    except KdlabError:  # told on the page of the class
        return ""
    asked = "" if link is None else _of(link)
    if not asked or asked != _mark(experiment, lambda: config):
        return ""
    return say(
        "Your class is predicting this result now. The instructor begins the run for all of you."
    )


def _of(link: Link) -> str:
    """What names the result of its run; empty where it has none."""
    experiment, config = going.experiment(link), going.settings(link)
    return "" if experiment is None else _mark(experiment, lambda: config)


def _screen(page: str) -> WorkScreen[Any, Any] | None:
    found = st.session_state.get(f"{page}.screen")
    return found if isinstance(found, WorkScreen) else None


def _shown(shown: WorkScreen[Any, Any] | None) -> str:
    return "" if shown is None or shown.config is None else shown.config.fingerprint()


def _mark(experiment: Experiment[Any, Any], config: Callable[[], Any]) -> str:
    """What names the result of these settings, on whichever page they are; empty where they cannot
    be."""
    try:
        return str(experiment.normal(config()).fingerprint())
    except KdlabError:  # an impossible combination on the controls
        return ""


withheld.ask(why)
