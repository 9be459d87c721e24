"""The line beside a page's title: which step of the way it is, how long it takes, before and next,
and what the page takes for granted.

Its links are addresses, so that they can be opened in a tab of their own; a plain click goes on
within the app, without loading it anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict
from urllib.parse import urlencode

from kdlab.translation import say
from pages.ui.components import inline

_mount = inline.declare("way", "words.js", "way.js", css_class="kd-way")


class Stop(TypedDict):
    """Another page: its name, and its address beside this one's."""

    title: str
    path: str


class Needs(TypedDict):
    """What a page takes for granted, as HTML that the lab made, and the addresses of the pages to
    which it links (``data-path``)."""

    html: str
    paths: Sequence[str]


def way(
    key: str,
    at: str,
    before: Stop | None,
    after: Stop | None,
    along: Mapping[str, str],
    needs: Needs,
) -> str | None:
    """Draw the line; the ``path`` of the page that the visitor wants to go to, None without a
    click. ``at`` says where on the way this page is, as plain words. ``along`` are the parameters
    of the addresses, for a tab of its own: it is a new session, which knows nothing of this one."""
    data = {"at": at, "before": before, "next": after, "along": urlencode(along)}
    data |= {"needs": needs["html"], "label": say("You should know:")}
    asked = _mount(key=key, data=data, on_go_change=lambda: None).go
    known = [stop["path"] for stop in (before, after) if stop is not None]
    return asked if asked in {*known, *needs["paths"]} else None
