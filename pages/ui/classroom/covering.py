"""What a class predicts is not seen before its run: the picture is covered on the page that would
show it, and nobody in the room begins that run alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from kdlab.classroom.room import Room
from kdlab.errors import KdlabError
from kdlab.lessons.lesson import Link, Prediction
from kdlab.translation import say
from pages.ui.classroom import going, membership
from pages.ui.guide import going as guide
from pages.ui.guide import pointing
from pages.ui.shell import contents, prose
from pages.ui.stage import withheld
from pages.ui.stage.work import Work


def predicted(room: Room | None) -> Link | None:
    """The run whose result the class predicts now; None where there is none, or it is on."""
    asked = room.asked if room is not None else None
    if asked is None or not isinstance(asked.what, Prediction):
        return None
    waits = asked.phase in ("open", "closed") and going.known(asked.what.link)
    return asked.what.link if waits else None


def covers(room: Room, path: str) -> bool:
    """Whether the page at ``path``, which was drawn, is covered: it shows what the class predicts,
    or has its settings on the controls."""
    link = predicted(room)
    shown = going.screen(link) if link is not None and link.path == path else None
    asked = None if link is None else going.settings(link)
    if shown is None or asked is None:
        return False
    on_screen = "" if shown.config is None else shown.config.fingerprint()
    here = guide.state_of(path)
    on_controls = "" if here is None else _mark(shown.work, here.config)
    return _mark(shown.work, lambda: asked) in {on_screen, on_controls} - {""}


def cover() -> None:
    """Draw the cover."""
    st.html(f"<style>{pointing.cover(prose.text('class_room', 'covered'))}</style>")


def why(work: Work[Any, Any], config: Any) -> str:
    """Why nobody in this visitor's room begins ``work`` at ``config``; empty where he may."""
    try:
        link = predicted(membership.room())
    except KdlabError:  # told on the page of the class
        return ""
    if link is None or contents.place(link.path).page.key != work.page:
        return ""
    asked = going.settings(link)
    if asked is None or _mark(work, lambda: asked) != _mark(work, lambda: config):
        return ""
    return say("Your class predicts this result now. The instructor begins the run for all of you.")


def _mark(work: Work[Any, Any], config: Callable[[], Any]) -> str:
    """What names the result of these settings; empty where they cannot be."""
    try:
        return str(work.experiment.normal(config()).fingerprint())
    except KdlabError:  # an impossible combination on the controls
        return ""


withheld.ask(why)
