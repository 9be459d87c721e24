"""Going to a page of the lab with the settings of a lesson's link, within the app: the session, and
what trains in it, is kept."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from kdlab.lessons.lesson import Link
from pages.ui.shell.contents import CONTENTS, Entry
from pages.ui.shell.state import HIDE, ROOT, State, hide

PENDING = "guide.pending"
"""The address of a page to which this visitor is to be taken in this run."""


def entry(path: str) -> Entry | None:
    """The page at ``path``."""
    return next((e for pages in CONTENTS.values() for e in pages if e.path == path), None)


def state_of(path: str) -> State[Any] | None:
    """The settings of the page at ``path`` in this session; None where it has none."""
    page = entry(path)
    model = page.settings if page is not None else None
    if page is None or model is None or not page.key:
        return None
    return State(page.key, model)


def go(link: Link) -> None:
    """Put what ``link`` says on its page's controls and go there; in a callback, or before any page
    is drawn. A link without settings leads to the page as it was left, and one that says nothing of
    what is hidden changes nothing of that."""
    here = state_of(link.path)
    if here is not None and link.query:
        here.problems.clear()
        here.set(**here.model.from_query(link.query)[0].model_dump())
    if HIDE in link.query:
        hide(link.query[HIDE])
    st.session_state[PENDING] = link.path


def arrive(path: str) -> None:
    """Before the page at ``path`` is drawn: leave it for the one that was asked for."""
    wanted = st.session_state.pop(PENDING, None)
    page = entry(wanted) if wanted is not None and wanted != path else None
    if page is None:
        return
    try:
        st.switch_page(ROOT / page.script)
    except StreamlitAPIException:  # a page that runs alone, in a test
        return


def button(label: str, key: str, link: Link, *, help_text: str | None = None) -> None:
    """A link to ``link`` that keeps the session."""
    page = entry(link.path)
    icon = f":material/{page.icon}:" if page is not None else None
    st.button(label, key=key, icon=icon, type="tertiary", help=help_text, on_click=go, args=(link,))


LESSONS = Link("lessons")
"""The page with all lessons."""
