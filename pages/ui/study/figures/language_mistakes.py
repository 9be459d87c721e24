"""What the page of language model mistakes draws: students with and without one, in bits; the
effects that are computed, which need no study; and a table of all twelve."""

from __future__ import annotations

from functools import cache
from typing import Literal, cast

import pandas as pd
import streamlit as st

from kdlab.errors import KdlabError
from kdlab.measure.measures import BITS
from kdlab.storage.store import BUNDLED, Store
from kdlab.studies import StudyHistory, find, load_result
from kdlab.studies.language_mistakes.effect import Effect, Series
from kdlab.studies.language_mistakes.exact import effect
from kdlab.studies.language_mistakes.records import (
    EXACT,
    KL,
    LANGUAGE_MISTAKES,
    ExactName,
    LanguageMistake,
    TrainedName,
)
from kdlab.studies.language_mistakes.study import LanguageMistakesConfig
from pages.ui.charts import arms as study_charts
from pages.ui.charts.base import banded, base_layout, log_axis
from pages.ui.charts.text import Own
from pages.ui.charts.traces import Dict, course, dots, level, line
from pages.ui.components.live_chart import live_chart
from pages.ui.shell import explain, prose
from pages.ui.shell.theme import LOOKS, TEACHER, Look
from pages.ui.stream import watching
from pages.ui.study import page, report

NAME = "language-mistakes"
TEXT = f"studies/{NAME}"
HOVER = Own("%{y:.3f} bits")
FEW = 12
"""Points of a curve that are marked, each for itself."""


# -- trained --------------------------------------------------------------------------------------


def over_epochs(history: StudyHistory) -> Dict:
    """Bits per test character over epochs, a line and a band an arm, and the teacher's."""
    started = history.started
    title = banded("Bits per test character: lower is better", len(started.seeds) if started else 2)
    ends = (0, study_charts.last_epoch(history))
    layout = base_layout("Epoch", BITS.label, title, under=-0.18, xaxis={"range": list(ends)})
    layout["showlegend"] = True
    data: list[Dict] = []
    for name, look in study_charts.looks(history).items():
        curve = history.curve(name, "test_bits")
        data += course(
            curve.epochs.tolist(), curve.spreads, look, look.label, shares=False, hover=HOVER,
            opacity=0.14,
        )  # fmt: skip
    if started and started.teacher_bits:
        value = sum(started.teacher_bits) / len(started.teacher_bits)
        data.append(level(ends, value, LOOKS[TEACHER], "Teacher (test)", width=1.5, hover=HOVER))
    return {"data": data, "layout": layout}


def describe(history: StudyHistory) -> str:
    """The curves in a sentence, for people who do not see them."""
    done = [str(arm["name"]) for arm in history.arms if arm["name"] in history.done]
    known = [name for name in done if history.values(name, "bits")]
    told = ", ".join(f"{history.label(name)} {history.mean(name)[0]:.2f}" for name in known)
    return (
        "Bits per test character over epochs: labels only, the right version and the one with the "
        f"mistake. {told or 'Nothing is done yet'}"
    )


def picture(history: StudyHistory) -> None:
    """Curves, and beside them the wrong lines, the right ones, and what to look for."""
    config = report.settings(history, LanguageMistakesConfig)
    left, right = st.columns([4, 3], gap="medium")
    with left:
        watching.chart("language_mistake_curves", history, over_epochs, describe, 380)
        report.findings(find(NAME), history)
    with right:
        code(LANGUAGE_MISTAKES[config.mistake])


def code(record: LanguageMistake) -> None:
    """Both versions, what to look for, how it is put right, and where it was found."""
    st.markdown(f"**{prose.plain(record.title)}**")
    st.code(record.wrong, language="python", wrap_lines=True)
    st.markdown("**The same, right**")
    st.code(record.right, language="python", wrap_lines=True)
    st.markdown(explain.text(TEXT, record.name))
    st.markdown(f"**Found in** {prose.plain(', '.join(record.threads))}.")


# -- computed -------------------------------------------------------------------------------------


