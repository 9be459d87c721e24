"""What a study found, in words and tables: findings, results, costs of every stage."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pandas as pd
import streamlit as st

from kdlab.experiments.study.basis import basis as told_basis
from kdlab.studies import Finding, Study, StudyConfig, StudyHistory, find
from pages.ui.charts import arms as study_charts
from pages.ui.charts.traces import ends, percent
from pages.ui.shell import prose
from pages.ui.shell.prose import visible
from pages.ui.stream import watching

Config = TypeVar("Config")

CURVES = "Test accuracy over epochs, one line an arm"
"""For people who do not see them."""
SIGNS = {"helped": ":material/trending_up:", "hurt": ":material/trending_down:", "unclear": "≈"}
"""Before a finding: the difference that it tells is above zero, below, or cannot be told."""


def settings(history: StudyHistory, kind: type[Config]) -> Config:
    """The settings of a history, of the study that has this ``kind`` of them."""
    assert isinstance(history.config, kind)
    return history.config


def findings(study: Study, history: StudyHistory) -> None:
    """The sentences of a finished study; the first, in bold, is its answer."""
    if history.finished:
        found = study.findings(history)
        for n, finding in enumerate(found):
            st.markdown(line(finding, bold=n == 0))
        st.caption(basis(study, history, found))


@contextmanager
def beside_findings(study: str, history: StudyHistory, until: str) -> Iterator[None]:
    """The left part of the page, for a chart; on the right what was found, before the end the
    sentence ``until``."""
    left, right = st.columns([4, 3], gap="medium")
    with left:
        yield
    with right:
        findings(find(study), history)
        if not history.finished:
            st.caption(until)


def curves(
    history: StudyHistory, key: str, height: int, legend: study_charts.Legend = "below"
) -> None:
    """Test accuracy of every arm over epochs."""
    watching.chart(key, history, study_charts.curves, CURVES, height, "test", legend)


def arms(history: StudyHistory, study: Study) -> int:
    """How many arms the study has, also before it tells them: its charts keep their height."""
    if history.started is None and isinstance(history.config, StudyConfig):
        return len(study.planned(history.config).arms)
    return len(history.arms)


def answer(study: Study, history: StudyHistory) -> None:
    """The first finding alone; a study of an older lab may have none."""
    if history.finished and (found := study.findings(history)):
        st.markdown(line(found[0], bold=True))
        st.caption(basis(study, history, found))


def basis(study: Study, history: StudyHistory, found: list[Finding]) -> str:
    """What the intervals of the findings are over, and what of them chance alone would bring."""
    return prose.plain(told_basis(history, found, corrected=study.corrected))


def others(study: Study, history: StudyHistory) -> None:
    """All findings but the first, in two columns."""
    if history.finished:
        for n, finding in enumerate(study.findings(history)[1:]):
            if n % 2 == 0:
                places = st.columns(2, gap="medium")
            places[n % 2].markdown(line(finding))


def line(finding: Finding, *, bold: bool = False) -> str:
    """One finding as Markdown, after a sign for its difference, if it has one."""
    found = "unclear" if finding.alone else finding.gain.verdict if finding.gain else ""
    sign = SIGNS.get(found, "")
    text = prose.plain(finding.text)
    return f"{sign} **{text}**".strip() if bold else f"{sign} {text}".strip()


def table(history: StudyHistory) -> pd.DataFrame:
    """Results as texts: accuracy with its interval, the gain with its own and its verdict."""
    rows = []
    for row in history.table().to_dict("records"):
        gain = history.gain(row["arm"]) if row["against"] else None
        _, low, high = percent(row["accuracy"], row["low"], row["high"])
        rows.append(
            {
                "": visible(row["label"]),
                "Test accuracy, %": _percent(row["accuracy"]) + ends(low, high),
                "Against": visible(history.label(row["against"])) if gain else "",
                "Gain, points": "" if gain is None else gain.bracketed(),
                "Verdict": "" if gain is None else gain.verdict,
                "Fidelity, %": _percent(row["fidelity"]),
                "Calibration error, %": _percent(row["ece"]),
                "Taught by": visible(row["teacher"] or "labels"),
            }
        )
    return pd.DataFrame(rows)


def _percent(value: float) -> str:
    return f"{100 * value:.1f}" if math.isfinite(value) else "NaN"


def results(history: StudyHistory) -> None:
    """The table of all arms that are done."""
    if not history.done:
        st.caption("The table appears with the first arm that is done.")
        return
    st.dataframe(table(history), hide_index=True, width="stretch")
    over = "teachers" if history.teachers > 1 else "seeds"
    st.caption(prose.text("study", "results").format(over=over))


def costs(history: StudyHistory) -> None:
    """What every stage costs: seconds and FLOPs of teachers, of their answers, and of students."""
    finished, started = history.finished, history.started
    if finished is None or started is None:
        st.caption("What each stage costs is told at the end.")
        return
    st.dataframe(cost_table(history), hide_index=True, width="stretch")
    machine = prose.plain(started.machine)
    st.caption(prose.text("study", "costs").format(machine=machine, **finished.seconds))


def cost_table(history: StudyHistory) -> pd.DataFrame:
    """Stage, parameters, FLOPs and seconds, one row a teacher and an arm."""
    assert history.finished is not None
    rows = [
        {
            "Stage": visible(f"train the teacher: {t['name']}"),
            "Parameters": t["parameters"],
            "FLOPs per image": t["flops_per_image"],
            "GFLOPs of training": t["training_flops"] / 1e9,
            "GFLOPs of the teacher's answers": 0.0,
            "Seconds": t["seconds"],
            "Students at once": 1,
        }
        for t in history.finished.teachers
    ]
    for row in history.table().to_dict("records"):
        rows.append(
            {
                "Stage": visible(f"train one student: {row['label']}"),
                "Parameters": row["parameters"],
                "FLOPs per image": row["flops_per_image"],
                "GFLOPs of training": row["training_flops"] / 1e9,
                "GFLOPs of the teacher's answers": row["teacher_flops"] / 1e9,
                "Seconds": row["seconds"],
                "Students at once": row["together"],
            }
        )
    found = pd.DataFrame(rows)
    for name in ("GFLOPs of training", "GFLOPs of the teacher's answers", "Seconds"):
        found[name] = found[name].map(lambda v: "" if math.isnan(v) else f"{v:,.3g}")
    return found
