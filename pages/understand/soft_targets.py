"""Soft targets: everything a teacher says of one image, under a temperature that can be dragged."""

from __future__ import annotations

from pages.ui.components.soft_targets import soft_targets
from pages.ui.lessons import lessons
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header

PAGE = "soft_targets"

here = links.state(PAGE, lessons.Lesson, lessons.NAMES)
page_header("soft-targets", lessons.lead(PAGE))
outputs = lessons.teacher_outputs(here.config())
lesson = lessons.fitting(here, outputs)
links.warn(here)

if outputs is not None:
    rows, first_shown = lessons.offered(lesson, outputs)
    right = outputs.logits.argmax(axis=1) == outputs.labels
    mistake = next((row for row in rows if not right[row]), rows[-1])
    flat = ",".join("0" for _ in outputs.classes)
    lessons.try_this(
        here,
        PAGE,
        [
            {"temperature": 0.5, "image": rows[0]},
            {"temperature": 20.0, "image": rows[0]},
            {"temperature": 4.0, "image": mistake},
            {"temperature": 1.0, "logits": flat},
        ],
    )
    shown = soft_targets(
        logits=outputs.logits[rows],
        classes=outputs.classes,
        label=outputs.labels[rows],
        temperature=lesson.temperature,
        index=first_shown,
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
    lessons.more(PAGE)
