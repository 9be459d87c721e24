"""The panel at the bottom of the window in which a lesson goes on, on every page.

::

    before     before the page: where the step takes place, once it has begun
    slot       its place, before the page, so that it stays the same one from page to page
    show       after the page has run: what stands on its controls says whether the step is done
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab.lessons import links
from kdlab.lessons.lesson import Event
from kdlab.translation import say
from pages.ui.components.guide import guide
from pages.ui.guide import (
    body,
    foot,
    going,
    keeping,
    pointing,
    progress,
    runs,
    scoring,
    waiting,
)
from pages.ui.guide.places import PLACES
from pages.ui.guide.pointing import Pointed
from pages.ui.guide.progress import Open
from pages.ui.shell import carried, prose
from pages.ui.widgets.buttons import button

STYLE = prose.style(__file__)
WITH_PROGRESS = ("", "lessons")
"""Pages that tell how far somebody is, whether or not a lesson is open."""
ENTERED = "guide.entered"
FOLDED = "guide.folded"


def before(path: str) -> None:
    """Before the page at ``path`` reads the address: go where the step takes place, once when it
    begins. A link that leads to that page with settings of its own is followed as it is."""
    now = progress.opened()
    mark = None if now is None else (now.lesson.name, now.number)
    first = ENTERED not in st.session_state
    if now is not None and st.session_state.get(ENTERED) != mark:
        _enter(now, path, arrives=first)
    st.session_state[ENTERED] = mark
    going.arrive(path)


def _enter(now: Open, path: str, *, arrives: bool) -> None:
    own = now.progress
    own.furthest = max(own.furthest, now.number)
    progress.began(now.number, now.last, arrives=arrives)
    step = now.step
    if step is None:
        return
    to = step.page
    if to is None and step.predict is not None and step.predict.link != now.where:
        to = step.predict.link
    if to is None and now.where is not None and now.where.path != path:
        to = now.where
    kept = arrives and to is not None and to.path == path and carried.without(st.query_params)
    if to is not None and Event("opened") not in step.until and not kept:
        going.go(to)
    where = now.where
    own.cell = waiting.cell(where.path) if where is not None else (-1, -1)
    own.begins = waiting.begins(where.path) if where is not None else 0


def slot() -> Any:
    """Where the panel is drawn."""
    return st.container(key="guide", gap=None)


def show(place: Any, path: str) -> None:
    """Draw the panel in ``place``, where a lesson is open, and point at the step's control."""
    said = progress.named()
    now = progress.opened()
    if said is None:
        if path in WITH_PROGRESS:
            with place:
                keeping.remember()
        return
    if now is not None:  # whether or not the panel is folded
        runs.take(now)
        scoring.take(now)
    with place:
        keeping.remember()
        st.html(STYLE)
        if now is None:
            _gone()
            return
        unmet = waiting.unmet(now, path)
        if now.step is not None and not unmet:
            now.progress.done.add(now.number)
        done = now.number in now.progress.done or not unmet
        covered = pointing.covers(now, path)
        points = not done or (now.step is not None and not now.step.until)
        pointed = pointing.pointed(now, path) if points else Pointed(pointing.seen(now, path))
        _rules(pointed, covered=covered)
        folded = bool(st.session_state.get(FOLDED))
        _head(now, folded)
        if not folded:
            with st.container(key="guide_body", gap="xxsmall"):
                body.show(now, path, done=done)
        foot.show(now, unmet, path, done=done)
        guide(
            "guide.beside",
            f"{now.lesson.name}.{now.number}",
            pointed.targets,
            ".st-key-guide",
            inside=pointed.inside,
            along=pointed.along,
            told=_told(now, done=done),
            work=f"{waiting.work(now)} {'covered' if covered else ''}",
            news=pointing.NEWS if now.step is not None and now.step.question is None else (),
            on_follow=_follow,
        )


def _rules(pointed: Pointed, *, covered: bool) -> None:
    rules = pointed.rules + (pointing.cover(prose.text("guide", "covered")) if covered else "")
    if rules:
        st.html(f"<style>{rules}</style>")


def _head(now: Open, folded: bool) -> None:
    with st.container(key="guide_head", horizontal=True, vertical_alignment="center", gap="small"):
        title = prose.plain(now.lesson.title)
        if now.step is None:
            st.markdown(f"**{title}**", width="stretch")
        else:
            at = say("Lesson step {number} of {count}", number=now.number, count=now.last)
            heading = prose.plain(now.step.heading)
            st.markdown(f"**{heading}** :gray[{at}] :gray[· {title}]", width="stretch")
        label, icon = (say("Open"), "expand_less") if folded else (say("Fold"), "expand_more")
        words = prose.text("guide", "fold help")
        button(label, "guide.fold", icon, _fold, help_text=words)
        words = prose.text("guide", "leave help")
        button(say("Leave"), "guide.leave", "close", progress.leave, help_text=words)


def _told(now: Open, *, done: bool) -> str:
    """What is read aloud."""
    if now.step is None:
        return now.lesson.title
    at = say("Lesson step {number} of {count}", number=now.number, count=now.last)
    ended = f" {say('Done.')}" if done and now.step.until else ""
    return f"{at}{say(': ')}{now.step.heading}{say('.')}{ended}"


def _gone() -> None:
    with st.container(key="guide_head", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(prose.text("guide", "gone"), width="stretch")
        going.button(say("All lessons"), "guide.all", going.LESSONS)
        words = prose.text("guide", "leave help")
        button(say("Leave"), "guide.leave", "close", progress.leave, help_text=words)


def _fold() -> None:
    st.session_state[FOLDED] = not st.session_state.get(FOLDED)


def _follow(address: str) -> None:
    """A link in the panel, which the reader of lessons has let through."""
    found, problems = links.link(address, PLACES())
    if found is not None and not problems:
        going.go(found)
