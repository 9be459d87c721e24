"""Where a run stands: in a line, and in words."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import streamlit as st

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run import advice
from kdlab.experiments.run.history import History
from kdlab.translation import say
from pages.ui.shell import prose, refusals, state
from pages.ui.stage import provenance, stage, told
from pages.ui.stage.session import WorkScreen
from pages.ui.stream import watching
from pages.ui.widgets import images as own_images


def standing(shown: WorkScreen[Any, Any], possible: bool) -> None:
    """What went wrong, and whose numbers these are. ``possible``: whether the visitor could
    train."""
    with st.container(key="status", gap="xxsmall"):
        history = shown.history
        if shown.problem:
            words = refusals.labelled(shown.problem, DistilConfig)
            st.error(prose.plain(words), icon=":material/error:")
        if history is None:
            if possible and not shown.problem:
                hidden = "train" in state.hidden()
                unseen = say("Curves appear here as both students learn.")
                words = unseen if hidden else shown.work.words["invitation"]
                st.info(words, icon=":material/play_arrow:")
            return
        if history.failed is not None:
            reason = prose.plain(refusals.labelled(history.failed.reason, DistilConfig))
            words = say(
                "The run ended in epoch {epoch}: {reason}",
                epoch=history.failed.epoch,
                reason=reason,
            )
            st.error(words, icon=":material/error:")
        if not failed_at_once(shown):
            _told(shown, history)


def failed_at_once(shown: WorkScreen[Any, Any]) -> bool:
    """Whether the run ended before there was anything to see: what went wrong says it all."""
    history: History | None = shown.history
    return shown.broken and not (history and (history.started or history.teacher_epochs))


def _told(shown: WorkScreen[Any, Any], history: History) -> None:
    """Whose numbers these are, and the settings."""
    config = shown.config
    if config is None:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        with told.run():
            _caption(shown, history, config)
        own_images.read_by_a_run(history.data)
    for text in history.remarks:
        st.caption(prose.plain(refusals.labelled(text, DistilConfig)))
    if history.teacher_judged is None and (known := advice.teacher_accuracies(history)):
        st.caption(known)  # of answers in a file the remarks have told it


def _caption(shown: WorkScreen[Any, Any], history: History, config: DistilConfig) -> None:
    turning = getattr(shown, "turning", None)
    if turning is not None and shown.running:  # what was turned is told as it counts, not later
        watching.html("told", history, _as_turned, turning.asked, state.hidden())
    else:
        st.caption(
            f"{_made(shown, history)}{say(': ')}{_settings(config, state.hidden())}{say('.')}"
        )


def _made(shown: WorkScreen[Any, Any], history: History) -> str:
    """Where it comes from; how long it took where it was trained here: it may look like the stored
    one to the last digit."""
    found = stage.source(shown)
    if shown.origin == "trained here" and history.finished is not None:
        return say(
            "{found} in {seconds} s",
            found=found,
            seconds=f"{history.finished.seconds['total']:.1f}",
        )
    return found


def _settings(config: DistilConfig, hidden: Collection[str]) -> str:
    seeds = provenance.seeds(config.first_seed, config.seeds)
    return provenance.settings(config, seeds, hidden)


def _as_turned(history: History, asked: DistilConfig, hidden: Collection[str]) -> str:
    """Of a run that is turned while it goes on, as HTML."""
    told = _settings(history.performed(asked), hidden)
    return f'<p class="caption">{say("In training")}{say(": ")}{prose.to_html(told)}{say(".")}</p>'


def progress(history: History) -> tuple[float, str]:
    """How far the run is, 0 to 1, and the sentence beside it: epoch, time left."""
    if history.epochs:
        epochs = history.started.epochs if history.started else 1
        if history.epoch >= epochs:
            return 1.0, say("All epochs are done; size and latency are being measured")
        left = history.seconds_left
        text = say("Epoch {epoch} of {epochs}", epoch=max(history.epoch, 0), epochs=epochs)
        text += "" if left is None else say(", about {seconds} s left", seconds=math.ceil(left))
        return history.epoch / epochs, text
    if history.teacher_epochs and history.teacher_ready is None:
        last = history.teacher_epochs[-1]
        return last.epoch / max(last.epochs, 1), (
            say(
                "The teacher is being trained: epoch {epoch} of {epochs}, {share} % of the "
                "validation set",
                epoch=last.epoch,
                epochs=last.epochs,
                share=f"{100 * last.accuracy:.1f}",
            )
        )
    if history.progress is not None:
        step = history.progress
        fraction = min(step.done / step.total, 1.0) if step.total else 0.0
        share = f", {100 * fraction:.0f} %" if step.total else ""
        return fraction, prose.visible(f"{say(step.stage[:1].upper() + step.stage[1:])}{share}")
    if history.started is None and history.teacher_ready is None:
        return 0.0, say("A worker has started")
    return 0.0, say("The students are about to start")


def stopped(shown: WorkScreen[Any, Any]) -> str:
    """How far a run came that was stopped, and that it has no result; nothing of one that failed at
    once, of which that is said."""
    history = shown.history
    if failed_at_once(shown):
        return ""
    if history is None or history.epoch < 0 or history.started is None:
        return say("Stopped before the students started: no test result")
    return say(
        "Stopped at epoch {epoch} of {epochs}: no test result",
        epoch=history.epoch,
        epochs=history.started.epochs,
    )
