"""Soft targets: everything a teacher says of one image, under a temperature that can be dragged."""

from __future__ import annotations

from pages.ui.components.soft_targets import soft_targets
from pages.ui.lessons import lessons
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.stage import tries

PAGE = "soft_targets"

here = links.state(PAGE, lessons.Lesson, lessons.NAMES)
page_header("soft-targets", lessons.lead(PAGE))
outputs, default = lessons.teacher_outputs(here.config())
lesson = lessons.fitting(here, outputs)
links.warn(here)

if outputs is not None:
    rows, first_shown = lessons.offered(lesson, outputs)
    right = outputs.logits.argmax(axis=1) == outputs.labels
    # what there is to try is of the page's own examples, whichever the link has put first
    telling = lessons.telling_examples(outputs.logits, outputs.labels)
    mistake = next((row for row in telling if not right[row]), None)
    lacking = [tries.MEASURED] * (not default) + ["mistake"] * (mistake is None)
    flat = ",".join("0" for _ in outputs.classes)
    lessons.try_this(
        here,
        PAGE,
        [
            {"temperature": 0.5, "image": telling[0]},
            {"temperature": 20.0, "image": telling[0]},
            {"temperature": 4.0, "image": -1 if mistake is None else mistake},
            {"temperature": 1.0, "logits": flat},
        ],
        lacking,
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
