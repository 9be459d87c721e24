"""The one hub of this server's streams, and who may read which of them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

import streamlit as st

from kdlab.hosting import visitor
from kdlab.streams import Hub, Source, Subscription
from pages.ui.shell import visiting

PATH = "kdlab/stream"
"""Of the route, below the server's own; an address in a page is relative to it."""


@st.cache_resource(show_spinner=False)
def hub() -> Hub:
    """Shared by all pages and the routes."""
    return Hub()


def subscribe(source: Source) -> Subscription:
    """Begin to watch ``source`` for the visitor for whom this thread is at work."""
    return hub().subscribe(source, visitor.current(), visiting.browser())


def address(one: Subscription) -> str:
    """Where a browser reads it, from the root of the server."""
    return f"{PATH}/{one.token}"


def find(token: str, cookies: Mapping[str, str]) -> Subscription | None:
    """The subscription of whoever sends these cookies; None where it is not his, or none."""
    return hub().find(unquote(token), visiting.browser_of(cookies))
