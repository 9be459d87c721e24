"""What a study found, in words and tables: findings, results, costs of every stage."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from kdlab.experiments.study.basis import comparisons, of_number, over
from kdlab.measure.measures import BITS
from kdlab.studies import Finding, Study, StudyConfig, StudyHistory, find
from pages.ui.charts import arms as study_charts
from pages.ui.charts.traces import ends, percent
from pages.ui.shell import explain, projector, prose
from pages.ui.shell.prose import visible
from pages.ui.stream import watching

Config = TypeVar("Config")

CURVES = "Test accuracy over epochs, one line a kind of student"
BITS_CURVES = "Bits per test character over epochs, one line a kind of student: lower is better"
"""For people who do not see them."""
SIGNS = {"helped": ":material/trending_up:", "hurt": ":material/trending_down:", "unclear": "≈"}
"""Before a finding: the difference that it tells is above zero, below, or cannot be told."""
LESS = {"helped": "worse", "hurt": "better"}
"""What an arrow up and an arrow down mean where less is better, as of a calibration error."""


def settings(history: StudyHistory, kind: type[Config]) -> Config:
    """The settings of a history, of the study that has this ``kind`` of them."""
    assert isinstance(history.config, kind)
    return history.config


def answer(study: Study, history: StudyHistory) -> None:
    """The question, and its answer in one sentence; before the end, that it has none yet."""
    said = study.answered(history) if history.finished else None
    words = "answered when all students have learned." if not history.finished else ""
    text = f"**{prose.plain(said.text)}**" if said else words
    with st.container(key="answer"):
        st.markdown(f"{prose.plain(study.question)} {text}")


def findings(study: Study, history: StudyHistory) -> None:
    """What a finished study compared for its answer, folded away, and what the intervals are
    over."""
    if not history.finished:
        return
    found = behind(study, history)
    with projector.aside("over"):
        st.caption(prose.plain(over(history)))
    if not found:
        return
    with st.expander(counted(found)):
        for finding in found:
            st.markdown(line(finding))
        with projector.aside("of_number"):
            st.caption(prose.plain(of_number(found, corrected=study.corrected)))


def behind(study: Study, history: StudyHistory) -> list[Finding]:
    """All findings but one that is the answer itself."""
    answered = study.answered(history)
    return [finding for finding in study.findings(history) if finding != answered]


def counted(found: Sequence[Finding]) -> str:
    """The heading of the findings, which says how many there are and of what kind."""
    compared = comparisons(found)
    facts = len(found) - compared
    words = [f"{n} {what}{'s' * (n > 1)}" for n, what in
             ((compared, "comparison"), (facts, "fact")) if n]  # fmt: skip
    return f"Behind the answer: {' and '.join(words)}"


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
    """What every arm comes to on the test part, over epochs, by the measure of the study."""
    watching.chart(key, history, study_charts.curves, alt_of_curves(history), height, "", legend)


def alt_of_curves(history: StudyHistory) -> str:
    """The curves in words, for people who do not see them."""
    return BITS_CURVES if history.judged is BITS else CURVES


def arms(history: StudyHistory, study: Study) -> int:
    """How many arms the study has, also before it tells them: its charts keep their height."""
    if history.started is None and isinstance(history.config, StudyConfig):
        return len(study.planned(history.config).arms)
    return len(history.arms)


def line(finding: Finding) -> str:
    """One finding as Markdown, after a sign for its difference, if it has one; where less is
    better, the sign says which of the two it is."""
    gain = finding.gain
    found: str = "unclear" if finding.alone else gain.verdict if gain else ""
    less = gain is not None and gain.measure.less
    if less:  # what has helped has made it less
        found = {"helped": "hurt", "hurt": "helped"}.get(found, found)
    sign = SIGNS.get(found, "")
    if (finding.less or less) and found in LESS:
        sign += f" ({LESS[found]})"
    return f"{sign} {prose.plain(finding.text)}".strip()


def table(history: StudyHistory) -> pd.DataFrame:
    """Results as texts: accuracy with its interval, or first bits per character where these are
    the measure of the study, the gain with its own and its verdict."""
    units = "bits" if history.judged is BITS else "points"
    rows = []
    for row in history.table().to_dict("records"):
        gain = history.gain(row["arm"]) if row["against"] else None
        _, low, high = percent(row["accuracy"], row["low"], row["high"])
        rows.append(
            {
                "": visible(row["label"]),
                **_bits(row, history),
                "Test accuracy, %": _percent(row["accuracy"]) + ends(low, high),
                "Against": visible(history.reference(row["against"])) if gain else "",
                f"Gain, {units}": "" if gain is None else gain.bracketed(),
                "Verdict": "" if gain is None else gain.verdict,
                "Fidelity, %": _percent(row["fidelity"]),
                "Calibration error, %": _percent(row["ece"]),
                "Taught by": visible(row["teacher"] or "labels"),
            }
        )
    return pd.DataFrame(rows)


def _bits(row: Mapping[Any, Any], history: StudyHistory) -> dict[str, str]:
    """Of a study that is judged by bits per character the column of these."""
    if history.judged is not BITS:
        return {}
    mean, interval = row["bits"], ends(row["bits_low"], row["bits_high"], BITS.digits)
    return {"Bits per test character": BITS.number(mean) + interval}


def _percent(value: float) -> str:
    return f"{100 * value:.1f}" if math.isfinite(value) else "NaN"


def results(history: StudyHistory) -> None:
    """The table of all arms that are done."""
    if not history.done:
        st.caption("The table appears with the first kind of student that is done.")
        return
    st.dataframe(table(history), hide_index=True, width="stretch")
    over = "teachers" if history.teachers > 1 else "seeds"
    st.caption(explain.text("study", "results", over=over))


def costs(history: StudyHistory) -> None:
    """What every stage costs: seconds and FLOPs of teachers, of their answers, and of students."""
    finished, started = history.finished, history.started
    if finished is None or started is None:
        st.caption("What each stage costs appears at the end.")
        return
    st.dataframe(cost_table(history), hide_index=True, width="stretch")
    machine = prose.plain(started.machine)
    st.caption(explain.text("study", "costs", machine=machine, **finished.seconds))


def cost_table(history: StudyHistory) -> pd.DataFrame:
    """Stage, parameters, FLOPs and seconds, one row a teacher and an arm."""
    assert history.finished is not None
    each = f"FLOPs per {history.noun[:-1]}"
    rows = [
        {
            "Stage": visible(f"train the teacher: {t['name']}"),
            "Parameters": t["parameters"],
            each: t["flops_per_image"],
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
                each: row["flops_per_image"],
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
