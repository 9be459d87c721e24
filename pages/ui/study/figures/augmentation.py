"""What the study of augmentation draws besides its curves: the images as the students see them."""

from __future__ import annotations

import streamlit as st

from kdlab.studies import StudyHistory
from kdlab.studies.augmentation import VIEWS
from pages.ui.shell import explain, prose
from pages.ui.study import images
from pages.ui.study.images import View


def views(history: StudyHistory) -> None:
    """Training images, clean and augmented, with what the teacher says of each view."""
    content = history.exhibits.get(VIEWS)
    if content is None or history.started is None:
        st.caption("The images appear at the end. Points in the plane have none.")
        return
    classes, shape = prose.class_names(history.started.classes), tuple(content["shape"])
    rows: list[list[View | str]] = []
    for image in content["images"]:
        truth = image["label"]
        each = [
            View(
                view["pixels"],
                shape,
                (
                    images.mark(view["answer"], truth, classes),
                    f"{100 * view['share']:.0f} %",
                ),
                f"class {classes[truth]}, " + ("clean" if n == 0 else f"augmented, draw {n}"),
            )
            for n, view in enumerate(image["views"])
        ]
        rows.append([classes[truth], *each])
    draws = len(rows[0]) - 2 if rows else 0
    st.html(images.table(["Class", "Clean", *(f"Draw {n + 1}" for n in range(draws))], rows))
    st.caption(explain.text("studies/augmentation", "views"))
