"""What somebody types on the page: kept in the session, so that a visit to another page takes
nothing away, and changed from outside its widgets as settings are."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.ui.shell import speech

MEMORY = "compose.typed"
REVISIONS = "compose.revisions"


def now(name: str, default: Any = "") -> Any:
    """What was typed last under ``name``."""
    return st.session_state.setdefault(MEMORY, {}).get(name, default)


def key(name: str) -> str:
    """The key of its widget; another one after :func:`put`, since a browser repeats what the old
    one says."""
    revision = st.session_state.setdefault(REVISIONS, {}).get(name, 0)
    return speech.key(f"compose.{name}" + (f"#{revision}" if revision else ""))


def shown(name: str, default: Any = "") -> Any:
    """What its widget shows in this run."""
    return st.session_state.get(key(name), now(name, default))


def keep(name: str, value: Any) -> Any:
    """Note what its widget said; returns it."""
    st.session_state.setdefault(MEMORY, {})[name] = value
    return value


def put(**values: Any) -> None:
    """Change what was typed: before the widgets are drawn, or in a callback."""
    for name, value in values.items():
        revisions = st.session_state.setdefault(REVISIONS, {})
        revisions[name] = revisions.get(name, 0) + 1
        keep(name, value)


def line(name: str, label: str, help_text: str | None = None, most: int = 200) -> str:
    """A box for a line of text; returns it without blanks around."""
    value = st.text_input(
        label, shown(name), key=key(name), help=help_text, max_chars=most, autocomplete="off"
    )
    return str(keep(name, value)).strip()


def words(name: str, label: str, help_text: str | None = None, most: int = 2000) -> str:
    """A box for several lines of text."""
    value = st.text_area(
        label, shown(name), key=key(name), help=help_text, max_chars=most, height=100
    )
    return str(keep(name, value)).strip()
