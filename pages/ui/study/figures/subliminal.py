"""What the study of what a student inherits draws beside its curves: how well each class is
known."""

from __future__ import annotations

import streamlit as st

from kdlab.measure.intervals import interval_over
from kdlab.studies import StudyHistory
from kdlab.studies.subliminal import BY_CLASS
from pages.ui.charts.arms import looks
from pages.ui.charts.base import list_layout
from pages.ui.charts.text import LEGEND_LETTERS, own
from pages.ui.charts.traces import Dict, means, percent, upright
from pages.ui.shell import prose
from pages.ui.stream import watching

MOST_CLASSES = 25
"""That are drawn: more rows cannot be read."""


def by_class(history: StudyHistory) -> Dict:
    """The share of each class's test images that students get right, a row a class, with 95 %
    intervals, and a line at chance; empty before the study is done."""
    layout = list_layout("Right, % of the class's test images", "Classes, 95 % intervals")
    layout["showlegend"] = True
    content, started = history.exhibits.get("inherited"), history.started
    data: list[Dict] = []
    if content is None or started is None:
        return {"data": data, "layout": layout}
    layout["shapes"] = [upright(100 * history.chance)]
    names = prose.class_names(started.classes, LEGEND_LETTERS)[:MOST_CLASSES]
    for arm, look in looks(history).items():
        if arm not in BY_CLASS or arm not in content["arms"]:
            continue
        rows = content["arms"][arm][: len(names)]
        spreads = [percent(*interval_over(row, history.groups(arm))) for row in rows]
        hover = own("{}: %{{x:.1f}} %<extra></extra>", look.label)
        data.append(means(spreads, names, look, 11, hover, name=look.label))
    return {"data": data, "layout": layout}


def describe(history: StudyHistory) -> str:
    """The chart in a sentence, for people who do not see it."""
    content = history.exhibits.get("inherited")
    if content is None:
        return "Right answers for each class; nothing is done yet"
    told = []
    for arm, rows in content["arms"].items():
        shares = [100 * sum(row) / max(1, len(row)) for row in rows]
        told.append(f"{history.label(arm)}: {min(shares):.0f} to {max(shares):.0f} %")
    return (
        f"Right answers for each class, from the worst to the best known. {'; '.join(told)}; "
        f"chance: {100 * history.chance:.0f} %"
    )


def classes(history: StudyHistory) -> None:
    """The tab: one chart, as high as there are classes."""
    count = min(MOST_CLASSES, len(history.started.classes) if history.started else MOST_CLASSES)
    watching.chart("subliminal_classes", history, by_class, describe, 130 + 30 * count)
    if history.started and len(history.started.classes) > count:
        st.caption(f"The first {count} of {len(history.started.classes)} classes.")
