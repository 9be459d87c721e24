"""Words: the glossary, with the pages where each term is met."""

from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from kdlab.translation import ENGLISH, language, say
from pages.ui.components.words import words
from pages.ui.shell import contents, glossary, met, prose, state
from pages.ui.shell.theme import page_header

ROOT = Path(__file__).parents[2]

state.visit("words")
known = list(glossary.terms(language()).values())
if language() == ENGLISH:  # of signs that are no letters there is no such order
    known.sort(key=lambda term: term.name.lower())
page_header("words", prose.text("words").format(count=len(known)))
asked = glossary.terms(language()).get(st.query_params.get("word", ""))
path = words(
    "words",
    [
        {
            "key": term.key,
            "name": term.name,
            "told": term.told,
            "also": glossary.others(term),
            "pages": [{"title": say(p.title), "path": p.path} for p in met.pages_of(term.key)],
        }
        for term in known
    ],
    asked.name if asked else "",
    urlencode(state.along()),
)
if path is not None:
    st.switch_page(ROOT / contents.script_of(path))
