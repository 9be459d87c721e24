"""The stage of a page whose work takes a while: a run, a map, a search, a study.

::

    stage ──── buttons      start, Stop, Reset
      ├── picture           where the work stands, and what the page draws of it; polls five times
      │                     a second while something moves (less often where many pages do), once
      │                     a second while a picture is held or work waits, otherwise not at all
      └── tabs              poll at most half as often; only the open one is drawn

Picture and tabs are fragments: what polls draws itself and nothing else, because drawing what did
not change is most of what a poll costs. They are not nested: a fragment's run clears what the
browser was not yet sent of it, in Streamlit 1.67, but sends what is in fragments inside it. All
that the polls decide outside of their fragments, the buttons and the pace, is set up by a run of
the whole page, which takes what was told before it draws.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st

from pages.ui.shell import prose, state, workers
from pages.ui.shell.state import State
from pages.ui.stage import damaged, session
from pages.ui.stage.session import Config, History, Work, WorkScreen
from pages.ui.widgets.buttons import button

TRY, TAKE_AWAY = "Try this", "Take it away"
"""Tabs that a link may hide, as ``try`` and ``takeaway``."""

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
            end_buttons(shown)


def standing(shown: WorkScreen[Any, Any], possible: bool) -> None:
    """Where the work stands, and whose numbers these are."""
    work, history = shown.work, shown.history
    with st.container(key="standing", gap="small"):
        if shown.problem:
            st.error(prose.plain(shown.problem), icon=":material/error:")
        if history is None:
            if possible and not shown.problem:
                st.info(work.words["invitation"], icon=f":material/{work.icon}:")
            return
        if history.failed is not None:
            st.error(prose.plain(history.failed.reason), icon=":material/error:")
        if shown.running:
            st.progress(history.share_done, text=_progress(shown))
        elif not history.complete and history.failed is None and (left := work.stopped(shown)):
            st.progress(history.share_done, text=left)
        if told := work.told(shown):
            st.caption(told)
        for note in history.notes:
            st.caption(prose.plain(note))
        if shown.other and "changed" in work.words and "train" not in state.hidden():
            st.caption(f":material/info: {work.words['changed']}")


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
    """Everything but the controls. Part of a run of the whole page, which ends all polling and sets
    it up anew. ``config`` is None where the controls say something impossible; ``picture`` is asked
    for when there is a history, a tab when it is open."""
    shown = session.screen(work)
    shown.settle(config)
    shown.poll()
    interval, looks = shown.interval, shown.looks
    refused = shown.refused(config)
    possible = config is not None and not refused
    shown.drawing = True
    try:
        buttons(here, shown, config, refused)
        if "train" not in state.hidden():
            with st.container():  # what comes after keeps its place where there is nothing to say
                if refused:
                    st.warning(prose.plain(refused), icon=":material/hourglass_disabled:")
        with st.container():
            # What is stored of these settings and cannot be read; all else on the page goes on.
            if shown.damaged is not None and config is not None:
                read = functools.partial(shown.stored, config)
                again = shown.look_again
                damaged.tell(shown.damaged, work.page, workers.store(), read, again)
        # Each in a container of its own. When a poll follows a whole run closely, Streamlit 1.67
        # drops what the browser has not been sent of the polling fragment; were it not an only
        # child, its place would be taken by the next one, and that one be lost.
        with st.container():
            st.fragment(_picture, run_every=interval)(
                here, shown, picture, standing, looks, possible
            )
        with st.container():
            seconds = shown.tab_seconds(interval)
            st.fragment(_tabs, run_every=seconds)(here, shown, tabs, interval, seconds)
    finally:
        shown.drawing = False
    if shown.looks != looks:
        st.rerun()


def button_row() -> Any:
    """The frame of the buttons."""
    return st.container(horizontal=True, gap="small", vertical_alignment="center", key="player")


def start_button(shown: WorkScreen[Config, Any], config: Config | None, refused: str) -> None:
    """Begins the work on the controls."""
    work = shown.work
    button(
        work.start,
        f"{work.page}.{work.start_key}",
        work.icon,
        shown.start,
        config,
        help_text=work.words["help start"],
        shortcut="T",
        off=config is None or bool(refused),
        kind="primary",
    )


def end_buttons(shown: WorkScreen[Any, Any]) -> None:
    """End the work; clear the picture."""
    work = shown.work
    stop, reset = f"{work.page}.stop", f"{work.page}.reset"
    words, off = work.words["help stop"], not shown.running
    button("Stop", stop, "stop", shown.stop, help_text=words, shortcut="S", off=off)
    words, off = "Clear the picture. What was kept is not deleted.", shown.empty
    button("Reset", reset, "delete_sweep", shown.reset, help_text=words, shortcut="X", off=off)


def _picture(
    here: State[Any],
    shown: WorkScreen[Any, Any],
    picture: Draw,
    standing: Standing,
    looks: tuple[object, ...],
    possible: bool,
) -> None:
    shown.poll()
    standing(shown, possible)
    if shown.history is not None:
        picture(here, shown)
    # Only now, and not while the stage goes on: what has not been drawn when a run ends is taken
    # off the page.
    if not shown.drawing and shown.looks != looks:
        st.rerun()


def _progress(shown: WorkScreen[Any, Any]) -> str:
    if shown.crew is not None and (place := shown.crew.queue_position):
        return workers.waits(place)
    history = shown.known
    if history.started:
        return shown.work.progress(history)
    step = prose.plain(history.progress.stage) if history.progress else "getting ready"
    return f"{step[:1].upper()}{step[1:]} …"


def _tabs(
    here: State[Any],
    shown: WorkScreen[Any, Any],
    tabs: Mapping[str, Draw],
    interval: float | None,
    seconds: float | None,
) -> None:
    """The tabs, every ``seconds`` beside a picture that polls every ``interval``."""
    draw_tabs(shown.work.page, tabs, lambda draw: draw(here, shown))
    if not shown.drawing and shown.tab_seconds(interval) != seconds:
        st.rerun()


def draw_tabs(page: str, tabs: Mapping[str, Draw], open_one: Callable[[Draw], None]) -> None:
    """The tabs of ``page`` but for those that the link hides; only the open one is drawn, by
    ``open_one``."""
    hideable = (("try", TRY), ("takeaway", TAKE_AWAY))
    gone = {name for part, name in hideable if part in state.hidden()}
    contents = {name: draw for name, draw in tabs.items() if name not in gone}
    opened = st.tabs(list(contents), key=f"{page}.tab", on_change="rerun")
    for tab, draw in zip(opened, contents.values(), strict=True):
        with tab:
            if tab.open:
                open_one(draw)


# -- words and parts that pages share ---------------------------------------------------------


def source(shown: WorkScreen[Any, Any]) -> str:
    """Where the numbers on screen come from, to begin a sentence with."""
    noun = shown.work.experiment.noun
    if shown.origin == "bundled":
        return f"Stored {noun} that comes with the lab"
    if shown.origin == "stored":
        return f"Stored {noun} of this machine"
    return "Trained here" if shown.outcome == "finished" else shown.outcome.capitalize()


def percent(history: Any) -> str:
    """``40 %, about 3 s left``, the latter where the history's ``seconds_left`` is known."""
    text, left = f"{100 * history.share_done:.0f} %", history.seconds_left
    return text if left is None else f"{text}, about {math.ceil(left)} s left"


def stopped(shown: WorkScreen[Any, Any]) -> str:
    """``Stopped at 40 %``, for a page to say what of it is kept."""
    return f"Stopped at {100 * shown.known.share_done:.0f} %"


def noted(page: str, presets: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """``presets``, label -> configuration, with what is to be seen there: that stands under the
    same labels in the section ``try`` of the text of ``page``."""
    notes = prose.entries(page)
    return [(label, config, notes[label]) for label, config in presets.items()]


def tries(script: str, presets: Iterable[tuple[str, Any, str]]) -> Draw:
    """A tab of links that set the state of the page ``script``: label, configuration, and what to
    see there, three in a row."""
    known = list(presets)

    def draw(here: State[Any], shown: WorkScreen[Any, Any]) -> None:
        places = st.columns(3, gap="medium") * (1 + len(known) // 3)
        for place, (label, config, note) in zip(places, known, strict=False):
            with place:
                state.follow(script, label, config, note)

    return draw
