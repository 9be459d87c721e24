"""What every page offers to carry away, or takes back: files, settings, what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab.errors import ConfigError, KdlabError, ModelError
from kdlab.models import header
from pages.ui.shell import prose
from pages.ui.shell.state import State
from pages.ui.widgets import settings, taken

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


def ready(name: str, make: Callable[[], T]) -> T:
    """What ``make`` gives, made once a session: the panel is drawn again at every click."""
    kept: dict[str, Any] = st.session_state.setdefault("live.files", {})
    if not kept.get(name):  # weights may be on their way to the store
        kept[name] = make()
    found: T = kept[name]
    while len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]
    return found


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


def say(here: State[Any], text: str, *, bad: bool = False) -> None:
    st.session_state[f"{here.page}.message"] = {"text": text, "bad": bad}


def _load_config(here: State[Any], file: UploadedFile) -> None:
    st.session_state[f"{here.page}.message"] = None
    try:
        config = here.model.from_json(settings_text(file))
        settings.known(config)
    except KdlabError as error:
        say(here, str(error), bad=True)
        return
    here.set(**config.model_dump())
    say(here, f"The settings of {file.name} are on the controls.")
    st.rerun()  # the whole page: the controls are outside of the tabs' fragment


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
