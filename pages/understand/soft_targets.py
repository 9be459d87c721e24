"""Soft targets: everything a teacher says of one image, under a temperature that can be dragged."""

from __future__ import annotations

import streamlit as st

from pages.ui.components.soft_targets import soft_targets
from pages.ui.lessons import lessons
from pages.ui.shell import prose
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header

PAGE = "soft_targets"

here = links.state(PAGE, lessons.Lesson, lessons.NAMES)
page_header("Soft targets", prose.text(PAGE))
outputs = lessons.teacher_outputs(here.config())
lesson = lessons.fitting(here, outputs)
links.warn(here)

if outputs is not None:
    rows = lessons.telling_examples(outputs.logits, outputs.labels)
    if 0 <= lesson.image < len(outputs.labels) and lesson.image not in rows:
        rows.insert(0, lesson.image)
    shown = soft_targets(
        logits=outputs.logits[rows],
        classes=outputs.classes,
        label=outputs.labels[rows],
        temperature=lesson.temperature,
        index=rows.index(lesson.image) if lesson.image in rows else 0,
        edited=lessons.from_text(lesson.logits, len(outputs.classes)),
        images=lessons.pictures(outputs, rows),
        population=(outputs.logits, outputs.labels),
        hide=links.hidden(),
        key=here.key("picture"),
    )
    here.values.update(
        temperature=shown.temperature,
        image=rows[shown.index] if shown.index or lesson.image >= 0 else -1,
        logits=lessons.to_text(shown.logits),
    )
    here.write()
    if "try" not in links.hidden():
        right = outputs.logits.argmax(axis=1) == outputs.labels
        mistake = next((row for row in rows if not right[row]), rows[-1])
        flat = ",".join("0" for _ in outputs.classes)
        lessons.try_this(
            here,
            prose.text(PAGE, "try"),
            [
                {"temperature": 0.5, "image": rows[0]},
                {"temperature": 20.0, "image": rows[0]},
                {"temperature": 4.0, "image": mistake},
                {"temperature": 1.0, "logits": flat},
            ],
        )
    if "more" not in links.hidden():
        with st.expander("What is behind it"):
            st.markdown(prose.text(PAGE, "more"))
