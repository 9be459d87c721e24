"""What the comparison of methods draws: gains over labels only, in the order of validation, and
what tuning chose."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from kdlab.methods import METHODS
from kdlab.studies import StudyHistory, find
from kdlab.studies.methods import ALONE, ranking
from pages.ui.charts import arms
from pages.ui.charts.base import ZERO, list_layout
from pages.ui.charts.text import lines, own
from pages.ui.charts.traces import Dict, ends, means
from pages.ui.shell import explain, prose
from pages.ui.shell.theme import LOOKS
from pages.ui.stream import watching
from pages.ui.study import report


def gains(history: StudyHistory) -> Dict:
    """A dot and its 95 % interval a method, the best on validation images above; zero is labels
    only. What is NaN has no dot."""
    layout = list_layout(
        f"Gain over labels only, {history.judged.units}",
        "Gain with 95 % intervals",
        top=34,
        xaxis=ZERO | {"rangemode": "tozero"},
    )
    data: list[Dict] = []
    looks = arms.looks(history)
    for name, gain in ranking(history):
        if math.isnan(gain.mean):
            continue
        low, high = gain.ci95 or (math.nan, math.nan)
        told = [history.label(name), *arms.gain_words(gain), f"n = {gain.seeds} seeds"]
        scale = gain.measure.scale
        spread, row = (
            (scale * gain.mean, scale * low, scale * high),
            arms.short(history.label(name)),
        )
        data.append(means([spread], [row], looks[name], 12, own("{}<extra></extra>", lines(*told))))
    return {"data": data, "layout": layout}


def describe(history: StudyHistory) -> str:
    """The chart in a sentence, for people who do not see it."""
    told = [
        f"{METHODS[n].label} " + ("NaN" if math.isnan(g.mean) else g.number())
        for n, g in ranking(history)
    ]
    found = ", ".join(told) or "nothing is done yet"
    how = f"in {history.judged.units}, the best on validation {history.noun} first"
    return f"Gains over labels only {how}: {found}"


def trials(history: StudyHistory) -> pd.DataFrame:
    """One row an arm: each value that was tried, how it did on validation, the chosen marked."""
    content = history.exhibits.get("tuning")
    rows: dict[str, Dict] = {}
    for trial in content["trials"] if content else []:
        name = trial["arm"]
        label = LOOKS[ALONE].short if name == ALONE else METHODS[name].label
        row = rows.setdefault(name, {"": label, "Tuned": trial["what"].replace("_", " ")})
        number = sum(key.startswith("Trial") for key in row) + 1
        value = trial.get(history.chooses, math.nan)
        found = "NaN" if value < 0 or math.isnan(value) else history.judged.shown(value)
        mark = " ✓" if trial["chosen"] else ""
        row[f"Trial {number}"] = f"{trial['value']:g}: {found}{mark}"
    return pd.DataFrame(list(rows.values()))


def tuning(history: StudyHistory) -> None:
    """The tab of the trials."""
    content = history.exhibits.get("tuning")
    if content is None:
        st.caption("What was tried appears when all trials are done.")
        return
    st.dataframe(trials(history), hide_index=True, width="stretch")
    seeds = ", ".join(str(seed) for seed in content["seeds"])
    st.caption(explain.text("studies/methods", "tuning", seeds=seeds))


def gains_or_curves(history: StudyHistory) -> Dict:
    """The curves, until there are gains."""
    return gains(history) if ranking(history) else arms.curves(history)


def describe_either(history: StudyHistory) -> str:
    """It in a sentence."""
    return describe(history) if ranking(history) else report.alt_of_curves(history)


def zero(history: StudyHistory) -> str:
    """What the gains are over, as Markdown; empty before that is known."""
    judged, (mean, low, high) = history.judged, history.mean(ALONE)
    if not math.isfinite(mean):
        return ""
    words = prose.plain(history.label(ALONE))
    spread = ends(judged.scale * low, judged.scale * high, judged.digits)
    return f"Zero is “{words}”: {judged.shown(mean)}{spread} on test {history.noun}."


def picture(history: StudyHistory) -> None:
    """Gains, in the order of validation, and what was found; before that the curves."""
    left, right = st.columns([4, 3], gap="medium")
    with left:
        watching.chart("methods_gains", history, gains_or_curves, describe_either, 390)
    with right:
        watching.markdown("methods.zero", history, zero)
        report.findings(find("methods"), history)
