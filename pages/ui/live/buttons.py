"""The buttons of the live page: train, play and pause, step, stop, reset, new seeds, speed."""

from __future__ import annotations

import streamlit as st

from kdlab.config.schema import DistilConfig
from pages.ui.components import points
from pages.ui.live.player import SPEEDS
from pages.ui.live.session import LiveScreen
from pages.ui.shell import state
from pages.ui.shell.state import State
from pages.ui.stage import stage


def buttons(
    here: State[DistilConfig], shown: LiveScreen, config: DistilConfig | None, refused: str
) -> None:
    """One row; each with its key, and with what it does in a sentence. ``refused`` says why this
    visitor may not train."""
    trains, plays = ("train" not in state.hidden(), "player" not in state.hidden())
    with stage.button_row():
        if trains:
            stage.start_button(shown, config, refused)
        if plays:
            _player(shown)
            stage.end_buttons(shown)
        if trains:
            st.button(
                "New seeds",
                key="live.reseed",
                icon=":material/casino:",
                shortcut="D",
                disabled=config is None or bool(refused),
                on_click=_reseed,
                args=(here, shown, config),
                help="Move on to seeds that this run has not used, and train.",
            )
        if plays:
            _speed(shown)
    points.keep(shown.config)


def _player(shown: LiveScreen) -> None:
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
    for label, key, icon, shortcut, call, args, help_text in (
        ("Back", "back", "skip_previous", "B", player.step, (-1,), "One epoch back."),
        ("Step", "step", "skip_next", "N", player.step, (1,), "One epoch on."),
        ("End", "end", "last_page", "E", player.to_end, (), "The newest epoch."),
    ):
        st.button(
            label,
            key=f"live.{key}",
            icon=f":material/{icon}:",
            shortcut=shortcut,
            on_click=call,
            args=args,
            help=help_text,
            disabled=shown.empty,
        )


def _speed(shown: LiveScreen) -> None:
    player = shown.player
    # The player decides: End, for one, goes back to full speed.
    st.session_state["live.speed"] = next(k for k, v in SPEEDS.items() if v == player.speed)
    st.selectbox(
        "Speed",
        list(SPEEDS),
        key="live.speed",
        on_change=_set_speed,
        args=(shown,),
        label_visibility="collapsed",
        width=92,
        help="Slow motion. 1x follows a live run; a stored one is replayed in seconds.",
    )


def _set_speed(shown: LiveScreen) -> None:
    shown.player.speed = SPEEDS[st.session_state["live.speed"]]


def _reseed(here: State[DistilConfig], shown: LiveScreen, config: DistilConfig) -> None:
    fresh = config.model_copy(update={"first_seed": config.first_seed + config.seeds})
    here.set(first_seed=fresh.first_seed)
    shown.start(fresh)
