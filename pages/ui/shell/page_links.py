"""Links to pages of the lab: within the app, where the session is kept, and as addresses."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st
from streamlit.errors import StreamlitAPIException

from kdlab.config.base import Settings
from pages.ui.shell import state


def query(config: Settings) -> dict[str, str]:
    """What a link to ``config`` carries; never empty, so that following it sets the state."""
    found = config.to_query()
    if not found:
        name = "temperature" if "temperature" in type(config).model_fields else None
        name = name or next(iter(type(config).model_fields))
        found = {name: str(getattr(config, name))}
    return found


def page(script: str, label: str) -> None:
    """A link to another page as it was left; plain words where a page runs alone, in a test."""
    _link(script, label, None, f"**{label}**")


def follow(script: str, label: str, config: Settings, note: str = "") -> None:
    """A link that sets the state of the page whose script is ``script``, and what to see there.

    Within the app it keeps the session. A page that runs alone, in a test, has no other pages to go
    to: there it is an address.
    """
    _link(script, label, query(config), f"[{label}](?{urlencode(query(config))})")
    if note:
        st.caption(note)


def _link(script: str, label: str, query: dict[str, str] | None, otherwise: str) -> None:
    try:
        st.page_link(
            str(state.ROOT / script),
            label=label,
            icon=":material/arrow_forward:",
            query_params=query,
        )
    except StreamlitAPIException:
        st.markdown(otherwise)


def full_link(
    config: Settings, path: str | None = None, beside: Mapping[str, str] | None = None
) -> str:
    """The whole address of ``config`` on this server: of this page with what it has ``beside``, or
    of the page ``path``."""
    parts = urlsplit(st.context.url or "http://localhost:8501/")
    target = parts.path if path is None else parts.path.rsplit("/", 1)[0] + "/" + path
    values = config.to_query() | dict(beside or {})
    if hides := state.hides():
        values[state.HIDE] = hides
    return urlunsplit((parts.scheme, parts.netloc, target, urlencode(values), ""))
