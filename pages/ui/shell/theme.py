"""The looks that every page shares: a colour, a dash and a name for each model.

The three colours are told apart by colour-blind readers (Okabe and Ito's palette, plus a grey) and
on both themes; lines also differ in dash, so that a print without colour can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.report.looks import LOOKS as PRINTED
from kdlab.report.looks import TEACHER as TEACHER
from kdlab.translation import say
from pages.ui.components.way import Stop, way
from pages.ui.shell import contents, explain, needs, prose, state, workers

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Look:
    """How one model is drawn: colour, Plotly dash, marker symbol, words on screen, few words,
    and the colour of small text (readable on white and on black)."""

    colour: str
    dash: str
    symbol: str
    label: str
    short: str
    text: str

    def faded(self, opacity: float) -> str:
        """The colour as CSS rgba with ``opacity`` from 0 to 1, for bands."""
        red, green, blue = (int(self.colour[i : i + 2], 16) for i in (1, 3, 5))
        return f"rgba({red},{green},{blue},{opacity})"


def _as_printed(name: str, dash: str, symbol: str, short: str, text: str) -> Look:
    """In the colour and the words of a report."""
    printed = PRINTED[name]
    return Look(printed.colour, dash, symbol, printed.label, short, text)


_LOOKS: dict[str, Look] = {
    TEACHER: _as_printed(TEACHER, "dash", "diamond", "Teacher", "#2E8BC9"),
    LABELS_ONLY: _as_printed(LABELS_ONLY, "dot", "square", "Labels only", "#808080"),
    DISTILLED: _as_printed(DISTILLED, "solid", "circle", "Distilled", "#DD6B12"),
}


class _Looks(Mapping[str, Look]):
    """With words in the language that is spoken when one is asked for."""

    def __getitem__(self, name: str) -> Look:
        look = _LOOKS[name]
        return replace(look, label=say(look.label), short=say(look.short))

    def __iter__(self) -> Iterator[str]:
        return iter(_LOOKS)

    def __len__(self) -> int:
        return len(_LOOKS)


LOOKS: Mapping[str, Look] = _Looks()
"""Model -> look, in the order of every legend."""

KIT_COLOURS = {TEACHER: "teacher", LABELS_ONLY: "labels", DISTILLED: "distilled"}
"""Model -> the class of its colour in the components' ``kit.css``."""

CLASS_COLOURS = (
    "#56B4E9",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#7A7A7A",
)
"""Classes of 2-D data (Okabe and Ito); repeated after eight."""

STYLE = prose.style(__file__)


def page_header(path: str, lead: str, title: str = "") -> None:
    """The head of the page whose address is ``path``: its name as in the menu, or another
    ``title``, where it is on the way through the lab, what it takes for granted, and the sentence
    that says what to look for.

    Whichever page is opened first, the workers begin to start: soon somebody presses Train.
    """
    workers.manager()
    explain.begin()
    st.html(STYLE)
    place = contents.place(path)
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title(title or say(place.page.title), anchor=False, width="content")
        before, after = _stop(place.before), _stop(place.after)
        taken = needs.of(place.page.text)
        asked = way("way", place.told(), before, after, state.along(), taken)
    if asked is not None:
        st.switch_page(ROOT / contents.script_of(asked))
    st.markdown(explain.words(lead))


def _stop(page: contents.Entry | None) -> Stop | None:
    return None if page is None else {"title": say(page.title), "path": page.path}
