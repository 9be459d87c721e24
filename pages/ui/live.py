"""The live page's stage: buttons, where the run stands, its picture, and what is below it.

All drawing happens in one fragment, which polls five times a second while something moves, once a
second while a run goes on behind a held picture, and not at all otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kdlab.config import DistilConfig
from kdlab.events import Confusion, Regions
from kdlab.history import History
from kdlab.presets import PRESETS
from pages.ui import charts, links, panels, prose, report, takeaway
from pages.ui.components.live_chart import live_chart
from pages.ui.links import State
from pages.ui.player import SPEEDS
from pages.ui.screen import MOVING_SECONDS, Screen, poll, reset, screen, stop, train


def stage(here: State[DistilConfig], config: DistilConfig | None) -> None:
    """The player, the picture and what is below it."""
    poll(screen())
    interval = screen().interval
    st.fragment(_stage, run_every=interval)(here, config, interval)


def _stage(here: State[DistilConfig], config: DistilConfig | None, interval: float | None) -> None:
    shown = screen()
    poll(shown)
    _buttons(here, config, shown)
    _status(shown, config is not None)
    view = shown.player.view
    _pictures(view)
    report.numbers(view)
    _more(here, shown, view)
    # Only now: a fragment that ends before it has drawn takes its charts off the page. The pace of
    # polling is set outside of the fragment, and so are the controls that a button here changed.
    if st.session_state.pop("live.whole_page", False) or shown.interval != interval:
        st.rerun()


def _buttons(here: State[DistilConfig], config: DistilConfig | None, shown: Screen) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="player"):
        if "train" not in links.hidden():
            st.button(
                "Train",
                key="live.train",
                type="primary",
                icon=":material/model_training:",
                shortcut="T",
                disabled=config is None,
                on_click=train,
                args=(config,),
                help="Train both students on these settings. A configuration that was trained "
                "before is replayed from the store.",
            )
        if "player" not in links.hidden():
            _player(shown)
        if "train" not in links.hidden():
            st.button(
                "New seeds",
                key="live.reseed",
                icon=":material/casino:",
                shortcut="D",
                disabled=config is None,
                on_click=_reseed,
                args=(here, config),
                help="Move on to seeds that this run has not used, and train.",
            )
        if "player" not in links.hidden():
            _speed(shown)


def _player(shown: Screen) -> None:
    player = shown.player
    # Two keys, because a click may reach us twice, and then "pause" is still "pause"; in a frame of
    # one width, so that the buttons after it never move away from under the pointer.
    with st.container(key="play_or_pause", width=112):
        if player.playing:
            st.button(
                "Pause",
                key="live.pause",
                icon=":material/pause:",
                shortcut="P",
                on_click=player.pause,
                width="stretch",
                help="Hold the picture. The run goes on in the background.",
            )
        else:
            st.button(
                "Play",
                key="live.play",
                icon=":material/play_arrow:",
                shortcut="P",
                disabled=player.empty,
                on_click=player.play,
                width="stretch",
                help="Go on; at the end, play again from the beginning.",
            )
    held = player.head < 0
    for label, key, icon, shortcut, call, args, help_text, off in (
        ("Back", "back", "skip_previous", "B", player.step, (-1,), "One epoch back.", held),
        ("Step", "step", "skip_next", "N", player.step, (1,), "One epoch on.", held),
        ("End", "end", "last_page", "E", player.to_end, (), "The newest epoch.", held),
        ("Stop", "stop", "stop", "S", stop, (), "End the run.", not shown.running),
        ("Reset", "reset", "delete_sweep", "X", reset, (), "Clear the picture.", player.empty),
    ):
        st.button(
            label,
            key=f"live.{key}",
            icon=f":material/{icon}:",
            shortcut=shortcut,
            on_click=call,
            args=args,
            help=help_text,
            disabled=off,
        )


def _speed(shown: Screen) -> None:
    player = shown.player
    speed = st.selectbox(
        "Speed",
        list(SPEEDS),
        index=list(SPEEDS.values()).index(player.speed),
        label_visibility="collapsed",
        width=92,
        help="Slow motion. 1x follows a live run; a stored one is replayed in seconds.",
    )
    player.speed = SPEEDS[speed]


def _reseed(here: State[DistilConfig], config: DistilConfig) -> None:
    fresh = config.model_copy(update={"first_seed": config.first_seed + config.seeds})
    here.set(first_seed=fresh.first_seed)
    st.session_state["live.whole_page"] = True
    train(fresh)


def _status(shown: Screen, possible: bool) -> None:
    """Where the run stands; while the picture is held, the scrubber as well."""
    with st.container(key="status", gap="small"):
        _standing(shown, possible)
        report.provenance(shown.config, shown.origin, shown.outcome, shown.player)


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
    moving = shown.interval == MOVING_SECONDS or (shown.running and player.head < 1)
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
            if "train" not in links.hidden()
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


def _pictures(view: History) -> None:
    """The main picture: accuracy, and beside it who answers what."""
    wide = isinstance(view.picture, Regions)
    left, right = st.columns([3, 4] if wide else [4, 5], gap="medium")
    with left:
        live_chart(
            charts.accuracy(view),
            key="chart_accuracy",
            height=320,
            alt=report.describe_accuracy(view),
        )
    classes = view.started.classes if view.started else ()
    with right:
        match view.picture:
            case Regions() as picture:
                live_chart(
                    panels.regions(picture, classes),
                    key="chart_regions",
                    height=255,
                    alt="Decision regions of the teacher and of both students of the first seed "
                    f"after epoch {picture.epoch}",
                )
                report.key_to_regions(view)
            case Confusion() as picture if picture.matrices:
                live_chart(
                    panels.confusion(picture, classes),
                    key="chart_confusion",
                    height=235,
                    alt="Confusion matrices of the teacher and of both students of the first seed "
                    f"after epoch {picture.epoch}",
                )
                report.thumbnails(picture, view)
            case Confusion() as picture:
                report.cards(picture, view)


def _more(here: State[DistilConfig], shown: Screen, view: History) -> None:
    """What is below the picture; only the open tab is drawn."""
    method = shown.config.method if shown.config else "soft-targets"
    contents: dict[str, Callable[[], None]] = {
        "Try this": _presets,
        "Loss": lambda: report.losses(view, method),
        "Fidelity": lambda: report.fidelity(view),
        "Where they differ": lambda: report.differences(view),
        "Size and speed": lambda: report.costs(view),
        "Take it away": lambda: takeaway.panel(here, shown.config, shown.player.history),
    }
    for part, name in (("try", "Try this"), ("takeaway", "Take it away")):
        if part in links.hidden():
            del contents[name]
    tabs = st.tabs(list(contents), key="live.tab", on_change="rerun")
    for tab, draw in zip(tabs, contents.values(), strict=True):
        with tab:
            if tab.open:
                draw()


def _presets() -> None:
    places = st.columns(3, gap="medium") * (1 + len(PRESETS) // 3)
    for place, preset in zip(places, PRESETS.values(), strict=False):
        with place:
            links.follow("pages/distil/live.py", preset.label, preset.config, preset.note)
