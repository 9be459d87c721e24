"""What "Which teacher?" draws: what the student comes to over its teacher's size and training."""

from __future__ import annotations

import streamlit as st

from kdlab.events import DISTILLED
from kdlab.experiments.search import SearchConfig
from kdlab.measure.measures import ACCURACY
from kdlab.studies import StudyHistory, find
from kdlab.studies.capacity import Taught, along
from pages.ui.charts import arms
from pages.ui.charts.arms import Point, labels_only, series, stand, students
from pages.ui.charts.base import base_layout, log_axis
from pages.ui.charts.traces import Dict
from pages.ui.shell import explain, page_links
from pages.ui.shell.theme import LOOKS, TEACHER
from pages.ui.stream import watching
from pages.ui.study import report

AXES = {
    "sizes": ("Parameters of the teacher", "over the teacher's size"),
    "lengths": ("Epochs of the teacher", "over the teacher's training"),
}
SEARCH = "pages/distil/search.py"


def place(teacher: Taught, axis: str) -> float:
    """Where a teacher stands on the x axis; one that was never trained at half an epoch, since the
    axis is logarithmic."""
    return float(teacher.parameters) if axis == "sizes" else max(teacher.epochs, 0.5)


def over(history: StudyHistory, axis: str) -> Dict:
    """What the student comes to on the test part, and each teacher itself, along ``axis``, one of
    AXES."""
    label, judged = AXES[axis][0], history.judged
    teachers = along(history, axis)
    ticks = [place(t, axis) for t in teachers] if axis == "lengths" else []
    scale = log_axis(counts=not ticks, at=ticks, words=[str(t.epochs) for t in teachers])
    title = f"{_title(history, axis)}, 95 % intervals"
    layout = base_layout(label, arms.axis(history), title, top=52, closest=True, xaxis=scale)
    if not teachers:
        return {"data": [], "layout": layout}
    ends = place(teachers[0], axis), place(teachers[-1], axis)
    themselves = [
        Point(place(t, axis), value, text=f"Teacher {t.arm}")
        for t in teachers
        if (value := _itself(history, t)) is not None
    ]
    taught = [(place(t, axis), t.arm, f"Student of {t.arm}") for t in teachers]
    data = labels_only(history, ends, "Student, labels only")
    data += series(LOOKS[TEACHER], "The teacher itself", themselves, judged)
    data += students(history, LOOKS[DISTILLED], "Its student", taught)
    return {"data": data, "layout": layout}


def _title(history: StudyHistory, axis: str) -> str:
    return f"{history.judged.label} {AXES[axis][1]}"


def _itself(history: StudyHistory, taught: Taught) -> float | None:
    """What a teacher itself comes to on the test part; None where that is not known."""
    own = history.exhibits.get("teachers", {}).get(taught.arm, {})
    found: float | None = own.get("test" if history.judged is ACCURACY else "test_bits")
    return found


def describe(history: StudyHistory, axis: str) -> str:
    """The chart in a sentence, for people who do not see it."""
    shown = history.judged.shown
    told = [
        f"{t.arm}: student {shown(found[0])}"
        + ("" if (value := _itself(history, t)) is None else f", teacher {shown(value)}")
        for t in along(history, axis)
        if (found := stand(history, t.arm)) is not None
    ]
    return f"{_title(history, axis)}. {'; '.join(told) or 'Nothing is known yet'}"


def picture(history: StudyHistory) -> None:
    """Sizes and lengths side by side, and what was found."""
    row = [(f"capacity_{axis}", over, describe, (axis,)) for axis in AXES]
    watching.charts(row, history, 330, [4, 3])
    report.findings(find("capacity"), history)


def search(history: StudyHistory) -> None:
    """The way to a search that chooses teacher and student together."""
    config = history.config
    st.markdown(explain.text("studies/capacity", "search"))
    page_links.follow(
        SEARCH,
        "Find me a student and its teacher",
        SearchConfig(
            search_teacher=True,
            dataset=config.dataset,
            teacher=config.teacher,
            teacher_epochs=config.teacher_epochs,
            labels=config.labels,
        ),
        "Teachers of the same kind in other sizes are tried too, each trained once.",
    )
