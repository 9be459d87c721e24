"""Where a run stands, in a line, and the slider over its epochs."""

from __future__ import annotations

import math

import streamlit as st

from pages.ui.live.player import Player
from pages.ui.live.session import WORK, LiveScreen
from pages.ui.shell import prose, state, workers
from pages.ui.stage import provenance, stage
from pages.ui.widgets import images as own_images


def standing(shown: LiveScreen, possible: bool) -> None:
    """Where the run stands, and whose numbers these are; while the picture is held, the slider as
    well. ``possible``: whether the visitor could train."""
    with st.container(key="status", gap="small"):
        _standing(shown, possible)
        _told(shown)


def _standing(shown: LiveScreen, possible: bool) -> None:
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
        fraction, text = progress(shown)
        st.progress(fraction, text=text)
    elif shown.outcome == "stopped" and not player.empty:
        fraction, text = stopped(player)
        st.progress(fraction, text=text)
    if moving:
        shown.scrubber += 1
    elif player.head >= 1:
        _scrubber(shown, last)
    elif player.empty and not shown.problem and possible:
        st.info(
            WORK.words["invitation"]
            if "train" not in state.hidden()
            else "Curves appear here as both students learn.",
            icon=":material/play_arrow:",
        )


def progress(shown: LiveScreen) -> tuple[float, str]:
    """How far the run is, 0 to 1, and the sentence beside it: epoch, time left, place in queue."""
    player, history = shown.player, shown.player.history
    if shown.crew is not None and history.started is None and not history.teacher_epochs:
        if place := shown.crew.queue_position:
            return 0.0, workers.waits(place)
        if history.progress is None:
            return 0.0, "A worker has begun"
    if not history.epochs:
        if history.teacher_epochs and history.teacher_ready is None:
            last = history.teacher_epochs[-1]
            return last.epoch / max(last.epochs, 1), (
                f"The teacher is being trained: epoch {last.epoch} of {last.epochs}, "
                f"{100 * last.accuracy:.1f} % of the validation set"
            )
        if history.progress is not None:
            step = history.progress
            fraction = min(step.done / step.total, 1.0) if step.total else 0.0
            share = f", {100 * fraction:.0f} %" if step.total else ""
            return fraction, prose.plain(f"{step.stage[:1].upper()}{step.stage[1:]}{share}")
        return 0.0, "The students are about to begin"
    epochs = history.started.epochs if history.started else 1
    epoch, head = max(player.epoch, 0), player.head
    left = history.seconds_left
    text = f"Epoch {epoch} of {epochs}"
    if not player.ended and left is not None:
        text += f", about {math.ceil(left)} s left"
    if not player.playing and not player.ended:
        return min(head / epochs, 1.0), f"Held at epoch {epoch}; the run is at {head} of {epochs}"
    if epoch >= epochs and not player.ended:
        return 1.0, "All epochs are done; size and latency are being measured"
    if epoch < head and not player.ended:
        text += f"; the run is at {head}"
    return min(epoch / epochs, 1.0), text


def stopped(player: Player) -> tuple[float, str]:
    """The same for a run that was stopped: how far it came, and that it has no result."""
    history = player.history
    if player.head < 0 or history.started is None:
        return 0.0, "Stopped before the students began: no test result"
    done, epochs = player.head, history.started.epochs
    return min(done / epochs, 1.0), f"Stopped at epoch {done} of {epochs}: no test result"


def _told(shown: LiveScreen) -> None:
    """Whose numbers these are, and the settings."""
    config, history = shown.config, shown.player.history
    if config is None or shown.player.empty:
        return
    seeds = provenance.seeds(config.first_seed, config.seeds)
    st.caption(f"{stage.source(shown)}: {provenance.settings(config, seeds, state.hidden())}.")
    own_images.read_by_a_run(history.data)
    for text in history.remarks:
        st.caption(prose.plain(text))


def _scrubber(shown: LiveScreen, last: int) -> None:
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


def _scrub(shown: LiveScreen, number: int) -> None:
    if number == shown.scrubber:
        shown.player.seek(st.session_state[f"live.scrub.{number}"])
        shown.scrubs += 1  # the tabs below show this epoch, too
