"""Words of the field are explained where they first stand on a page.

A page's texts come one after the other: whichever has a term first explains it, as long as the page
is shown, and again when only a part of the page is drawn anew.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab.translation import language
from pages.ui.shell import glossary, prose

MET, TEXTS = "words.met", "words.texts"
"""Where a session keeps which terms its page has explained so far, by their keys, and with what was
met before each of its texts: a part that is drawn anew explains what it explained."""


def begin() -> None:
    """A page begins: nothing is explained yet."""
    st.session_state[MET], st.session_state[TEXTS] = set(), {}


def before(name: str) -> frozenset[str]:
    """Keys of the terms that the page explained before the text of this ``name`` came."""
    met: set[str] = st.session_state.setdefault(MET, set())
    texts: dict[str, frozenset[str]] = st.session_state.setdefault(TEXTS, {})
    return texts.setdefault(name, frozenset(met))


def words(markdown: str, name: str = "", folded: bool = False) -> str:
    """``markdown``, each term in it explained where it first stands on this page. ``name`` is that
    of the text, where it changes with what it tells. What is ``folded`` away at first explains its
    terms, but is not where somebody meets them first."""
    marked, found = glossary.mark(markdown, before(name or markdown), language())
    if not folded:
        st.session_state[MET].update(found)
    return prose.unbroken(marked)


def text(page: str, section: str = "intro", /, **values: Any) -> str:
    """A section of a page's text, with ``values`` in place of their names in braces, its terms
    explained."""
    written = prose.text(page, section)
    return words(written.format(**values) if values else written, f"{page} {section}")
