"""What is the live page's own on the stage that all pages share: its buttons, its picture, its
tabs, and the weights that are carried away or brought."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab import models
from kdlab.config.presets import PRESETS
from kdlab.config.schema import DistilConfig
from kdlab.errors import StoreError
from kdlab.events import Confusion, Regions
from kdlab.experiments.run import run
from pages.ui.charts import base
from pages.ui.components import points
from pages.ui.components.live_chart import live_chart
from pages.ui.components.panels import panels
from pages.ui.live import numbers
from pages.ui.live.player import SPEEDS
from pages.ui.live.session import WORK, LiveScreen
from pages.ui.live.standing import standing
from pages.ui.shell import state, workers
from pages.ui.shell.state import State
from pages.ui.stage import export
from pages.ui.stage import stage as at_work
from pages.ui.widgets import taken
from pages.ui.widgets.buttons import button

LIVE = "pages/distil/live.py"


def stage(here: State[DistilConfig], config: DistilConfig | None) -> None:
    """Everything but the controls. Part of a run of the whole page."""
    at_work.stage(
        WORK, here, config, picture=_picture, tabs=TABS, buttons=buttons, standing=standing
    )


def buttons(
    here: State[DistilConfig], shown: LiveScreen, config: DistilConfig | None, refused: str
) -> None:
    """One row; each with its key, and with what it does in a sentence. ``refused`` says why this
    visitor may not train."""
    trains, plays = ("train" not in state.hidden(), "player" not in state.hidden())
    with at_work.button_row():
        if trains:
            at_work.start_button(shown, config, refused)
        if plays:
            _player(shown)
            at_work.end_buttons(shown)
        if trains:
            button(
                "New seeds",
                "live.reseed",
                "casino",
                _reseed,
                *(here, shown, config),
                help_text="Move on to seeds that this run has not used, and train.",
                shortcut="D",
                off=config is None or bool(refused),
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
            words = "Hold the picture. The run goes on in the background."
            _button("Pause", "pause", "P", player.pause, words, width="stretch")
        else:
            words, off = "Go on; at the end, play again from the beginning.", player.empty
            _button("Play", "play_arrow", "P", player.play, words, off=off, width="stretch")
    off = shown.empty
    _button(
        "Back", "skip_previous", "B", functools.partial(player.step, -1), "One epoch back.", off=off
    )
    _button("Step", "skip_next", "N", player.step, "One epoch on.", off=off)
    _button("End", "last_page", "E", player.to_end, "The newest epoch.", off=off)


def _button(
    label: str, icon: str, shortcut: str, call: Callable[[], None], words: str, **more: Any
) -> None:
    key = f"live.{label.lower()}"
    button(label, key, icon, call, help_text=words, shortcut=shortcut, **more)


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


def _picture(_here: State[DistilConfig], shown: LiveScreen) -> None:
    """Accuracy, and beside it who answers what; at the end the result."""
    view = shown.player.view
    wide = isinstance(view.picture, Regions)
    left, right = st.columns([3, 4] if wide else [4, 5], gap="medium")
    with left:
        live_chart("accuracy", base.accuracy(view), numbers.describe_accuracy(view), 320)
    with right:
        if isinstance(view.picture, Confusion) and not view.picture.matrices:
            numbers.cards(view.picture, view)  # too many classes for a matrix
        else:
            panels(view, key="panels", points=points.mark(shown.config))
    numbers.numbers(view)


def _weights(config: DistilConfig) -> dict[str, bytes]:
    """The run's files of weights; none where they are not there, or cannot be read: the page tells
    of damage above."""
    try:
        return workers.store().weights(config) or {}
    except StoreError:
        return {}


def _bring(here: State[DistilConfig]) -> None:
    taken.uploader(
        "Load weights as the teacher (safetensors)",
        export.WEIGHTS,
        "live.load_weights",
        lambda file: _load_weights(here, file),
        "Weights that were saved here, or elsewhere for the teacher on the controls. They "
        "must fit the data set there. For a file of torch.save you are told how to convert it.",
    )


def _load_weights(here: State[DistilConfig], file: UploadedFile) -> None:
    with export.taking(here):
        name = export.network_of(here, file)
        models.find(name)
        values = {**here.config().model_dump(), "teacher": name, "teacher_weights": ""}
        config = type(here.config()).parse(values).teacher_config()
        found = workers.manager().call(run.bring_weights, config, file.getvalue())
        here.set(teacher=name, teacher_weights=found["mark"])
        words = [f"{file.name} is the teacher now: {name}.", *found["notes"]]
        export.say(here, " ".join(words))
        st.rerun()


TABS: dict[str, at_work.Draw] = {
    at_work.TRY: at_work.tries(LIVE, [(p.label, p.config, p.note) for p in PRESETS.values()]),
    "Loss": lambda _, shown: numbers.losses(
        shown.player.view, shown.config.method if shown.config else "soft-targets"
    ),
    "Fidelity": lambda _, shown: numbers.fidelity(shown.player.view),
    "Where they differ": lambda _, shown: numbers.differences(shown.player.view),
    "Size and speed": lambda _, shown: numbers.costs(shown.player.view, shown.config),
    at_work.TAKE_AWAY: lambda here, shown: export.panel(
        here, shown, weights=_weights, bring=lambda: _bring(here)
    ),
}
"""Only the open one is drawn."""
