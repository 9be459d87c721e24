"""What "Compression against accuracy" draws: two curves over size, and the teacher as a point."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kdlab import models
from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.studies import StudyHistory
from kdlab.studies.compression import CompressionConfig, alone, students, taught
from kdlab.studies.sizes import COSTS, COUNTS, ratio, size, why_not
from pages.ui.charts import arms as study_charts
from pages.ui.charts.arms import Point, series, stand, teacher
from pages.ui.charts.base import base_layout, log_axis
from pages.ui.charts.traces import Dict, ends
from pages.ui.shell import explain, prose
from pages.ui.shell.theme import LOOKS, TEACHER
from pages.ui.stream import watching
from pages.ui.study import page, report


def sizes(history: StudyHistory, across: str) -> dict[str, float]:
    """Network -> size in ``across``, one of COSTS, students first: of those of which it is known.
    Before anything is measured these are parameters only."""
    config, started = history.config, history.started
    assert isinstance(config, CompressionConfig)
    names = [*students(config).values(), config.teacher]
    if costs := history.exhibits.get("costs"):
        known = {name: size(costs, name, across) for name in names}
        return {name: value for name, value in known.items() if value is not None}
    if started is None or across != "parameters":
        return {}
    shape, classes = started.input_shape, len(started.classes)
    return {name: float(models.parameters(name, shape, classes)) for name in names}


def over_size(history: StudyHistory, across: str) -> Dict:
    """What is judged over size: students on labels only and distilled, and the teacher."""
    config = report.settings(history, CompressionConfig)
    words, judged = of_costs(history, across), history.judged
    title, scale = f"{judged.label} over size, 95 % intervals", log_axis(counts=across in COUNTS)
    on = study_charts.axis(history)
    layout = base_layout(words, on, title, top=52, closest=True, xaxis=scale)
    found = sizes(history, across)
    own, costs = history.teacher_value, history.exhibits.get("costs")
    if not found or own is None:
        return {"data": [], "layout": layout}
    ends = min(found.values()), max(found.values())
    data = [line | {"showlegend": False} for line in teacher(history, ends)]
    points = [
        Point(found[name], own, text=f"Teacher {name}")
        for name in [config.teacher]
        if name in found
    ]
    data += series(LOOKS[TEACHER], "Teacher", points, judged)
    # By size: measured times need not rise with the width.
    ordered = sorted(found.keys() & {*students(config).values()}, key=found.__getitem__)
    for group, arm in ((LABELS_ONLY, alone), (DISTILLED, taught)):
        arms = []
        for student in ordered:
            smaller = ratio(costs, student, across) if costs else None
            fewer = f", {smaller:,.1f}x smaller" if smaller else ""
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
    until = "How far a network can be compressed is shown at the end."
    with report.beside_findings("compression", history, until):
        if across == "parameters" or sizes(history, across):
            watching.chart("compression", history, over_size, describe, 390, across)
        elif known := history.exhibits.get("costs"):
            st.caption(why_not(known, across))
        else:
            st.caption("All but parameters is measured at the end; those are known before.")


def table(history: StudyHistory) -> pd.DataFrame:
    """One row a network: what it costs, and how many times less than the teacher, as texts."""
    costs = history.exhibits["costs"]
    rows = []
    for name, cost in costs["networks"].items():
        rows.append(
            {
                "Network": _named(costs, name),
                "Parameters": f"{cost['parameters']:,}",
                "Fewer": _times(costs, name, "parameters"),
                of_costs(history, "flops_per_image"): f"{cost['flops_per_image']:,}",
                "Fewer ": _times(costs, name, "flops_per_image"),
                "Milliseconds": _spread(cost["latency"]),
                "Faster": _times(costs, name, "latency"),
            }
        )
    return pd.DataFrame(rows)


def files(history: StudyHistory) -> pd.DataFrame:
    """One row a network: what it costs as files for a device, and how good the first student is in
    each, as texts; empty where an older lab measured no files."""
    costs, judged = history.exhibits["costs"], history.judged
    rows = []
    for name, cost in costs["networks"].items():
        row = {"Network": _named(costs, name)}
        for label, file, across in (("32 bits", "onnx", ""), ("int8", "int8", "int8_")):
            told = cost.get("files", {}).get(file)
            if told is None:
                continue
            latency = "int8_latency" if across else "device_latency"
            row |= {
                f"{label}, bytes": f"{told['bytes']:,}",
                f"{label}, smaller": _times(costs, name, f"{across}bytes"),
                f"{label}, ms": _spread(told["latency"]),
                f"{label}, faster": _times(costs, name, latency),
                f"{label}, {judged.label.lower()}": judged.shown(told[judged.name])
                if judged.name in told
                else "no number",
            }
        if len(row) > 1:
            rows.append(row)
    return pd.DataFrame(rows).fillna("not made")


def _named(costs: Dict, name: str) -> str:
    return name + (" (teacher)" if name == costs["teacher"] else "")


def _times(costs: Dict, name: str, across: str) -> str:
    found = ratio(costs, name, across)
    return "" if found is None else f"{found:,.1f}x"


def _spread(told: Dict) -> str:
    return f"{told['median']:.3f}{ends(told['low'], told['high'], 3)}"


def costs(history: StudyHistory) -> None:
    """The tables of sizes."""
    known = history.exhibits.get("costs")
    if known is None or history.started is None:
        st.caption("Sizes and times are measured at the end.")
        return
    st.dataframe(table(history), hide_index=True, width="stretch")
    machine = prose.plain(history.started.machine)
    st.caption(explain.text("studies/compression", "times", machine=machine))
    if "runtime" not in known:
        st.caption(why_not(known, "bytes"))
        return
    st.markdown("**As files for a device**")
    st.dataframe(files(history), hide_index=True, width="stretch")
    if words := why_not(known, "int8_bytes"):
        st.caption(words)
    words = prose.text("studies/compression", "files")
    machine = prose.plain(known["runtime"])
    st.caption(words.format(machine=machine, count=f"{known['judged']:,}", noun=history.noun))
