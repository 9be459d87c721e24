"""One line on the workers, which changes by itself as long as they are not there."""

from __future__ import annotations

import streamlit as st

from pages.ui.shell import prose, workers
from pages.ui.shell.workers import Standing
from pages.ui.stream import watching
from pages.ui.stream.sources import Looked


def source() -> Looked:
    """How the workers stand, until they are there."""
    return Looked("workers", workers.standing, is_ready)


def is_ready(now: Standing) -> bool:
    """Whether they are there."""
    return now.state == "ready"


def show() -> None:
    """Draw it."""
    now = workers.standing()
    if is_ready(now):
        st.caption(prose.plain(workers.line(now)))
        return
    with watching.source("workers", source, "line"):
        watching.html("workers", now, _as_html)


def phase(now: Standing) -> str:
    """What a page draws differently: to be watched by :func:`watching.run_on`."""
    return now.state


def _as_html(now: Standing) -> str:
    look = "warning" if now.state == "failed" else "caption"
    return f'<p class="{look}">{prose.in_html(workers.line(now))}</p>'
