"""What to try on a page, above its picture: the names and answers of its text, each with settings.

Pressing a name puts its settings on the controls, and the address follows. (A page_link to the page
that is open changes what Python reads, but not the browser's address, which then wins at the next
interaction: Streamlit 1.67.)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import streamlit as st

from kdlab.config.base import Settings
from pages.ui.components.tries import Told, tries
from pages.ui.shell import prose, state
from pages.ui.shell.state import State

PICTURE = ".st-key-picture .kd-chart"
"""What is to be seen after a press: the first chart of a stage."""


def show(
    here: State[Any],
    text: str,
    settings: Mapping[str, Settings | None],
    picture: str = PICTURE,
    left_out: Collection[str] = (),
) -> None:
    """The row "Try this" of the page of ``here``: what its ``text`` offers but for the names that
    are ``left_out``, with the ``settings`` of each name; None where there is nothing to set.
    Nothing where the link hides it."""
    offered = tuple(one for one in prose.tries(text) if one.name not in left_out)
    if {one.name for one in offered} != set(settings):
        raise KeyError(f"{text}.md offers {[one.name for one in offered]}, not {list(settings)}")
    if "try" in state.hidden() or not offered:
        return
    chosen = f"{here.page}.tried"

    def pick(name: str) -> None:
        st.session_state[chosen] = name
        wanted = settings.get(name)
        if wanted is not None:
            here.problems.clear()
            here.set(**wanted.model_dump())

    told = _told(offered, state.hidden())
    tries(f"{here.page}.tries", told, st.session_state.get(chosen, ""), picture, pick)


@cache
def _told(offered: tuple[prose.Try, ...], hidden: frozenset[str]) -> list[Told]:
    """As HTML; kept, for the texts of a page are a good part of what its run would cost."""

    def words(markdown: str) -> str:
        return prose.to_html(prose.for_hidden(markdown, hidden))

    return [
        {"name": one.name, "task": words(one.task), "answer": words(one.answer)} for one in offered
    ]
