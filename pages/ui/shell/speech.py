"""In which language a page speaks to whoever is in front of it.

His browser says which one he reads; the switch in the head of every page, and ``?lang=zh`` in a
link, say otherwise (:mod:`pages.ui.shell.carried`). A page that has not been translated is English,
and says so in a line to whoever reads another language; the menu is in his language everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from kdlab import translation
from kdlab.translation import ENGLISH, LANGUAGES, language, say, speaking
from pages.ui.shell.carried import Carried

STANDS = Carried("lang", lambda value: value in LANGUAGES)
TRANSLATED = frozenset({"", "lessons", "class", "compose", "words", "soft-targets", "loss", "live"})
"""Addresses of the pages that speak all languages."""
NOW = "speech.now"
"""What the page that a session shows is written in: parts of it that are drawn by themselves, and
what its buttons do, speak the same."""


def reads() -> str:
    """The language of this visitor, one of LANGUAGES."""
    return STANDS.value or _of_browser()


def _of_browser() -> str:
    """As his browser says; English where it says nothing, or one that the lab does not speak."""
    try:
        told = st.context.locale or ""
    except (AttributeError, RuntimeError):  # no browser: a test runs the page
        return ENGLISH
    found = told.replace("_", "-").split("-")[0].lower()
    return found if found in LANGUAGES else ENGLISH


def of_page(path: str) -> str:
    """What the page whose address is ``path`` is written in for this visitor."""
    return reads() if path in TRANSLATED else ENGLISH


@contextmanager
def written(path: str) -> Iterator[None]:
    """The block draws the page whose address is ``path``."""
    own = of_page(path)
    st.session_state[NOW] = own
    if own != reads():
        with speaking(reads()):
            st.caption(say("This page is in English only so far."))
    with speaking(own):
        yield


def key(name: str) -> str:
    """The key of a widget that offers words which are translated. A browser says which of them was
    chosen in words, and goes on to say the old ones when the language changes: in each language
    that is another widget."""
    now = language()
    return name if now == ENGLISH else f"{name}.{now}"


def switch() -> None:
    """The buttons in the head of every page that lead to the other languages."""
    here = reads()
    with st.container(key="languages", horizontal=True, gap="small"):
        for other, name in LANGUAGES.items():
            if other != here:
                with speaking(other):
                    words = say("This page, its menu and its help in English.")
                st.button(
                    name,
                    key=f"speech.{other}",
                    type="tertiary",
                    help=words,
                    on_click=_turn,
                    args=(other,),
                )


def _turn(to: str) -> None:
    STANDS.put(to)
    # A box says its choice in words, and the browser goes on to say the old ones: of all settings
    # the widgets are replaced by new ones, as where they are set from outside.
    for name, memory in st.session_state.items():
        if str(name).startswith("link.") and isinstance(memory, dict) and "values" in memory:
            revisions = memory.setdefault("revisions", {})
            for setting in memory["values"]:
                revisions[setting] = revisions.get(setting, 0) + 1


def _of_session() -> str:
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    return str(st.session_state.get(NOW, ENGLISH))


translation.ask(_of_session)
