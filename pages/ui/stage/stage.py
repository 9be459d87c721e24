"""The stage of a page whose work takes a while: a run, a map, a search, a study.

::

    stage ──── buttons      start, Reset
      ├── transport         how far it is, Stop, and the player where the picture has epochs
      ├── picture           where the work stands, and what the page draws of it
      └── tabs              only the open one is drawn

The page runs when the visitor does something, and once when the work has ended. In between his
browser draws what the server's hub tells (:mod:`pages.ui.stream.watching`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from kdlab.hosting import visitor
from kdlab.streams import View
from kdlab.translation import ENGLISH, language, say
from pages.ui.components.transport import transport
from pages.ui.shell import prose, refusals, state, workers
from pages.ui.shell.state import State
from pages.ui.stage import carry, course, damaged, differs, joining, session, told
from pages.ui.stage.session import WorkScreen
from pages.ui.stage.work import Config, History, Work
from pages.ui.stream import watching
from pages.ui.widgets import answers, overview
from pages.ui.widgets.buttons import button

TAKE_AWAY, BEHIND = "Take it away", "What is behind it"
"""Tabs that a link may hide, as ``takeaway`` and ``more``."""

Draw = Callable[[State[Any], Any], None]
"""Draws a part of the page: its settings, and the WorkScreen of this visitor."""
Buttons = Callable[[State[Any], Any, Any, str], None]
"""Draws the buttons: a page's settings, the visitor's WorkScreen, the configuration on the controls
(None where it is impossible), and why this visitor may not begin it (empty where he may)."""
Standing = Callable[[Any, bool], None]
"""Draws where the work of a WorkScreen stands; the truth says whether the visitor could begin."""


def buttons(
    here: State[Any], shown: WorkScreen[Config, Any], config: Config | None, refused: str
) -> None:
    """Start, Stop, Reset."""
    with button_row():
        if "train" not in state.hidden():
            start_button(shown, config, refused)
        if "player" not in state.hidden():
            reset_button(shown)
        carry.elsewhere(here, shown, config)
        progress(shown)


def standing(shown: WorkScreen[Any, Any], possible: bool) -> None:
    """Where the work stands, and whose numbers these are."""
    work, history = shown.work, shown.history

    def plain(text: str) -> str:
        return prose.plain(refusals.labelled(text, work.experiment.config))

    with st.container(key="standing", gap="xxsmall"):
        if shown.problem:
            st.error(plain(shown.problem), icon=":material/error:")
        if history is None:
            if possible and not shown.problem:
                st.info(work.words["invitation"], icon=f":material/{work.icon}:")
            return
        if history.failed is not None:
            st.error(plain(history.failed.reason), icon=":material/error:")
        if words := work.told(shown):
            with told.run():
                st.caption(words)
        for note in history.notes:
            st.caption(plain(note))


def stage(
    work: Work[Config, History],
    here: State[Config],
    config: Config | None,
    *,
    picture: Draw,
    tabs: Mapping[str, Draw],
    buttons: Buttons = buttons,
    standing: Standing = standing,
) -> None:
    """Everything but the controls and what to try. Part of a run of the whole page. ``config`` is
    None where the controls say something impossible; ``picture`` is asked for when there is a
    history, a tab when it is open."""
    shown = session.screen(work)
    shown.settle(config)
    shown.poll()
    refused = shown.refused(config)
    possible = config is not None and not refused
    with watching.by(shown, "buttons"):
        buttons(here, shown, config, refused)
        with st.container(gap=None):  # keeps its place where there is nothing to say
            if refused and "train" not in state.hidden():
                st.warning(prose.plain(refused), icon=":material/hourglass_disabled:")
            # What is stored of these settings and cannot be read; all else on the page goes on.
            if shown.damaged is not None and config is not None:
                read = functools.partial(shown.stored, config)
                again = shown.look_again
                damaged.tell(shown.damaged, work.page, workers.store(), read, again)
            joining.tell(shown, config)
            differs.tell(here, shown, config)
        overview.overview(here, opened=shown.history is None or shown.other)
        answers.overview(here, opened=shown.history is None or shown.other)
        # Each in a container of its own: Streamlit 1.67 may drop what the browser has not been sent
        # of a fragment, and the next one would take its place.
        with st.container():
            st.fragment(_picture)(here, shown, picture, standing, possible)
        with st.container():
            st.fragment(_tabs)(here, shown, tabs)


def progress(shown: WorkScreen[Any, Any]) -> None:
    """How far it is, Stop, and the player where the picture has epochs."""
    work, key = shown.work, f"{shown.work.page}.course"
    view = View(course.going, (work.progress, work.steps))
    hidden = "player" in state.hidden()
    transport(
        key,
        course.now(shown),
        mark=shown.mark,
        steps=work.steps and not hidden,
        stops=None if hidden else _help_stop(shown),
        play=shown.plays,
        stream=watching.shows(key, view) | {"player": work.page},
        on_stop=shown.stop,
        on_end=shown.poll,
    )


def _help_stop(shown: WorkScreen[Any, Any]) -> str:
    """What Stop does; more where others watch and the machine's owner would stop it for them."""
    words = shown.work.words["help stop"]
    if shown.jobs is not None and shown.jobs.shared and visitor.current().owner:
        return f"{words}{say(' ')}{prose.text('stage', 'help stop for all')}"
    return words