def computed() -> None:
    """The mistake whose effect is computed: its chart, its figures and its code."""
    name = cast(ExactName, page.view(NAME, "exact"))
    found = effect(name)
    st.subheader("Computed, without training", anchor=False)
    st.caption(explain.text(TEXT, "computed"))
    left, right = st.columns([4, 3], gap="medium")
    with left:
        live_chart(
            "language_mistake_effect", drawn(found), told(found), 380, about=EXACT[name].title
        )
        for sentence in found.said:
            st.markdown(prose.plain(sentence))
    with right:
        code(EXACT[name])
        with st.expander("What both call"):
            st.code(KL, language="python", wrap_lines=True)


def drawn(found: Effect) -> Dict:
    """The curves of an effect: the right version in the colour of what is right above."""
    axes = {axis: log_axis() if axis in found.log else {} for axis in ("x", "y")}
    if "x" in found.log and len(found.series[0].x) <= FEW:
        axes["x"] = log_axis(at=found.series[0].x)
    layout = base_layout(
        found.x, found.y, found.title, under=-0.2, xaxis=axes["x"], yaxis=axes["y"],
        closest=found.dots,
    )  # fmt: skip
    layout["showlegend"] = True
    wrong = [series for series in found.series if series.role == "wrong"]
    data = [
        _trace(series, _look(series, wrong.index(series) if series in wrong else 0), found)
        for series in found.series
    ]
    return {"data": data, "layout": layout}


def _trace(series: Series, look: Look, found: Effect) -> Dict:
    hover = Own("%{y:.4g}")
    if found.dots:
        marker = {"symbol": look.symbol}
        return dots(
            series.x, series.y, look.colour, 9, marker=marker, hover=hover, name=series.name
        )
    size = 7 if len(series.x) <= FEW else 0
    return line(series.x, series.y, look, series.name, size=size, hover=hover)


def _look(series: Series, number: int) -> Look:
    own = study_charts
    place = {"right": 0, "wrong": 1 + number}.get(series.role)
    if place is None:
        return Look("#808080", "dot", "square", series.name, series.name, "#808080")
    colour = own.COLOURS[place]
    return Look(colour, own.DASHES[place], own.SYMBOLS[place], series.name, series.name, colour)


def told(found: Effect) -> str:
    """An effect in sentences, for people who do not see its chart."""
    return f"{found.title}. {' '.join(found.said)}"


# -- all of them ----------------------------------------------------------------------------------


def all_of_them() -> None:
    """Every mistake, what it does, and where it was found."""
    st.subheader("All twelve", anchor=False)
    st.dataframe(table(), hide_index=True, width="stretch", height="content")
    st.caption(explain.text(TEXT, "all"))


def look_for(name: str) -> str:
    """The first paragraph of the text of a mistake, as plain words."""
    words = prose.text(TEXT, name).split("\n\n")[0].removeprefix("**Look for** ")
    return words[:1].upper() + words[1:].replace("`", "")


@cache
def stored(name: TrainedName) -> str:
    """What students with the mistake ``name`` came to under the settings of the page, as it comes
    with the lab; "" where it does not, or cannot be read."""
    study, config = find(NAME), LanguageMistakesConfig(mistake=name)
    try:
        events = load_result(study, config, Store(BUNDLED, bundled=None))
    except KdlabError:
        return ""
    said = study.answered(StudyHistory(config, events)) if events else None
    return said.text if said else ""


def table() -> pd.DataFrame:
    """One row a mistake: its effect, computed or measured, else what to look for."""
    rows = []
    for name, record in LANGUAGE_MISTAKES.items():
        exact = name in EXACT
        kind: Literal["computed", "trained"] = "computed" if exact else "trained"
        what = (
            effect(cast(ExactName, name)).said[0]
            if exact
            else stored(cast(TrainedName, name)) or look_for(name)
        )
        rows.append(
            {
                "Mistake": record.title,
                "Known by": kind,
                "What it does": what,
                "Found in": ", ".join(record.threads),
            }
        )
    return pd.DataFrame(rows)
