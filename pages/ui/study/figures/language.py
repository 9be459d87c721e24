"""What "Which divergence, whose prefixes?" draws: every measure over whose prefixes, a line a
divergence; and strings that the students say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from kdlab.measure.intervals import interval
from kdlab.measure.measures import BITS
from kdlab.studies import StudyHistory
from kdlab.studies.language.found import arms_of, said
from kdlab.studies.language.names import ALONE, DIVERGENCES, arm_name
from kdlab.studies.language.study import LanguageConfig
from pages.ui.charts import traces
from pages.ui.charts.arms import COLOURS, DASHES, SYMBOLS, stand
from pages.ui.charts.base import base_layout
from pages.ui.charts.text import number, own
from pages.ui.charts.traces import Dict, Spread, line, whiskers
from pages.ui.shell import explain
from pages.ui.shell.prose import visible
from pages.ui.shell.theme import LOOKS, TEACHER, Look
from pages.ui.stream import watching
from pages.ui.study import report

MEASURES = {
    BITS.name: "Bits per test character",
    "exposure": "Exposure bias, bits per character",
    "teacher_bits": "What it says, to its teacher: bits per character",
    "covered": "Strings of the grammar that are covered, %",
    "string_kl": "KL(truth ‖ student), bits per string",
    "right": "Of what it says is right, %",
    "novel": "Of what it says is new, %",
}
"""Measure -> words on the axis. Those that end with % are shares."""
OF_TEXT = ("exposure", "teacher_bits", "novel")
OF_GRAMMAR = ("exposure", "teacher_bits", "covered", "string_kl", "right")
"""What is drawn of what they say."""
WHOSE = {"data": "the data", "teacher": "the teacher", "student": "the student itself"}
"""On the axis."""
APART = 0.07
"""Between the lines of two divergences, where the way from one kind of prefix to the next is 1."""


def looks(config: LanguageConfig) -> dict[str, Look]:
    """A colour, a dash and a symbol for each divergence, the same whichever others there are."""
    first = LOOKS["distilled"]
    return {
        name: replace(
            first, colour=COLOURS[n], text=COLOURS[n], dash=DASHES[n], symbol=SYMBOLS[n],
            label=label, short=label,
        )
        for n, (name, label) in enumerate(DIVERGENCES.items())
        if name in config.divergences
    }  # fmt: skip


def found(history: StudyHistory, arm: str, measure: str) -> Spread | None:
    """Mean and interval of ``measure``, one of MEASURES, as it is drawn; None where it is not known
    yet. Bits per character are known while the students learn."""
    if measure == BITS.name:
        return stand(history, arm)
    values = said(history, arm).get(measure)
    return None if values is None else _drawn(interval(values), measure)


def _drawn(spread: Spread, measure: str) -> Spread:
    return traces.percent(*spread) if MEASURES[measure].endswith("%") else spread


def of_teacher(history: StudyHistory, measure: str) -> float | None:
    """The same of the teacher, where it has any."""
    if measure == BITS.name:
        return history.teacher_value
    content = history.exhibits.get("language")
    values = content["teacher"].get(measure) if content else None
    return None if values is None else _drawn(interval(values), measure)[0]


def crossed(history: StudyHistory, measure: str = BITS.name) -> Dict:
    """``measure`` over whose prefixes the students learn on, a line a divergence; labels only and
    the teacher as levels. The bars are 95 % intervals over seeds."""
    config = report.settings(history, LanguageConfig)
    places = [whose for whose in WHOSE if whose in config.prefixes]
    words = MEASURES[measure]
    axis = {
        "tickmode": "array",
        "tickvals": list(range(len(places))),
        "ticktext": [WHOSE[whose] for whose in places],
        "range": [-0.5, len(places) - 0.5],
    }
    title = f"{words.split(',')[0].split(':')[0]}; bars: 95 % intervals"
    layout = base_layout("Prefixes of", words, title, under=-0.2, closest=True, xaxis=axis)
    ends = (-0.5, len(places) - 0.5)
    data: list[Dict] = []
    levels = [(LOOKS[ALONE], found(history, ALONE, measure)), (LOOKS[TEACHER], None)]
    known = of_teacher(history, measure)
    for look, spread in levels:
        value = known if look is LOOKS[TEACHER] else spread and spread[0]
        shown = [] if value is None or not math.isfinite(value) else [value, value]
        data.append(
            line(ends[: len(shown)], shown, look, look.short, width=2, **_hover(look, shown))
        )
    own_looks = looks(config)
    for n, (divergence, look) in enumerate(own_looks.items()):
        shift = APART * (n - (len(own_looks) - 1) / 2)
        each = [
            (place + shift, spread)
            for place, whose in enumerate(places)
            if (spread := found(history, arm_name(divergence, whose), measure))
            and math.isfinite(spread[0])
        ]
        spreads = [spread for _, spread in each]
        data.append(
            line(
                [x for x, _ in each],
                [mean for mean, _, _ in spreads],
                look,
                look.label,
                width=1.5,
                size=10,
                **_hover(look, [mean for mean, _, _ in spreads]),
                **whiskers("y", spreads, look.colour),
            )
        )
    return {"data": data, "layout": layout}


def _hover(look: Look, values: Sequence[float]) -> Dict:
    """What is told where one points: values may be below 0, for which Plotly has no minus."""
    told = [number(value, 3) for value in values]
    return {"hover": own("{}: %{{text}}<extra></extra>", look.label), "text": told}


def describe(history: StudyHistory, measure: str = BITS.name) -> str:
    """The chart in a sentence, for people who do not see it."""
    each = [(name, found(history, name, measure)) for _, _, name in arms_of(history)]
    told = ", ".join(
        f"{history.label(name)} {number(spread[0])}" for name, spread in each if spread
    )
    return f"{MEASURES[measure]} over whose prefixes: {told or 'nothing is known yet'}"


def picture(history: StudyHistory) -> None:
    """Bits per character over whose prefixes, and what was found."""
    until = "What the students write, and what it costs, is shown at the end."
    with report.beside_findings("language", history, until):
        watching.chart("language_bits", history, crossed, describe, 390)


def what_they_say(history: StudyHistory) -> None:
    """What else was measured of what they say, and some of it, as text."""
    config = report.settings(history, LanguageConfig)
    of_data = OF_GRAMMAR if config.dataset == "grammar" else OF_TEXT
    row = [(f"language_{measure}", crossed, describe, (measure,)) for measure in of_data]
    for start in range(0, len(row), 3):
        part = row[start : start + 3]
        watching.charts(part, history, 300, len(part))
    if "language" not in history.exhibits:
        st.caption("What the students say appears at the end.")
        return
    st.dataframe(strings(history), hide_index=True, width="stretch")
    count = history.exhibits["language"]["samples"]
    st.caption(explain.text("studies/language", "said", samples=f"{count:,}"))


def strings(history: StudyHistory) -> pd.DataFrame:
    """Strings of the first seed, one column a kind of student; all with the same luck."""
    content = history.exhibits["language"]
    names = (ALONE, *(name for _, _, name in arms_of(history)))
    columns = {"Teacher": content["teacher"]["said"]}
    columns |= {history.label(name): said(history, name)["said"] for name in names}
    return pd.DataFrame(
        {visible(label): [visible(text) for text in texts] for label, texts in columns.items()}
    )
