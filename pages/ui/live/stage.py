"""What is the live page's own on the stage that all pages share: its buttons, its picture, its
tabs, and the weights that are carried away or brought."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab import models
from kdlab.config.presets import PRESETS
from kdlab.config.schema import DistilConfig
from kdlab.data import uploads
from kdlab.errors import KdlabError, ModelError, StoreError
from kdlab.events import Confusion, Regions
from kdlab.experiments.run import run
from pages.ui.charts import base
from pages.ui.components import points
from pages.ui.components.live_chart import live_chart
from pages.ui.components.panels import panels
from pages.ui.live import costs, numbers
from pages.ui.live.buttons import buttons
from pages.ui.live.session import WORK, LiveScreen
from pages.ui.live.standing import standing
from pages.ui.shell import workers
from pages.ui.shell.state import State
from pages.ui.stage import export
from pages.ui.stage import stage as at_work
from pages.ui.stage.export import WEIGHTS, architecture, say
from pages.ui.widgets import taken

LIVE = "pages/distil/live.py"


def stage(here: State[DistilConfig], config: DistilConfig | None) -> None:
    """Everything but the controls. Part of a run of the whole page."""
    at_work.stage(
        WORK, here, config, picture=_picture, tabs=TABS, buttons=buttons, standing=standing
    )


def _picture(_here: State[DistilConfig], shown: LiveScreen) -> None:
    """Accuracy, and beside it who answers what; at the end the result."""
    view = shown.player.view
    wide = isinstance(view.picture, Regions)
    left, right = st.columns([3, 4] if wide else [4, 5], gap="medium")
    with left:
        live_chart(
            base.accuracy(view),
            key="chart_accuracy",
            height=320,
            alt=numbers.describe_accuracy(view),
        )
    with right:
        if isinstance(view.picture, Confusion) and not view.picture.matrices:
            numbers.cards(view.picture, view)  # too many classes for a matrix
        else:
            panels(view, key="panels", points=points.mark(shown.config))
    numbers.numbers(view)


def _take_away(here: State[DistilConfig], shown: LiveScreen) -> None:
    """What all pages offer, and weights."""
    export.panel(here, shown, weights=_weights, bring=lambda: _bring(here))


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
        WEIGHTS,
        "live.load_weights",
        lambda file: _load_weights(here, file),
        "Weights that were saved here, or elsewhere for the teacher on the controls. They "
        "must fit the data set there. For a file of torch.save you are told how to convert it.",
    )


def _load_weights(here: State[DistilConfig], file: UploadedFile) -> None:
    st.session_state[f"{here.page}.message"] = None
    content = file.getvalue()
    try:
        uploads.check_size(file.name, len(content), ModelError)
        name = architecture(content, file.name)
        name = str(here.values["teacher"]) if name is None else name
        models.find(name)
        values = {**here.config().model_dump(), "teacher": name, "teacher_weights": ""}
        config = type(here.config()).parse(values).teacher_config()
        found = workers.manager().call(run.bring_weights, config, content)
    except KdlabError as error:
        say(here, str(error), bad=True)
        return
    here.set(teacher=name, teacher_weights=found["mark"])
    say(here, " ".join([f"{file.name} is the teacher now: {name}.", *found["notes"]]))
    st.rerun()


TABS: dict[str, at_work.Draw] = {
    at_work.TRY: at_work.tries(LIVE, [(p.label, p.config, p.note) for p in PRESETS.values()]),
    "Loss": lambda _, shown: numbers.losses(
        shown.player.view, shown.config.method if shown.config else "soft-targets"
    ),
    "Fidelity": lambda _, shown: numbers.fidelity(shown.player.view),
    "Where they differ": lambda _, shown: numbers.differences(shown.player.view),
    "Size and speed": lambda _, shown: costs.costs(shown.player.view, shown.config),
    at_work.TAKE_AWAY: _take_away,
}
"""Only the open one is drawn."""
