"""The loss: what label and teacher ask of a student, in plain words and with the mathematics."""

from __future__ import annotations

import numpy as np

from pages.ui.components.inline import LOGIT_LIMIT
from pages.ui.components.loss_lab import loss_lab
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.stage import tries
from pages.ui.understand import views

PAGE = "the_loss"

here = links.state(PAGE, views.LossSettings, views.NAMES)
page_header("loss", views.lead(PAGE))
outputs, default = views.teacher_outputs(here.config())
wanted = views.fitting(here, outputs)
links.warn(here)

if outputs is not None:
    rows, first_shown = views.offered(wanted, outputs)
    width = len(outputs.classes)
    # what there is to try is of the page's own first example, whichever the link has put first
    telling = views.telling_examples(outputs.logits, outputs.labels)
    first = outputs.logits[telling[0]].astype(np.float64).clip(-LOGIT_LIMIT, LOGIT_LIMIT)
    wrong = np.roll(first, 1)
    views.try_this(
        here,
        PAGE,
        [
            {"alpha": 0.0},
            {"alpha": 1.0, "temperature": 1.0, "view": "mathematics"},
            {"alpha": 0.9, "temperature": 50.0, "view": "mathematics"},
            {"alpha": 0.5, "student": views.to_text(list(wrong))},
            {"alpha": 0.5, "student": views.to_text(list(first)), "view": "mathematics"},
        ],
        lacking=() if default else (tries.MEASURED,),
    )
    shown = loss_lab(
        teacher_logits=outputs.logits[rows],
        student_logits=np.zeros(width),  # a student that knows nothing yet
        classes=outputs.classes,
        label=outputs.labels[rows],
        alpha=wanted.alpha,
        temperature=wanted.temperature,
        convention=wanted.convention,
        view=wanted.view,
        index=first_shown,
        edited_teacher=views.from_text(wanted.logits, width),
        edited_student=views.from_text(wanted.student, width),
        images=views.pictures(outputs, rows),
        hide=links.hidden(),
        key=here.key("picture"),
    )
    here.values.update(
        temperature=shown.temperature,
        alpha=shown.alpha,
        convention=shown.convention,
        view=shown.view,
        image=rows[shown.index] if shown.index or wanted.image >= 0 else -1,
        logits=views.to_text(shown.teacher_logits),
        student=views.to_text(shown.student_logits),
    )
    here.write()
    views.more(PAGE)
