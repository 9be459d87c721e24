"""The foot of the panel: Back, Skip and Next, and what the step waits for.

Next has its place whether or not the step is done, so that nothing else comes under the finger of
who goes on quickly; Skip stands away from it.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab.lessons.lesson import Link
from kdlab.translation import say
from pages.ui.guide import going, progress, waiting
from pages.ui.guide.progress import Open
from pages.ui.shell import prose
from pages.ui.widgets.buttons import button

NEXT_KEY, BACK_KEY = "G", "H"
"""No page has these: N and B are the player's."""


def show(now: Open, unmet: list[Any], path: str, *, done: bool) -> None:
    """Draw it, for the step that is open on the page at ``path``."""
    waits = now.step is not None and not done
    with st.container(key="guide_foot", horizontal=True, vertical_alignment="center", gap="small"):
        _back(now)
        if waits:
            _skip(now)
            told = say(", ").join(waiting.in_words(each, now) for each in unmet)
            st.caption(f"{say('Waits for')}{say(': ')}{told}", width="stretch")
            _way_back(now, path)
        else:
            ended = now.step is not None and bool(now.step.until)
            st.caption(say("Done.") if ended else "", width="stretch")
        if now.number <= now.last:
            _next(now, waits)


def _back(now: Open) -> None:
    button(
        say("Back", about="lesson"),
        "guide.back",
        "arrow_back",
        _move,
        now,
        now.number - 1,
        help_text=prose.text("guide", "back help"),
        shortcut=BACK_KEY,
        off=now.number == 0,
    )


def _skip(now: Open) -> None:
    st.button(
        say("Skip"),
        key="guide.skip",
        icon=":material/skip_next:",
        on_click=_move,
        args=(now, now.number + 1),
        help=prose.text("guide", "skip help"),
        type="tertiary",
    )


def _next(now: Open, waits: bool) -> None:
    button(
        say("Begin") if now.number == 0 else say("Next", about="lesson"),
        "guide.next",
        "arrow_forward",
        _move,
        now,
        now.number + 1,
        help_text=None if waits else prose.text("guide", "next help"),  # it would lie over the text
        shortcut=NEXT_KEY,
        kind="secondary" if waits else "primary",
        off=waits,
    )


def _way_back(now: Open, path: str) -> None:
    """For who has gone to another page meanwhile."""
    where = now.where
    page = going.entry(where.path) if where is not None and where.path != path else None
    if page is not None:
        to = Link(page.path)  # as he left it
        going.button(say("Back to {page}", page=say(page.title)), "guide.way_back", to)


def _move(now: Open, number: int) -> None:
    progress.stand(now.lesson.name, number)