def button_row() -> Any:
    """The frame of the buttons."""
    return st.container(horizontal=True, gap="small", vertical_alignment="center", key="player")


def start_button(shown: WorkScreen[Config, Any], config: Config | None, refused: str) -> None:
    """Begins the work on the controls."""
    work = shown.work
    button(
        say(work.start),
        f"{work.page}.{work.start_key}",
        work.icon,
        shown.start,
        config,
        help_text=work.words["help start"],
        shortcut="T",
        off=config is None or bool(refused),
        kind="primary",
    )


def reset_button(shown: WorkScreen[Any, Any]) -> None:
    """Clears the picture."""
    words, key = prose.text("stage", "help reset"), f"{shown.work.page}.reset"
    off = shown.history is None
    button(say("Reset"), key, "delete_sweep", shown.reset, help_text=words, shortcut="X", off=off)


def _picture(
    here: State[Any],
    shown: WorkScreen[Any, Any],
    picture: Draw,
    standing: Standing,
    possible: bool,
) -> None:
    with watching.by(shown, "picture"):
        standing(shown, possible)
        if shown.history is not None:
            with st.container(key="picture"):
                picture(here, shown)


def _tabs(here: State[Any], shown: WorkScreen[Any, Any], tabs: Mapping[str, Draw]) -> None:
    with watching.by(shown, "tabs"):
        draw_tabs(shown.work.page, tabs, lambda draw: draw(here, shown))


def draw_tabs(page: str, tabs: Mapping[str, Draw], open_one: Callable[[Draw], None]) -> None:
    """The tabs of ``page`` but for those that the link hides; only the open one is drawn, by
    ``open_one``."""
    hideable = (("takeaway", TAKE_AWAY), ("more", BEHIND))
    gone = {name for part, name in hideable if part in state.hidden()}
    contents = {name: draw for name, draw in tabs.items() if name not in gone}
    key = f"{page}.tab" + (f".{language()}" if language() != ENGLISH else "")  # it knows labels
    opened = st.tabs([say(name) for name in contents], key=key, on_change="rerun")
    for tab, draw in zip(opened, contents.values(), strict=True):
        with tab:
            if tab.open:
                open_one(draw)


# -- words and parts that pages share ---------------------------------------------------------


def source(shown: WorkScreen[Any, Any]) -> str:
    """Where the numbers on screen come from, to begin a sentence with."""
    noun = say(shown.work.experiment.noun)
    if shown.origin == "bundled":
        return say("Stored {noun} that comes with the lab", noun=noun)
    if shown.origin == "stored":
        return say("Stored {noun} of this machine", noun=noun)
    if shown.running and shown.jobs is not None and shown.jobs.queue_position > 1:
        return say("Asked for")  # true as well once it begins, which the line of its progress tells
    return say("Trained here" if shown.outcome == "finished" else shown.outcome.capitalize())


def percent(history: Any) -> tuple[float, str]:
    """How far it is, 0 to 1, and in words: ``40 %, about 3 s left``."""
    return history.share_done, in_words(history)


def in_words(history: Any) -> str:
    """``40 %, about 3 s left``, the latter where the history's ``seconds_left`` is known."""
    text, left = f"{100 * history.share_done:.0f} %", history.seconds_left
    return text if left is None else text + say(", about {seconds} s left", seconds=math.ceil(left))


def stopped(shown: WorkScreen[Any, Any]) -> str:
    """``Stopped at 40 %``, for a page to say what of it is kept."""
    return say("Stopped at {share} %", share=f"{100 * shown.known.share_done:.0f}")
