"""The whole glossary as a list that is searched while somebody types, without a run of Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from kdlab.translation import say
from pages.ui.components import inline
from pages.ui.components.way import Stop

_mount = inline.declare("words", "words.js", css_class="kd-words")


class Word(TypedDict):
    """One term: its key, its name, what is told of it, other words for it, and the pages where it
    is met, all as plain words."""

    key: str
    name: str
    told: str
    also: Sequence[str]
    pages: Sequence[Stop]


def words(key: str, listed: Sequence[Word], find: str, along: str) -> str | None:
    """Draw the list; the ``path`` of the page that the visitor wants to go to, None without a
    click. ``find`` is what is searched for at first. ``along`` is the query of the addresses, for a
    tab of its own."""
    data = {
        "words": list(listed),
        "find": find,
        "along": along,
        "said": {
            "label": say("Find a word"),
            "also": say("Also:"),
            "met": say("Appears on:"),
            "none": say("No word in the glossary contains this."),
        },
    }
    asked = _mount(key=key, data=data, on_go_change=lambda: None).go
    known = {page["path"] for word in listed for page in word["pages"]}
    return asked if asked in known else None
