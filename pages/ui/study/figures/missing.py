"""What the missing class draws: test errors over the bias, of all images and of the missing class.

The exhibit holds the errors under every bias, so that the slider redraws without training.
"""

from __future__ import annotations

import streamlit as st

from kdlab.measure.intervals import interval
from kdlab.measure.wording import signed
from kdlab.studies import StudyHistory, find
from kdlab.studies.missing import ALONE, TAUGHT, MissingConfig, said
from pages.ui.charts import arms
from pages.ui.charts.base import banded, base_layout
from pages.ui.charts.text import own
from pages.ui.charts.traces import Dict, course, note, upright
from pages.ui.components.live_chart import live_chart
from pages.ui.shell import prose
from pages.ui.study import page, report

BOTH = {"errors": "total", "chosen": "chosen_total"}
"""Counts of the exhibit, and of how many they are."""


def errors(history: StudyHistory, bias: float) -> Dict:
    """Above the errors of all test images, below those of the missing classes, over the bias; a
    line where ``bias`` stands, and one where unlabelled images put it."""
    layout = base_layout(
        "Bias added to the missing classes",
        "All images, %",
        banded("Wrong answers", len(history.started.seeds) if history.started else 2),
        top=60,
        xaxis={"anchor": "y2"},
        yaxis={"domain": [0.52, 1]},
    )
    layout["yaxis2"] = {
        "title": {"text": f"Images of {_missing(history)}, %"},
        "domain": [0, 0.44],
        "zeroline": False,
        "range": [0, 101],
    }
    content = history.exhibits.get("bias")
    data: list[Dict] = []
    if content is None:
        return {"data": data, "layout": layout}
    looks, whole = arms.looks(history), history.exhibits["errors"]
    for arm, name in ((ALONE, "Labels only"), (TAUGHT, "Distilled")):
        for axis, (measure, total) in zip(("y", "y2"), BOTH.items(), strict=True):
            spreads = [
                interval([seed[n] / whole[total] for seed in content["arms"][arm][measure]])
                for n in range(len(content["biases"]))
            ]
            data += course(
                content["biases"],
                spreads,
                looks[arm],
                name,
                opacity=0.16,
                axis={"yaxis": axis},
                legendgroup=name,
                showlegend=axis == "y",
                hover=own("{}: %{{y:.1f}} %<extra></extra>", name),
            )
    automatic = content["arms"][TAUGHT]["automatic"]
    mean = sum(automatic) / len(automatic)
    layout["shapes"] = [
        upright(bias, colour="#808080", width=1.5, dash="solid"),
        upright(mean, colour="#808080", width=1.5),
    ]
    words = f"from unlabelled images: {signed(mean)}"
    where = {"xref": "x", "yref": "paper", "xanchor": "left", "yanchor": "top"}
    layout["annotations"] = [note(mean, 1.0, words, **where)]
    return {"data": data, "layout": layout}


def _missing(history: StudyHistory) -> str:
    config = report.settings(history, MissingConfig)
    names = history.started.classes if history.started else ()
    words = said(config, names) if names else ""
    return words if len(words) <= 12 else "the missing"


def standing(history: StudyHistory, bias: float) -> list[str]:
    """What the two students get wrong at ``bias``, on average: one sentence each,
    which begins with its name and a comma. Not safe Markdown."""
    content, whole = history.exhibits.get("bias"), history.exhibits.get("errors")
    if content is None or whole is None:
        return []
    near = min(range(len(content["biases"])), key=lambda n: abs(content["biases"][n] - bias))
    found = []
    for arm, name in ((TAUGHT, "Distilled"), (ALONE, "Labels only")):
        wrong = {
            measure: [seed[near] for seed in content["arms"][arm][measure]] for measure in BOTH
        }
        each = {m: sum(counts) / len(counts) for m, counts in wrong.items()}
        found.append(
            f"{name}, bias {signed(content['biases'][near])}: {each['errors']:.1f} of "
            f"{whole['total']} test images wrong, {each['chosen']:.1f} of the "
            f"{whole['chosen_total']} of {_missing(history)}."
        )
    return found


def picture(history: StudyHistory) -> None:
    """Errors over the bias, what the slider asks for, and what was found. While the students learn,
    their curves."""
    left, right = st.columns([4, 3], gap="medium")
    if "bias" not in history.exhibits:
        with left:
            report.curves(history, "missing_curves", 390)
        with right:
            st.caption("The bias can be moved when the students have learned.")
        return
    bias = float(page.view("missing", "bias"))
    told = standing(history, bias)
    with left:
        live_chart(
            "missing_errors",
            errors(history, bias),
            f"Test errors over the bias of the missing classes. {' '.join(told)}",
            410,
        )
    with right:
        for line in told:
            name, rest = line.split(",", 1)
            st.markdown(f"**{name}**,{prose.plain(rest)}")
        report.findings(find("missing"), history)
