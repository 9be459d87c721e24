"""The clinic's two pages: choosing a mistake or a claim, its code or its quotation beside the
curves, and tables of all verdicts that come with the lab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from kdlab.errors import StoreError
from kdlab.experiments.study.basis import by_chance
from kdlab.measure.gain import Gain
from kdlab.measure.power import NOTABLE, POWER
from kdlab.studies import Study, StudyConfig, StudyHistory, find
from kdlab.studies.claims.study import ClaimsConfig
from kdlab.studies.clinic.claims import CLAIMS, article
from kdlab.studies.clinic.code import DEFECTS
from kdlab.studies.clinic.verdicts import LEAST_TEACHERS, MOST_TEACHERS, Verdict, stored
from kdlab.studies.mistakes import rounded
from kdlab.studies.mistakes.records import MISTAKES
from kdlab.studies.mistakes.study import MistakesConfig
from pages.ui.charts import arms as study_charts
from pages.ui.shell import explain, prose
from pages.ui.shell import state as links
from pages.ui.stream import watching
from pages.ui.study import page, report
from pages.ui.study.figures import rounded as files
from pages.ui.widgets import settings
from pages.ui.widgets.choices import one_of

ICONS = {"holds": "✓", "does not hold": "✗", "depends": "~", "cannot be told": "?"}
"""Verdict of a claim -> a sign before it, so that no colour is needed."""


def pick(study: Study, name: str, settings_of: Callable[[str], StudyConfig]) -> None:
    """The widget of setting ``name``, first in the sidebar. A choice brings the settings in which
    it is tested, ``settings_of``, and leaves the seeds as they are."""
    here = links.state(page.page_of(study), study.config, settings.NAMES)
    if name in links.hidden():
        return
    words: dict[str, str] = settings.facts(study.config.model_fields[name])["words"]

    def chosen(value: str) -> None:
        wanted = settings_of(value).model_dump()
        for kept in ("seeds", "first_seed", "teacher_seed", "teacher_seeds"):
            wanted.pop(kept)
        here.set(**wanted)

    with st.sidebar:
        one_of(here, name, words, words.__getitem__, then=chosen)


# -- mistakes -------------------------------------------------------------------------------------


def mistake(history: StudyHistory) -> None:
    """Curves, or what files come to, and beside them the wrong lines, the right ones, and what to
    look for."""
    assert isinstance(history.config, MistakesConfig)
    record = MISTAKES[history.config.mistake]
    left, right = st.columns([4, 3], gap="medium")
    with left:
        figure: Callable[..., dict[str, Any]] = study_charts.curves
        words = describe_mistake
        if record.name == rounded.NAME and rounded.ROUNDED in history.exhibits:
            figure, words = files.ways, files.describe
        watching.chart("mistake_curves", history, figure, words, 380)
        report.findings(find("mistakes"), history)
    with right:
        st.markdown(f"**{prose.plain(record.title)}**")
        st.code(record.wrong, language="python", wrap_lines=True)
        st.markdown("**The same, right**")
        st.code(record.right, language="python", wrap_lines=True)
        st.markdown(explain.text("studies/mistakes", record.name))


def describe_mistake(history: StudyHistory) -> str:
    """The curves in a sentence, for people who do not see them."""
    return (
        "Test accuracy over epochs: labels only, the right version and the one with the mistake. "
        f"{study_charts.describe(history)}"
    )


def all_mistakes() -> None:
    """Every mistake with its stored effect."""
    known = _stored()
    if not known:
        return
    rows = mistakes_table(known)
    st.dataframe(rows, hide_index=True, width="stretch", height="content")
    facts = {
        "teachers": f"{LEAST_TEACHERS} to {MOST_TEACHERS}",
        "notable": f"{100 * NOTABLE:g}",
        "power": f"{100 * POWER:g}",
        "rows": len(rows),
        "chance": by_chance(len(rows)),
    }
    st.caption(explain.text("clinic", "mistakes", **facts))


def mistakes_table(known: dict[str, Verdict]) -> pd.DataFrame:
    """One row a mistake: its effect, and accuracy and calibration error right and wrong, in %."""
    rows = []
    for name, record in MISTAKES.items():
        if name not in known:
            continue
        found = known[name]
        arms = found["arms"]
        row: dict[str, Any] = {"Mistake": record.title, "Effect": Gain.of(found["effect"]).told()}
        row["Over"] = Gain.of(found["effect"]).over()
        for column, arm in (("Right", "right"), ("Wrong", "wrong"), ("Labels only", "labels only")):
            row[f"{column}, %"] = f"{100 * arms[arm]['accuracy']:.1f}" if arm in arms else ""
        for column, arm in (("right", "right"), ("wrong", "wrong")):
            title = f"Calibration error {column}, %"
            row[title] = f"{100 * arms[arm]['ece']:.1f}" if arm in arms else ""
        rows.append(row)
    return pd.DataFrame(rows)


# -- claims ---------------------------------------------------------------------------------------


def claim(history: StudyHistory) -> None:
    """The results, and beside them what the article says and what the lab finds."""
    assert isinstance(history.config, ClaimsConfig)
    name = history.config.claim
    left, right = st.columns([1, 1], gap="medium")
    with left:
        height = min(390, 90 + 52 * max(report.arms(history, find("claims")), 3))
        results, describe = study_charts.results, study_charts.describe
        watching.chart("claim_results", history, results, describe, height)
        st.caption(prose.plain(CLAIMS[name].reading))
    with right:
        st.markdown(said(name))
        report.findings(find("claims"), history)
        if (known := _stored()) and name in known:
            st.caption(f"Stored verdict: {known[name]['verdict']}, {drawn(known[name])}.")


def drawn(found: Verdict) -> str:
    """With which teachers and students a verdict was measured."""
    first, last, each = (
        found["config"]["teacher_seed"],
        found["config"]["teacher_seed"] + found["config"]["teacher_seeds"] - 1,
        found["config"]["seeds"],
    )
    return f"from the teachers with seeds {first} to {last}, {each} students each"


def said(name: str) -> str:
    """The quotation, its translation and where it stands, as Markdown."""
    record = CLAIMS[name]
    return (
        f"> *{prose.plain(record.translation)}*\n>\n"
        f"> In Chinese: {prose.plain(record.quote)}\n>\n"
        f"> Article {prose.plain(article(record.article))}; section {record.section}"
    )


def all_claims() -> None:
    """Every claim with its stored verdict, and how it can be tested again."""
    known = _stored()
    if not known:
        return
    st.dataframe(claims_table(known), hide_index=True, width="stretch", height="content")
    st.caption(explain.text("clinic", "claims", tally=tally(known)))


def claims_table(known: dict[str, Verdict]) -> pd.DataFrame:
    """One row a claim: verdict, article, what is said, and what was measured."""
    return pd.DataFrame(
        [
            {
                "Verdict": f"{ICONS[known[name]['verdict']]} {known[name]['verdict']}",
                "Claim": known[name]["title"],
                "Article": article(record.article),
                "What it says": record.translation,
                "In its words": record.quote,
                "Measured": " ".join(answer["text"] for answer in known[name]["answers"]),
            }
            for name, record in CLAIMS.items()
            if name in known
        ]
    )


def tally(known: dict[str, Verdict]) -> str:
    """How many claims hold, do not, depend, or cannot be told: "4 hold, 6 depend"."""
    words = {
        "holds": "hold",
        "depends": "depend on the conditions",
        "does not hold": "do not hold",
        "cannot be told": "cannot be told",
    }
    verdicts = [known[name]["verdict"] for name in CLAIMS if name in known]
    counts = {text: verdicts.count(verdict) for verdict, text in words.items()}
    return ", ".join(f"{count} {text}" for text, count in counts.items() if count)


def defects() -> None:
    """Where the articles' own code cannot run, or does something else than its text says."""
    st.dataframe(defects_table(), hide_index=True, width="stretch", height="content")
    st.caption(explain.text("clinic", "defects"))


def defects_table() -> pd.DataFrame:
    """One row a place in the code."""
    return pd.DataFrame(
        [
            {
                "Article": article(defect.article),
                "Code": defect.code,
                "What happens": defect.happens,
                "Why": defect.why,
                "Runs on": "no" if defect.stops else "yes",
                "Known by": defect.how,
            }
            for defect in DEFECTS
        ]
    )


def _stored() -> dict[str, Verdict]:
    """The verdicts that come with the lab; a sentence where they cannot be read."""
    try:
        return stored()
    except StoreError as error:
        st.caption(prose.plain(error))
        return {}
