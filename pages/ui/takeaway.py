"""What a visitor carries away from a run, or brings back: link, settings, numbers, weights."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from kdlab import work
from kdlab.config import DistilConfig
from kdlab.errors import KdlabError, ModelError
from kdlab.history import History
from kdlab.script import stand_alone
from pages.ui import background, controls, links
from pages.ui.links import State

CONFIG_BYTES = 100_000


def panel(here: State[DistilConfig], config: DistilConfig | None, history: History) -> None:
    """Everything of the run on screen; without one, of the settings on the controls."""
    if message := st.session_state.get("live.message"):
        (st.error if message["bad"] else st.success)(message["text"])
    try:
        config = config or here.config()
    except KdlabError as error:
        st.error(str(error), icon="⛔")
        return
    name = f"kdlab-{config.dataset}-{config.fingerprint()[:8]}"
    st.markdown("**A link** that restores these settings:")
    st.code(links.full_link(config), language=None, wrap_lines=True)
    st.markdown("**Files**")
    with st.container(horizontal=True):
        _file("Settings, JSON", config.to_json(), f"{name}.json", "application/json")
        _file("PyTorch script", stand_alone(config), f"{name}.py", "text/x-python")
        if history.epochs:
            _file("Curves, CSV", curves_csv(history), f"{name}-curves.csv", "text/csv")
        if history.finished:
            _file("Results, CSV", results_csv(history), f"{name}-results.csv", "text/csv")
            for model, content in (background.store().weights(config) or {}).items():
                words = f"Weights: {model}"
                file = f"{name}-{model.replace(' ', '-')}.safetensors"
                _file(words, content, file, "application/octet-stream")
    st.caption(
        "The script trains the same pair with PyTorch alone, without this lab. Weights of students "
        "are those of the first seed."
    )
    left, right = st.columns(2)
    left.file_uploader(
        "Load settings (JSON)",
        type="json",
        key="live.load_config",
        on_change=_load_config,
        args=(here,),
        max_upload_size=1,
        help="A file that was saved here, or one for `python -m kdlab distill --config`.",
    )
    right.file_uploader(
        "Load weights as the teacher (safetensors)",
        type="safetensors",
        key="live.load_weights",
        on_change=_load_weights,
        args=(here,),
        help="Weights that were saved here. They must fit the data set on the controls.",
    )


def _file(label: str, content: str | bytes, name: str, mime: str) -> None:
    st.download_button(
        label,
        content,
        name,
        mime,
        key=f"live.file.{label}",
        icon=":material/download:",
        on_click="ignore",
    )


def curves_csv(history: History) -> str:
    """One row an epoch and student: accuracies as fractions of the validation images."""
    return str(history.students.to_csv(index=False))


def results_csv(history: History) -> str:
    """One row a student: accuracies as fractions of the test images, the teacher's beside them."""
    rows = history.results
    if history.finished is not None:
        rows = rows.assign(teacher_accuracy=history.finished.teacher_accuracy)
    return str(rows.to_csv(index=False))


def _say(text: str, *, bad: bool = False) -> None:
    st.session_state["live.message"] = {"text": text, "bad": bad}


def _load_config(here: State[DistilConfig]) -> None:
    file = st.session_state["live.load_config"]
    st.session_state["live.message"] = None
    if file is None:
        return
    content = file.getvalue()[: CONFIG_BYTES + 1]
    try:
        config = DistilConfig.from_json(content.decode("utf-8", "replace"))
        controls.known(config)
    except KdlabError as error:
        _say(str(error), bad=True)
        return
    here.set(**config.model_dump())
    st.session_state["live.whole_page"] = True
    _say(f"The settings of {file.name} are on the controls.")


def _load_weights(here: State[DistilConfig]) -> None:
    file = st.session_state["live.load_weights"]
    st.session_state["live.message"] = None
    if file is None:
        return
    content = file.getvalue()
    try:
        name = architecture(content)
        config = here.config().model_copy(update={"teacher": name}).teacher_config()
        mark = background.manager().call(work.adopt_weights, config, content)
    except KdlabError as error:
        _say(str(error), bad=True)
        return
    here.set(teacher=name, teacher_weights=mark)
    st.session_state["live.whole_page"] = True
    _say(f"{file.name} is the teacher now: {name}.")


def architecture(content: bytes) -> str:
    """The network that a safetensors file says it holds; ModelError where it does not say.

    Only the header is read: eight bytes with its length, then JSON.
    """
    try:
        length = int.from_bytes(content[:8], "little")
        header: Any = json.loads(content[8 : 8 + min(length, 1_000_000)])
        return str(header["__metadata__"]["architecture"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ModelError(
            "the file does not say which network its weights belong to",
            "a safetensors file that this lab has saved",
            "Save the weights again under 'Take it away', and load that file",
        ) from None
