"""What the study of resolutions draws: accuracy over the scale of the images, and the images."""

from __future__ import annotations

import streamlit as st

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.studies import StudyHistory
from kdlab.studies.resolution import KINDS, SEEN, ResolutionConfig, name_of
from pages.ui.charts import traces
from pages.ui.charts.arms import COLOURS, done_words, stand, teacher
from pages.ui.charts.base import base_layout
from pages.ui.charts.text import NAMED, lines, own
from pages.ui.charts.traces import Dict, percent, whiskers
from pages.ui.shell import explain, prose
from pages.ui.shell.theme import LOOKS, Look
from pages.ui.stream import watching
from pages.ui.study import images, report
from pages.ui.study.images import View

LOOK = {
    "labels": LOOKS[LABELS_ONLY],
    "soft": LOOKS[DISTILLED],
    "logits": Look(
        COLOURS[2], "dashdot", "triangle-up", KINDS["logits"], KINDS["logits"], COLOURS[2]
    ),
}


def over_resolution(history: StudyHistory) -> Dict:
    """Test accuracy of each kind of teaching at each resolution, with 95 % intervals; the ticks
    tell pixels and FLOPs. Students that learn are where they stand."""
    config = report.settings(history, ResolutionConfig)
    ends = [-0.4, len(config.factors) - 0.6]
    layout = base_layout(
        "What a student sees",
        "Test accuracy, %",
        "Accuracy over resolution, 95 % intervals",
        top=78,
        closest=True,
        xaxis={
            "tickmode": "array",
            "tickvals": list(range(len(config.factors))),
            "ticktext": [_tick(history, factor) for factor in config.factors],
            "range": ends,
        },
    )
    data = [line | {"name": "Teacher, full size"} for line in teacher(history, ends)]
    for side, kind in enumerate(KINDS):
        look = LOOK[kind]
        known = [
            (n + 0.08 * (side - 1), percent(*found))
            for n, factor in enumerate(config.factors)
            if (found := stand(history, name_of(kind, factor)))
        ]
        spreads = [spread for _, spread in known]
        data.append(
            traces.line(
                [x for x, _ in known],
                [mean for mean, _, _ in spreads],
                look,
                KINDS[kind],
                width=2,
                size=10,
                hover=own(NAMED, KINDS[kind]),
                **whiskers("y", spreads, look.colour),
            )
        )
    return {"data": data, "layout": layout}


def _tick(history: StudyHistory, factor: int) -> str:
    started, done = history.started, history.done.get(name_of("soft", factor))
    if started is None or len(started.input_shape) != 3:
        return f"1/{factor}"
    _, height, width = started.input_shape
    size = f"{height // factor} × {width // factor} px"
    return size if done is None else lines(size, f"{done.cost['flops_per_image']:,} FLOPs")


def describe(history: StudyHistory) -> str:
    """The chart in a sentence, for people who do not see it."""
    return f"Test accuracy over resolution. {done_words(history) or 'Nothing is done yet'}"


def picture(history: StudyHistory) -> None:
    """Accuracy over resolution, and what was found."""
    with report.beside_findings("resolution", history, "The findings appear at the end."):
        watching.chart("resolution", history, over_resolution, describe, 390)


def seen(history: StudyHistory) -> None:
    """Test images as each network sees them, with the answers of the first seed."""
    content = history.exhibits.get(SEEN)
    if content is None or history.started is None:
        st.caption("The images appear at the end.")
        return
    classes = prose.class_names(history.started.classes)
    factors = [view["factor"] for view in content["images"][0]["seen"]]
    head = ["True class", "Teacher", *(f"Student sees 1/{f}" for f in factors)]
    rows: list[list[View | str]] = []
    for image in content["images"]:
        truth = image["label"]
        views = [
            View(
                view["pixels"],
                tuple(view["shape"]),
                tuple(
                    f"{words.split(',')[0]}: {images.mark(view[kind], truth, classes)}"
                    for kind, words in KINDS.items()
                ),
                f"class {classes[truth]}, scaled down by {view['factor']}",
            )
            for view in image["seen"]
        ]
        rows.append([classes[truth], images.mark(image["teacher"], truth, classes), *views])
    st.html(images.table(head, rows))
    st.caption(explain.text("studies/resolution", "seen"))
