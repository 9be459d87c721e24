"""Soft targets: everything a teacher says of one image, under a temperature that can be dragged."""

from __future__ import annotations

from pages.ui.components.soft_targets import soft_targets
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.stage import tries
from pages.ui.understand import views

PAGE = "soft_targets"

here = links.state(PAGE, views.SoftTargetsSettings, views.NAMES)
page_header("soft-targets", views.lead(PAGE))
outputs, default = views.teacher_outputs(here.config())
wanted = views.fitting(here, outputs)
links.warn(here)

if outputs is not None:
    rows, first_shown = views.offered(wanted, outputs)
    right = outputs.logits.argmax(axis=1) == outputs.labels
    # what there is to try is of the page's own examples, whichever the link has put first
    telling = views.telling_examples(outputs.logits, outputs.labels)
    mistake = next((row for row in telling if not right[row]), None)
    lacking = [tries.MEASURED] * (not default) + ["mistake"] * (mistake is None)
    flat = ",".join("0" for _ in outputs.classes)
    views.try_this(
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
        temperature=wanted.temperature,
        index=first_shown,
        edited=views.from_text(wanted.logits, len(outputs.classes)),
        images=views.pictures(outputs, rows),
        population=(outputs.logits, outputs.labels),
        hide=links.hidden(),
        key=here.key("picture"),
    )
    here.values.update(
        temperature=shown.temperature,
        image=rows[shown.index] if shown.index or wanted.image >= 0 else -1,
        logits=views.to_text(shown.logits),
    )
    here.write()
    views.more(PAGE)
