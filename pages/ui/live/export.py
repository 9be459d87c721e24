"""What a visitor carries away from a run, or brings back: link, settings, numbers, weights."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab import checks, models
from kdlab.config.schema import DistilConfig
from kdlab.data import uploads
from kdlab.errors import KdlabError, ModelError, StoreError
from kdlab.experiments.run import run
from kdlab.experiments.run.history import History
from kdlab.export import stand_alone
from pages.ui.live.session import LiveScreen
from pages.ui.shell import state, workers
from pages.ui.shell.state import State
from pages.ui.stage.export import (
    WEIGHTS,
    architecture,
    bring_settings,
    message,
    offer,
    ready,
    say,
)
from pages.ui.widgets import taken


def panel(here: State[DistilConfig], shown: LiveScreen) -> None:
    """The settings on the controls as link, JSON and script; the numbers and weights of the run on
    screen, of all its epochs."""
    if "takeaway" in state.hidden():
        st.caption("The link to this page hides this part.")
        return
    message(here)
    wanted = _wanted(here)
    _settings(wanted)
    if shown.config is not None:
        _run(shown, shown.config, wanted)
    _bring(here)


def _wanted(here: State[DistilConfig]) -> DistilConfig | None:
    """The settings on the controls, None where they cannot be run."""
    try:
        config = here.config()
        checks.possible(config)
    except KdlabError:
        return None
    return checks.normal(config)


def _settings(config: DistilConfig | None) -> None:
    st.markdown("**The settings on the controls**, as a link and as files")
    if config is None:
        st.info("These settings cannot be run; the message at the top of the page says why.")
        return
    st.code(state.full_link(config), language=None, wrap_lines=True)
    name = _name(config)
    with st.container(horizontal=True):
        offer("Settings, JSON", config.to_json(), f"{name}.json", "application/json")
        script = ready(f"script {config.fingerprint()}", lambda: stand_alone(config))
        offer("PyTorch script", script, f"{name}.py", "text/x-python")
    st.caption("The script trains the same pair with PyTorch alone, without this lab.")


def _run(shown: LiveScreen, config: DistilConfig, wanted: DistilConfig | None) -> None:
    history = shown.player.history
    if shown.running:
        st.caption("The files of the run on screen come when it ends.")
        return
    if not history.epochs:
        return
    differs = wanted is None or config.fingerprint() != wanted.fingerprint()
    st.markdown("**The run on screen**" + (", whose settings are not those above" * differs))
    name, mark = _name(config), config.fingerprint()
    with st.container(horizontal=True):
        if differs:
            offer("Settings of the run", config.to_json(), f"{name}.json", "application/json")
        curves = ready(f"curves {mark} {len(history.students)}", lambda: curves_csv(history))
        offer("Curves, CSV", curves, f"{name}-curves.csv", "text/csv")
        if history.finished:
            results = ready(f"results {mark}", lambda: results_csv(history))
            offer("Results, CSV", results, f"{name}-results.csv", "text/csv")
            weights = ready(f"weights {mark}", lambda: _weights(config))
            for model, content in (weights or {}).items():
                words = f"Weights: {model}"
                file = f"{name}-{model.replace(' ', '-')}.safetensors"
                offer(words, content, file, "application/octet-stream")
    st.caption("Weights of students are those of the first seed.")


def _weights(config: DistilConfig) -> dict[str, bytes] | None:
    """The run's files of weights; None where they are not there, or cannot be read: the page tells
    of damage above."""
    try:
        return workers.store().weights(config)
    except StoreError:
        return None


def _name(config: DistilConfig) -> str:
    return f"kdlab-{config.dataset}-{config.fingerprint()[:8]}"


def _bring(here: State[DistilConfig]) -> None:
    left, right = st.columns(2)
    with left:
        bring_settings(here, "distill")
    with right:
        taken.uploader(
            "Load weights as the teacher (safetensors)",
            WEIGHTS,
            "live.load_weights",
            lambda file: _load_weights(here, file),
            "Weights that were saved here, or elsewhere for the teacher on the controls. They "
            "must fit the data set there. For a file of torch.save you are told how to convert it.",
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
