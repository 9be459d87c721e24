"""The live page's stage: buttons, where the run stands, its picture, and what is below it.

::

    stage ──── buttons
      ├── picture      polls: five times a second while something moves (less often where many
      │                pages do), once a second while a run goes on behind a held picture or
      │                waits, otherwise not at all
      └── tabs         poll less often, and only while the open one shows curves of a run

Picture and tabs are fragments: what polls draws itself and nothing else, because drawing what did
not change is most of what a poll costs. They are not nested: a fragment's run clears what the
browser was not yet sent of it, in Streamlit 1.67, but sends what is in fragments inside it.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kdlab.config.presets import PRESETS
from kdlab.config.schema import DistilConfig
from kdlab.events import Confusion, Regions
from pages.ui.charts import base
from pages.ui.components import points
from pages.ui.components.live_chart import live_chart
from pages.ui.components.panels import panels
from pages.ui.live import buttons, export, report
from pages.ui.live.session import PAGE, Screen, look, look_again, poll, refused, screen, set_pace
from pages.ui.shell import prose, state, workers
from pages.ui.shell.state import State
from pages.ui.stage import damaged

TAB_SECONDS = 0.5
"""Between two redraws of the charts in a tab."""


def stage(here: State[DistilConfig], config: DistilConfig | None) -> None:
    """The player, the picture and what is below it. Part of a run of the whole page, which ends all
    polling and sets it up anew."""
    shown = screen()
    set_pace(shown)
    poll(shown)
    interval, looks = shown.interval, buttons.looks(shown)
    shown.drawing = True
    try:
        why = refused(config)
        buttons.buttons(here, config, shown, why)
        with st.container():
            _damaged(shown, config)
        points.keep(shown.config)
        # Each in a container of its own. When a poll follows a whole run closely, Streamlit 1.67
        # drops what the browser has not been sent of the polling fragment; were it not an only
        # child, its place would be taken by the next one, and that one be lost.
        with st.container():
            st.fragment(_picture, run_every=interval)(
                interval, looks, config is not None and not why
            )
        with st.container():
            seconds = _tab_pace(shown, interval)
            st.fragment(_more, run_every=seconds)(here, interval, seconds)
    finally:
        shown.drawing = False
    if _outgrown(shown, interval, looks):
        st.rerun()


def _damaged(shown: Screen, config: DistilConfig | None) -> None:
    """What is stored of these settings and cannot be read; all else on the page goes on."""
    if shown.damaged is not None and config is not None:
        damaged.tell(
            shown.damaged, PAGE, workers.store(), lambda: look(config), lambda: look_again(shown)
        )


def _picture(interval: float | None, looks: tuple[bool, ...], possible: bool) -> None:
    shown = screen()
    poll(shown)
    _status(shown, possible)
    _main(shown)
    report.numbers(shown.player.view)
    # Only now, and not while the stage goes on: what has not been drawn when a run ends is taken
    # off the page. The pace of polling, the buttons and the tabs are set outside of this fragment.
    scrubbed = st.session_state.pop("live.scrubbed", False)
    if not shown.drawing and (scrubbed or _outgrown(shown, interval, looks)):
        st.rerun()


def _outgrown(shown: Screen, interval: float | None, looks: tuple[bool, ...]) -> bool:
    """Whether what was set up for the picture no longer fits it."""
    return (shown.interval, buttons.looks(shown)) != (interval, looks)


def _status(shown: Screen, possible: bool) -> None:
    """Where the run stands; while the picture is held, the scrubber as well."""
    with st.container(key="status", gap="small"):
        _standing(shown, possible)
        report.told(shown.config, shown.origin, shown.outcome, shown.player)


def _standing(shown: Screen, possible: bool) -> None:
    player, history = shown.player, shown.player.history
    if shown.problem:
        st.error(prose.plain(shown.problem), icon=":material/error:")
    if history.failed is not None:
        reason = prose.plain(history.failed.reason)
        st.error(
            f"The run ended in epoch {history.failed.epoch}: {reason}", icon=":material/error:"
        )
    last = history.started.epochs if history.started else 0
    moving = (shown.moves and not shown.waits) or (shown.running and player.head < 1)
    if moving or shown.running:
        fraction, text = report.progress(shown.job, player)
        st.progress(fraction, text=text)
    elif shown.outcome == "stopped" and not player.empty:
        fraction, text = report.stopped(player)
        st.progress(fraction, text=text)
    if moving:
        shown.scrubber += 1
    elif player.head >= 1:
        _scrubber(shown, last)
    elif player.empty and not shown.problem and possible:
        st.info(
            "Press Train, or the key T. Curves appear here as both students learn."
            if "train" not in state.hidden()
            else "Curves appear here as both students learn.",
            icon=":material/play_arrow:",
        )


def _scrubber(shown: Screen, last: int) -> None:
    """A slider over the epochs that follows the playhead.

    The browser repeats the values of all widgets with every message, and may be late. So a slider
    whose value is set from here is a new one, and what is said of an older one moves nothing.
    """
    epoch = max(shown.player.epoch, 0)
    if st.session_state.get(f"live.scrub.{shown.scrubber}", epoch) != epoch:
        shown.scrubber += 1
    st.slider(
        "Epoch",
        0,
        last,
        epoch,
        key=f"live.scrub.{shown.scrubber}",
        format=f"%d of {last}",
        label_visibility="collapsed",
        on_change=_scrub,
        args=(shown, shown.scrubber),
        help="Drag to any epoch of this run.",
    )


def _scrub(shown: Screen, number: int) -> None:
    if number == shown.scrubber:
        shown.player.seek(st.session_state[f"live.scrub.{number}"])
        st.session_state["live.scrubbed"] = True  # the tabs below show this epoch, too


def _main(shown: Screen) -> None:
    """The main picture: accuracy, and beside it who answers what."""
    view = shown.player.view
    wide = isinstance(view.picture, Regions)
    left, right = st.columns([3, 4] if wide else [4, 5], gap="medium")
    with left:
        live_chart(
            base.accuracy(view),
            key="chart_accuracy",
            height=320,
            alt=report.describe_accuracy(view),
        )
    with right:
        if isinstance(view.picture, Confusion) and not view.picture.matrices:
            report.cards(view.picture, view)  # too many classes for a matrix
        else:
            panels(view, key="panels", points=points.mark(shown.config))


def _more(here: State[DistilConfig], interval: float | None, seconds: float | None) -> None:
    """What is below the picture; only the open tab is drawn. ``seconds`` between its polls."""
    shown = screen()
    contents: dict[str, Callable[[], None]] = {
        "Try this": _presets,
        "Loss": _losses,
        "Fidelity": lambda: report.fidelity(shown.player.view),
        "Where they differ": lambda: report.differences(shown.player.view),
        "Size and speed": lambda: report.costs(shown.player.view, shown.config),
        "Take it away": lambda: export.panel(here, shown.config, shown.player.history),
    }
    for part, name in (("try", "Try this"), ("takeaway", "Take it away")):
        if part in state.hidden():
            del contents[name]
    tabs = st.tabs(list(contents), key="live.tab", on_change="rerun")
    for tab, draw in zip(tabs, contents.values(), strict=True):
        with tab:
            if tab.open:
                draw()
    if not shown.drawing and _tab_pace(shown, interval) != seconds:
        st.rerun()


def _tab_pace(shown: Screen, interval: float | None) -> float | None:
    """Seconds between polls of the open tab, beside a picture that polls every ``interval``; None
    where it shows nothing that grows: of a run that waits there is nothing to draw yet."""
    grows = st.session_state.get("live.tab") in ("Loss", "Fidelity", "Where they differ")
    return max(2 * shown.pace, TAB_SECONDS) if grows and interval and not shown.waits else None


def _losses() -> None:
    shown = screen()
    report.losses(shown.player.view, shown.config.method if shown.config else "soft-targets")


def _presets() -> None:
    places = st.columns(3, gap="medium") * (1 + len(PRESETS) // 3)
    for place, preset in zip(places, PRESETS.values(), strict=False):
        with place:
            state.follow("pages/distil/live.py", preset.label, preset.config, preset.note)
