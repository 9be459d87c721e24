"""A visitor's own data: a file brought through the browser, or what he names on this machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab.data import uploads
from kdlab.data.accepted import ARCHIVE, Accepted
from kdlab.errors import ArchiveError, KdlabError
from pages.ui.shell import prose, state
from pages.ui.widgets import taken


@dataclass(frozen=True)
class Brought:
    """What is brought for one kind of data, and what is said of it."""

    accepts: Accepted
    label: str
    endings: tuple[str, ...]
    """That the browser offers."""
    typed: str
    """Label of the box for a path."""
    asked: Callable[[], str]
    """What is wanted, as Markdown."""
    understood: Callable[[state.State[Any], str], None]
    """Draws what the file or path was understood as, in a line, or what is wrong with it."""
    then: Callable[[state.State[Any]], None] = lambda here: None
    """Is told when a file has come, before the page is drawn."""


def folder(here: state.State[Any], name: str, help_text: str, what: Brought) -> str:
    """The value of setting ``name``: an upload's name or a path."""
    own = f"{here.page}.upload.{name}" + (
        "" if what.accepts is ARCHIVE else f".{what.accepts.noun}"
    )
    problem = f"{own}.problem"
    taken.uploader(
        what.label,
        what.endings,
        own,
        lambda file: _keep(here, name, file, problem, what),
        help_text,
        _most_mb(what.accepts),
    )
    value = str(here.values[name])
    if not uploads.uploads_only():
        key = here.key(name)
        loaded = value.startswith(uploads.PREFIX)  # its name is told below, not its digits
        now = st.session_state.get(key, "" if loaded else value)
        typed = st.text_input(what.typed, now, key=key, help=help_text).strip()
        value = typed if typed or not loaded else value
    before, text = st.session_state.get(problem, ("", ""))
    if text and before == value:  # else another folder has been named since
        st.error(prose.plain(text), icon=":material/error:")
    elif not value or _is_refused(value, what.accepts):  # that is told beside the button
        st.caption(what.asked())
    else:
        what.understood(here, value)
    return value


def _most_mb(accepts: Accepted) -> int | None:
    """What the browser lets through, where that is less than what visitors may load."""
    if math.isinf(accepts.most_bytes):
        return None
    return math.ceil(uploads.most_bytes(accepts) / 1e6)  # as the sentences say it


def _is_refused(value: str, accepts: Accepted) -> bool:
    try:
        uploads.allowed(value, accepts)
    except KdlabError:
        return True
    return False


def _keep(
    here: state.State[Any], name: str, file: UploadedFile, problem: str, what: Brought
) -> None:
    st.session_state[problem] = ("", "")
    try:
        uploads.check_size(file.name, file.size, ArchiveError, what.accepts)
        here.set(**{name: uploads.keep(file, file.name, what.accepts)})
    except KdlabError as error:
        st.session_state[problem] = (str(here.values[name]), str(error))
    else:
        what.then(here)


def fits(folder: str, accepts: Accepted) -> bool:
    """Whether what a setting ``folder`` names could be such a file, as far as its name tells."""
    loaded = folder.strip().startswith(uploads.PREFIX)
    return not loaded or accepts.kind_of(folder.strip()) is not None
