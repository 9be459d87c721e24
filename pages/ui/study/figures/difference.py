"""What "Hot and cold" draws: f(T) over T and class by class, accuracy over the T of the loss."""

from __future__ import annotations

import streamlit as st

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.study.sentences import number
from kdlab.measure.measures import BITS
from kdlab.measure.wording import signed
from kdlab.studies import StudyHistory, find
from kdlab.studies.difference import UNTRAINED, DifferenceConfig, distilled, place
from pages.ui.charts import arms
from pages.ui.charts.arms import labels_only, students, teacher
from pages.ui.charts.base import base_layout, list_layout, log_axis
from pages.ui.charts.text import LEGEND_LETTERS, Own
from pages.ui.charts.traces import Dict, line, upright
from pages.ui.components.live_chart import live_chart
from pages.ui.shell import explain, prose
from pages.ui.shell.theme import LOOKS, Look
from pages.ui.stream import watching
from pages.ui.study import page, report

FRESH = Look("#8C6D00", "longdashdot", "x", "Before its first step", "Untrained", "#8C6D00")
LOWEST = 1e-4
"""Of the logarithmic axis: what is below it is not drawn."""
MIDDLE = 2
"""The place of the median among the exhibit's quantiles."""


def pairs(history: StudyHistory) -> dict[str, Dict]:
    """Pairs of the exhibit by name, in its order; empty before it is there."""
    found = history.exhibits.get("difference", {}).get("pairs", [])
    return {pair["name"]: pair for pair in found}


def look_of(history: StudyHistory, name: str) -> Look:
    """The look of an arm, or of the untrained pair."""
    return FRESH if name == UNTRAINED else arms.looks(history)[name]


def told_arm(history: StudyHistory) -> str:
    """The distilled arm whose f is drawn class by class: the best on validation images."""
    config = report.settings(history, DifferenceConfig)
    names = [distilled(t) for t in config.temperatures]
    return max(names, key=lambda name: number(sum(history.values(name, "validation"))))


def over_temperature(history: StudyHistory, temperature: float) -> Dict:
    """Median over test images of the total variation of f(T), a line a pair, both axes log; a
    vertical line where one looks."""
    layout = base_layout(
        "T in f(T)",
        "½ Σ |f(T)|, median",
        "How far apart the answers are",
        under=-0.3,
        xaxis=log_axis(at=[0.25, 1, 4, 16, 60]),
        yaxis=log_axis(),
    )
    content, data = history.exhibits.get("difference"), []
    if content is not None:
        grid = content["temperatures"]
        for name, pair in pairs(history).items():
            look = look_of(history, name)
            middle = [v[MIDDLE] if v[MIDDLE] >= LOWEST else None for v in pair["variation"]]
            words = look.short.removeprefix("Distilled at ")
            data.append(line(grid, middle, look, words, width=2, hover=Own("%{y:.4f}")))
        at = grid[place(content, temperature)]
        layout["shapes"] = [upright(at)]
    return {"data": data, "layout": layout}


def by_class(history: StudyHistory, temperature: float) -> Dict:
    """Mean f(T) of each class at ``temperature``, labels only and distilled: above 0 the teacher
    gives the class more than the student does."""
    layout = base_layout("Class", "Mean f(T)", under=-0.3) | {"barmode": "group"}
    content, data = history.exhibits.get("difference"), []
    if content is not None and history.started is not None:
        n = place(content, temperature)
        layout["title"]["text"] = f"Class by class at T = {content['temperatures'][n]:g}"
        names = prose.class_names(history.started.classes, LEGEND_LETTERS)
        classes = [names[k] for k in content["classes"]]
        # Places with words below them, not categories: two long names may begin alike.
        places = list(range(len(classes)))
        layout["xaxis"] |= {"tickmode": "array", "tickvals": places, "ticktext": classes}
        known = pairs(history)
        for name in (LABELS_ONLY, told_arm(history)):
            look = look_of(history, name)
            data.append(
                {
                    "type": "bar",
                    "name": look.short,
                    "x": places,
                    "y": list(known[name]["signed"][n]),
                    "customdata": [
                        [signed(mean, 4), size]
                        for mean, size in zip(
                            known[name]["signed"][n], known[name]["absolute"][n], strict=True
                        )
                    ],
                    "marker": {"color": look.colour},
                    "hovertemplate": Own("%{customdata[0]}, mean of |f| %{customdata[1]:.4f}"),
                }
            )
    return {"data": data, "layout": layout}


def over_loss(history: StudyHistory) -> Dict:
    """What is judged, on the test part, over the T at which students were distilled."""
    config = report.settings(history, DifferenceConfig)
    values = config.temperatures
    scale, title = log_axis(at=values), f"{history.judged.label}, 95 % intervals"
    layout = base_layout(
        "T of the loss", arms.axis(history), title, under=-0.3, closest=True, xaxis=scale
    )
    ends = values[0], values[-1]
    data = teacher(history, ends) + labels_only(history, ends, "Labels only")
    taught = [(t, distilled(t), f"Distilled at T = {t:g}") for t in values]
    data += students(history, LOOKS[DISTILLED], "Distilled", taught)
    return {"data": data, "layout": layout}


def describe(history: StudyHistory, temperature: float) -> str:
    """The charts of f in a sentence, for people who do not see them."""
    content = history.exhibits.get("difference")
    if content is None:
        return "The difference f(T) is computed when the students are trained"
    n = place(content, temperature)
    told = [
        f"{look_of(history, name).short} {pair['variation'][n][MIDDLE]:.4f}"
        for name, pair in pairs(history).items()
    ]
    return f"Median total variation of f at T = {content['temperatures'][n]:g}: {', '.join(told)}"


def picture(history: StudyHistory) -> None:
    """f over T and class by class where one looks, what is judged over the loss's T; findings."""
    at = float(page.view("difference", "look"))
    row = (
        ("difference_over", over_temperature, describe, (at,)),
        ("difference_class", by_class, describe, (at,)),
        ("difference_loss", over_loss, arms.describe, ()),
    )
    watching.charts(row, history, 370, gap="small")
    report.findings(find("difference"), history)


def spread(history: StudyHistory) -> None:
    """The distribution of the total variation over test images, where one looks."""
    if "difference" not in history.exhibits:
        st.caption("The difference f(T) is computed when the students are trained.")
        return
    at = float(page.view("difference", "look"))
    live_chart("difference_spread", distribution(history, at), describe(history, at), 320)
    st.caption(explain.text("studies/difference", "spread"))


def distribution(history: StudyHistory, temperature: float) -> Dict:
    """A box a pair: quantiles of the total variation at ``temperature``."""
    content = history.exhibits["difference"]
    n, data = place(content, temperature), []
    title = f"At T = {content['temperatures'][n]:g}"
    one = "a character" if history.judged is BITS else "an image"
    layout = list_layout(f"½ Σ |f(T)| of {one}", title, top=28)
    for name, pair in pairs(history).items():
        low, q1, median, q3, high = pair["variation"][n]
        look = look_of(history, name)
        data.append(
            {
                "type": "box",
                "orientation": "h",
                "name": look.short,
                "y": [look.short],
                "lowerfence": [low],
                "q1": [q1],
                "median": [median],
                "q3": [q3],
                "upperfence": [high],
                "marker": {"color": look.colour},
                "line": {"color": look.colour},
            }
        )
    return {"data": data, "layout": layout}
