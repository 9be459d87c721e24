"""What a visitor carries away from a run, or brings back: link, settings, numbers, weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab import checks, models, work
from kdlab.config import DistilConfig
from kdlab.data import uploads
from kdlab.errors import ConfigError, KdlabError, ModelError, StoreError
from kdlab.history import History
from kdlab.models import header
from kdlab.script import stand_alone
from pages.ui import background, controls, links, prose, screen, taken
from pages.ui.links import State

CONFIG_BYTES = 100_000
"""Of a file of settings; a larger one is something else."""
NAME_CHARACTERS = 60
"""A longer name is no network's, and no message repeats it."""
WEIGHTS = ["safetensors", "pth", "pt", "bin", "ckpt"]
"""Endings of files that may be chosen as weights. Only the first is read: whoever brings another is
told how to convert it, which a browser that does not offer the file could not do."""
MOST_KEPT = 12
"""Files of a session that are kept ready; more than a few runs' are never on screen in turn."""

T = TypeVar("T")


def panel(here: State[DistilConfig], config: DistilConfig | None, history: History) -> None:
    """The settings on the controls as link, JSON and script; the numbers and weights of the run on
    screen, which is of ``config`` (None: nothing is on screen), and whose ``history`` is whole."""
    if "takeaway" in links.hidden():
        st.caption("The link to this page hides this part.")
        return
    message(here)
    wanted = _wanted(here)
    _settings(wanted)
    if config is not None:
        _run(config, history, wanted)
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
    st.code(links.full_link(config), language=None, wrap_lines=True)
    name = _name(config)
    with st.container(horizontal=True):
        offer("Settings, JSON", config.to_json(), f"{name}.json", "application/json")
        script = ready(f"script {config.fingerprint()}", lambda: stand_alone(config))
        offer("PyTorch script", script, f"{name}.py", "text/x-python")
    st.caption("The script trains the same pair with PyTorch alone, without this lab.")


def _run(config: DistilConfig, history: History, wanted: DistilConfig | None) -> None:
    if screen.screen().running:
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
        return background.store().weights(config)
    except StoreError:
        return None


def _name(config: DistilConfig) -> str:
    return f"kdlab-{config.dataset}-{config.fingerprint()[:8]}"


def ready(name: str, make: Callable[[], T]) -> T:
    """What ``make`` gives, made once a session: the panel is drawn again at every click."""
    kept: dict[str, Any] = st.session_state.setdefault("live.files", {})
    if not kept.get(name):  # weights may be on their way to the store
        kept[name] = make()
    found: T = kept[name]
    while len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]
    return found


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


def bring_settings(here: State[Any], command: str) -> None:
    """An uploader that puts the settings of a JSON file on the controls of this page."""
    taken.uploader(
        "Load settings (JSON)",
        "json",
        f"{here.page}.load_config",
        lambda file: _load_config(here, file),
        f"A file that was saved here, or one for `python -m kdlab {command} --config`.",
        most_mb=1,
    )


def settings_text(file: UploadedFile) -> str:
    """What an uploaded file of settings says; ConfigError where it is too large to be one, since a
    part of it would be called broken JSON."""
    if file.size > CONFIG_BYTES:
        raise ConfigError(
            f"the file of settings {file.name[:60]!r} has {file.size:,} bytes",
            f"up to {CONFIG_BYTES:,} bytes: the settings that a page or a command exports",
            "Choose the file that was saved as settings; events and results cannot be loaded",
        )
    return file.getvalue().decode("utf-8", "replace")


def message(here: State[Any]) -> None:
    """What came of the last file that was loaded on this page."""
    if said := st.session_state.get(f"{here.page}.message"):
        words, code = prose.with_code(said["text"])
        (st.error if said["bad"] else st.success)(prose.plain(words))
        if code:
            st.code(code, "python")


def offer(label: str, content: str | bytes, name: str, mime: str) -> None:
    """A button that saves ``content``; no run of the page follows."""
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


def _say(here: State[Any], text: str, *, bad: bool = False) -> None:
    st.session_state[f"{here.page}.message"] = {"text": text, "bad": bad}


def _load_config(here: State[Any], file: UploadedFile) -> None:
    st.session_state[f"{here.page}.message"] = None
    try:
        config = here.model.from_json(settings_text(file))
        controls.known(config)
    except KdlabError as error:
        _say(here, str(error), bad=True)
        return
    here.set(**config.model_dump())
    _say(here, f"The settings of {file.name} are on the controls.")
    st.rerun()  # the whole page: the controls are outside of the tabs' fragment


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
        found = background.manager().call(work.bring_weights, config, content)
    except KdlabError as error:
        _say(here, str(error), bad=True)
        return
    here.set(teacher=name, teacher_weights=found["mark"])
    _say(here, " ".join([f"{file.name} is the teacher now: {name}.", *found["notes"]]))
    st.rerun()


def architecture(content: bytes, file_name: str) -> str | None:
    """The network that a safetensors file says it holds, None where it says nothing; ModelError
    where it is no such file. Only its header is read."""
    try:
        told = header.read(content, file_name)
        if not told.shapes and "architecture" not in told.texts:
            raise header.broken("the file of weights is empty")
    except ModelError as error:
        if "pickle" in error.received:
            raise
        raise ModelError(
            f"{error.received}: it does not say which network its weights belong to",
            "a safetensors file that this lab has saved, or one from elsewhere",
            "Save the weights again under 'Take it away', and load that file",
        ) from None
    name = told.texts.get("architecture")
    return None if name is None else name[:NAME_CHARACTERS]
