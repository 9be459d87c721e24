"""What the live page alone offers to carry away, or takes back: weights."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab import models
from kdlab.config.schema import DistilConfig
from kdlab.data import uploads
from kdlab.errors import KdlabError, ModelError, StoreError
from kdlab.experiments.run import run
from pages.ui.live.session import LiveScreen
from pages.ui.shell import workers
from pages.ui.shell.state import State
from pages.ui.stage import export
from pages.ui.stage.export import WEIGHTS, architecture, say
from pages.ui.widgets import taken


def panel(here: State[DistilConfig], shown: LiveScreen) -> None:
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
