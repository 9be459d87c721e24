"""Files that come through the browser, which the server's memory gives up once they were taken.

Streamlit keeps a file for as long as its widget shows it: of forty visitors with an archive each
that is all the memory there is. So a file is given to a function when it comes, dropped when that
has returned, and the widget is followed by a new one, which is empty.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab.hosting import class_rights, limits, visitor
from kdlab.translation import ENGLISH, language, say
from pages.ui.shell import prose

STYLE = prose.style(__file__)


def uploader(
    label: str,
    kinds: str | Sequence[str],
    key: str,
    take: Callable[[UploadedFile], None],
    help_text: str,
    most_mb: int | None = None,
    *,
    own: bool = True,
) -> None:
    """A widget for one file with one of the endings ``kinds``; ``take`` gets it, in a callback.

    ``most_mb`` is what the browser lets through; by default what this person may load. ``take`` and
    the core check it again: the browser's word is no limit. ``own``: it holds data or weights, to
    which a class can be closed; then a sentence says so.
    """
    closed = own and not class_rights.may("uploads")
    if language() != ENGLISH:  # Streamlit says it in English alone
        st.html(STYLE.replace("UPLOAD", json.dumps(say("Upload"), ensure_ascii=False)))
    st.file_uploader(
        label,
        type=kinds,
        key=_current(key),
        on_change=_arrived,
        args=(key, take),
        max_upload_size=_allowed_mb() if most_mb is None else most_mb,
        help=help_text,
        disabled=closed,
    )
    if closed:
        st.caption(say("Uploads are off in this class. The instructor can allow them."))


def _allowed_mb() -> int | None:
    """Whole megabytes that this person may load in a file; None is the server's own limit."""
    most = limits.told().upload_bytes
    if visitor.current().owner or math.isinf(most):
        return None
    server = int(st.get_option("server.maxUploadSize"))
    return max(1, min(server, math.ceil(most / 2**20)))


def _current(key: str) -> str:
    """The key of the widget that waits for the next file."""
    number = st.session_state.get(f"{key}:taken", 0)
    return f"{key}#{number}" if number else key


def _arrived(key: str, take: Callable[[UploadedFile], None]) -> None:
    file: Any = st.session_state.get(_current(key))
    if not isinstance(file, UploadedFile):  # it was taken back before it was whole
        return
    try:
        take(file)
    finally:
        st.session_state[f"{key}:taken"] = st.session_state.get(f"{key}:taken", 0) + 1
        _drop(file)


def _drop(file: UploadedFile) -> None:
    """Let go of both that are held: the file of the upload route, and the widget's copy of it.

    For files of its own kind Streamlit does the former in the same way when a message with files is
    sent; there is no public word for it.
    """
    context = get_script_run_ctx(suppress_warning=True)
    remove = getattr(getattr(context, "uploaded_file_mgr", None), "remove_file", None)
    if context is not None and remove is not None:
        remove(session_id=context.session_id, file_id=file.file_id)
    file.seek(0)
    file.truncate(0)
