"""The buttons of the live page: train, play and pause, step, stop, reset, new seeds, speed."""

from __future__ import annotations

import streamlit as st

from kdlab.config.schema import DistilConfig
from pages.ui.live.player import SPEEDS
from pages.ui.live.session import Screen, reset, stop, train
from pages.ui.shell import refusals, state
from pages.ui.shell.state import State


def looks(shown: Screen) -> tuple[bool, ...]:
    """What the buttons depend on: while it stays, the page need not be drawn again."""
    player = shown.player
    return (player.playing, player.empty and not player.playing, shown.running)


def buttons(
    here: State[DistilConfig], config: DistilConfig | None, shown: Screen, refused: str
) -> None:
    """One row; each with its key, and with what it does in a sentence. ``refused`` says why this
    visitor may not train."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="player"):
        if "train" not in state.hidden():
            st.button(
                "Train",
                key="live.train",
                type="primary",
                icon=":material/model_training:",
                shortcut="T",
                disabled=config is None or bool(refused),
                on_click=train,
                args=(config,),
                help="Train both students on these settings. A configuration that was trained "
                "before is replayed from the store.",
            )
        if "player" not in state.hidden():
            _player(shown)
        if "train" not in state.hidden():
            st.button(
                "New seeds",
                key="live.reseed",
                icon=":material/casino:",
                shortcut="D",
                disabled=config is None or bool(refused),
                on_click=_reseed,
                args=(here, config),
                help="Move on to seeds that this run has not used, and train.",
            )
        if "player" not in state.hidden():
            _speed(shown)
    if "train" not in state.hidden():
        refusals.tell(refused)


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
    idle = player.empty and not player.playing
    for label, key, icon, shortcut, call, args, help_text, off in (
        ("Back", "back", "skip_previous", "B", player.step, (-1,), "One epoch back.", idle),
        ("Step", "step", "skip_next", "N", player.step, (1,), "One epoch on.", idle),
        ("End", "end", "last_page", "E", player.to_end, (), "The newest epoch.", idle),
        ("Stop", "stop", "stop", "S", stop, (), "End the run.", not shown.running),
        ("Reset", "reset", "delete_sweep", "X", reset, (), "Clear the picture.", idle),
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


def _set_speed(shown: Screen) -> None:
    shown.player.speed = SPEEDS[st.session_state["live.speed"]]


def _reseed(here: State[DistilConfig], config: DistilConfig) -> None:
    fresh = config.model_copy(update={"first_seed": config.first_seed + config.seeds})
    here.set(first_seed=fresh.first_seed)
    train(fresh)
