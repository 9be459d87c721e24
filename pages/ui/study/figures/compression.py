"""What "Compression against accuracy" draws: two curves over size, and the teacher as a point."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kdlab import models
from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.studies import StudyHistory
from kdlab.studies.compression import (
    COSTS,
    CompressionConfig,
    alone,
    ratio,
    size,
    students,
    taught,
)
from pages.ui.charts import arms as study_charts
from pages.ui.charts.arms import Point, series, stand, teacher
from pages.ui.charts.base import base_layout, log_axis
from pages.ui.charts.traces import Dict, ends
from pages.ui.shell import prose
from pages.ui.shell.theme import LOOKS, TEACHER
from pages.ui.stream import watching
from pages.ui.study import page, report


def sizes(history: StudyHistory, across: str) -> dict[str, float]:
    """Network -> size in ``across``, one of COSTS, students first; before anything is measured
    only parameters are known."""
    config, started = history.config, history.started
    assert isinstance(config, CompressionConfig)
    names = [*students(config).values(), config.teacher]
    if costs := history.exhibits.get("costs"):
        return {name: size(costs, name, across) for name in names}
    if started is None or across != "parameters":
        return {}
    shape, classes = started.input_shape, len(started.classes)
    return {name: float(models.parameters(name, shape, classes)) for name in names}


def over_size(history: StudyHistory, across: str) -> Dict:
    """What is judged over size: students on labels only and distilled, and the teacher."""
    config = report.settings(history, CompressionConfig)
    words, judged = of_costs(history, across), history.judged
    title, scale = f"{judged.label} over size, 95 % intervals", log_axis(counts=across != "latency")
    on = study_charts.axis(history)
    layout = base_layout(words, on, title, top=52, closest=True, xaxis=scale)
    found = sizes(history, across)
    own, costs = history.teacher_value, history.exhibits.get("costs")
    if not found or own is None:
        return {"data": [], "layout": layout}
    ends = min(found.values()), max(found.values())
    data = [line | {"showlegend": False} for line in teacher(history, ends)]
    point = Point(found[config.teacher], own, text=f"Teacher {config.teacher}")
    data += series(LOOKS[TEACHER], "Teacher", [point], judged)
    # By size: measured times need not rise with the width.
    ordered = sorted(students(config).values(), key=found.__getitem__)
    for group, arm in ((LABELS_ONLY, alone), (DISTILLED, taught)):
        arms = []
        for student in ordered:
            fewer = f", {ratio(costs, student, across):,.1f}x smaller" if costs else ""
            arms.append((found[student], arm(student), f"{arm(student)}{fewer}"))
        data += study_charts.students(history, LOOKS[group], LOOKS[group].label, arms)
    return {"data": data, "layout": layout}


def of_costs(history: StudyHistory, across: str) -> str:
    """The words of a cost, of which an example has some."""
    words = COSTS[across]  # type: ignore[index]
    return words.replace("image", history.noun[:-1])


def describe(history: StudyHistory, across: str) -> str:
    """The chart in a sentence, for people who do not see it."""
    config = report.settings(history, CompressionConfig)
    judged = history.judged
    told = [
        f"{student} {judged.number(bare[0])} and {judged.shown(helped[0])}"
        for student in students(config).values()
        if (bare := stand(history, alone(student))) and (helped := stand(history, taught(student)))
    ]
    what = study_charts.axis(history).removesuffix(", %")
    return (
        f"{what} over {of_costs(history, across)}, on labels only and distilled: "
        f"{'; '.join(told) or 'nothing is known yet'}"
    )


def picture(history: StudyHistory) -> None:
    """The two curves, and what was found."""
    across = str(page.view("compression", "across"))
    until = "How far can be compressed is told at the end."
    with report.beside_findings("compression", history, until):
        if across == "parameters" or sizes(history, across):
            watching.chart("compression", history, over_size, describe, 390, across)
        else:
            st.caption("FLOPs and latency are measured at the end; parameters are known before.")


def table(history: StudyHistory) -> pd.DataFrame:
    """One row a network: what it costs, and how many times less than the teacher, as texts."""
    costs = history.exhibits["costs"]
    rows = []
    for name, cost in costs["networks"].items():
        spread = cost["latency"]
        times = {k: f"{ratio(costs, name, k):,.1f}x" for k in COSTS}
        rows.append(
            {
                "Network": name + (" (teacher)" if name == costs["teacher"] else ""),
                "Parameters": f"{cost['parameters']:,}",
                "Fewer": times["parameters"],
                of_costs(history, "flops_per_image"): f"{cost['flops_per_image']:,}",
                "Fewer ": times["flops_per_image"],
                "Milliseconds": f"{spread['median']:.3f}{ends(spread['low'], spread['high'], 3)}",
                "Faster": times["latency"],
            }
        )
    return pd.DataFrame(rows)


def costs(history: StudyHistory) -> None:
    """The table of sizes."""
    if "costs" not in history.exhibits or history.started is None:
        st.caption("Sizes and times are measured at the end.")
        return
    st.dataframe(table(history), hide_index=True, width="stretch")
    machine = prose.plain(history.started.machine)
    st.caption(prose.text("studies/compression", "times").format(machine=machine))
