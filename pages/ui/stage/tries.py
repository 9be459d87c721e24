"""What to try on a page, above its picture: the names and answers of its text, each with settings.

Pressing a name puts its settings on the controls, and the address follows. (A page_link to the page
that is open changes what Python reads, but not the browser's address, which then wins at the next
interaction: Streamlit 1.67.)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import streamlit as st

from kdlab.config.base import Settings
from kdlab.translation import language
from pages.ui.components.tries import Told, tries
from pages.ui.shell import explain, glossary, prose, state
from pages.ui.shell.state import State

PICTURE = ".st-key-picture .kd-chart"
"""What is to be seen after a press: the first chart of a stage."""

MEASURED = "measured"
"""Between the double braces of a text: figures of the networks that its page shows at first, which
need not be true of others."""


def show(
    here: State[Any],
    text: str,
    settings: Mapping[str, Settings | Mapping[str, Any] | None],
    picture: str = PICTURE,
    lacking: Collection[str] = (),
) -> None:
    """The row "Try this" of the page of ``here``: what its ``text`` offers, with the ``settings``
    of each name: all of the page's, some of them by name, or None where there is nothing to set.

    Left out is what would change a setting that the link hides: an exercise stays as it was handed
    out. So is what has no question left without that which is hidden or ``lacking``: names between
    the double braces of the text, see :func:`pages.ui.shell.prose.for_hidden`. Nothing is drawn
    where the link hides the row.
    """
    offered = prose.tries(text)
    if {one.name for one in offered} != set(settings):
        raise KeyError(f"{text}.md offers {[one.name for one in offered]}, not {list(settings)}")
    hidden = state.hidden()
    met = explain.before(
        f"{text} try"
    )  # one question is shown, or none: each explains its own terms
    told = [
        _told(
            one, (hidden | set(lacking)) & prose.asked_for(one.task + one.answer), met, language()
        )
        for one in offered
        if not _changes(here, settings[one.name]).keys() & hidden
    ]
    told = [one for one in told if one["task"]]
    if "try" in hidden or not told:
        return
    chosen = f"{here.page}.tried"

    def pick(name: str) -> None:
        st.session_state[chosen] = name
        wanted = _values(settings.get(name))
        if wanted:
            here.problems.clear()
            here.set(**wanted)

    tries(f"{here.page}.tries", told, st.session_state.get(chosen, ""), picture, pick)


def _values(wanted: Settings | Mapping[str, Any] | None) -> Mapping[str, Any]:
    return wanted.model_dump() if isinstance(wanted, Settings) else wanted or {}


def _changes(here: State[Any], wanted: Settings | Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Those of the settings ``wanted`` that are not on the page already."""
    return {n: value for n, value in _values(wanted).items() if here.values[n] != value}


@lru_cache(maxsize=200)
def _told(one: prose.Try, without: frozenset[str], met: frozenset[str], language: str) -> Told:
    """As HTML; kept, for the texts of a page are a good part of what its run would cost. Of what is
    hidden ``without`` holds the names that the text asks for: no visitor fills this with others.
    Terms of the glossary are explained but for those which the page has explained already."""

    def words(markdown: str, met: frozenset[str]) -> tuple[str, frozenset[str]]:
        written = " ".join(prose.for_hidden(markdown, without).split())
        marked, found = glossary.mark(written, met, language)
        return prose.to_html(marked), met.union(found)

    task, met = words(one.task, met)
    answer, _ = words(one.answer, met)
    return {"name": one.name, "label": one.label or one.name, "task": task, "answer": answer}
