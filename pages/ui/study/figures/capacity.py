"""What "Which teacher?" draws: the student's accuracy over its teacher's size and training."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.search import SearchConfig
from kdlab.studies import StudyHistory, find
from kdlab.studies.capacity import Taught, along
from pages.ui.charts.base import base_layout, log_axis
from pages.ui.charts.points import Point, level, series, stand
from pages.ui.components.live_chart import live_chart
from pages.ui.shell import state
from pages.ui.shell.theme import LOOKS, TEACHER
from pages.ui.study import report

Dict = dict[str, Any]

AXES = {
    "sizes": ("Parameters of the teacher", "Accuracy over the teacher's size"),
    "lengths": ("Epochs of the teacher", "Accuracy over the teacher's training"),
}
SEARCH = "pages/distil/search.py"


def place(teacher: Taught, axis: str) -> float:
    """Where a teacher stands on the x axis; one that was never trained at half an epoch, since the
    axis is logarithmic."""
    return float(teacher.parameters) if axis == "sizes" else max(teacher.epochs, 0.5)


def over(history: StudyHistory, axis: str) -> Dict:
    """Test accuracy of the student, and of each teacher itself, along ``axis``, one of AXES."""
    label, title = AXES[axis]
    layout = base_layout(label, "Test accuracy, %", f"{title}, 95 % intervals")
    layout["margin"]["t"] = 52
    layout["hovermode"] = "closest"
    layout["xaxis"] |= log_axis(counts=True)
    teachers = along(history, axis)
    if axis == "lengths":
        layout["showlegend"] = False  # the same three as beside it
        ticks = [place(t, axis) for t in teachers]
        layout["xaxis"] |= log_axis(at=ticks, words=[str(t.epochs) for t in teachers])
    if not teachers:
        return {"data": [], "layout": layout}
    ends = place(teachers[0], axis), place(teachers[-1], axis)
    data: list[Dict] = []
    if (alone := stand(history, LABELS_ONLY)) is not None:
        data.append(level(LOOKS[LABELS_ONLY], "Student, labels only", alone[0], ends))
    own = history.exhibits.get("teachers", {})
    points = [
        Point(place(t, axis), own[t.arm]["test"], text=f"Teacher {t.arm}")
        for t in teachers
        if t.arm in own
    ]
    if points:
        data.append(series(LOOKS[TEACHER], "The teacher itself", points))
    points = [
        Point(place(t, axis), *found, f"Student of {t.arm}")
        for t in teachers
        if (found := stand(history, t.arm)) is not None
    ]
    if points:
        data.append(series(LOOKS[DISTILLED], "Its student", points))
    return {"data": data, "layout": layout}


def describe(history: StudyHistory, axis: str) -> str:
    """The chart in a sentence, for people who do not see it."""
    own = history.exhibits.get("teachers", {})
    told = [
        f"{t.arm}: student {100 * found[0]:.1f} %"
        + (f", teacher {100 * own[t.arm]['test']:.1f} %" if t.arm in own else "")
        for t in along(history, axis)
        if (found := stand(history, t.arm)) is not None
    ]
    return f"{AXES[axis][1]}. {'; '.join(told) or 'Nothing is known yet'}"


def picture(history: StudyHistory) -> None:
    """Sizes and lengths side by side, and what was found."""
    for where, axis in zip(st.columns([4, 3], gap="medium"), AXES, strict=True):
        with where:
            live_chart(
                over(history, axis),
                key=f"chart_capacity_{axis}",
                height=330,
                alt=describe(history, axis),
            )
    report.findings(find("capacity"), history)


def search(history: StudyHistory) -> None:
    """The way to a search that chooses teacher and student together."""
    config = history.config
    st.markdown(
        "This page varies the teacher and keeps the student. A search varies both, with T and "
        "alpha, within a budget: every trial is judged on validation images, and the best is "
        "trained again with fresh seeds."
    )
    state.follow(
        SEARCH,
        "Find me a student and its teacher",
        SearchConfig(
            search_teacher=True,
            dataset=config.dataset,
            teacher=config.teacher,
            teacher_epochs=config.teacher_epochs,
            labels=config.labels,
        ),
        "Teachers of the same kind and other sizes are tried too, each trained once.",
    )
