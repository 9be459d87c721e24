"""The missing class: a student knows a class that it never saw; its bias is wrong, and is moved."""

from typing import Any

from kdlab.studies.missing import MissingConfig
from pages.ui.study import page
from pages.ui.study.figures import missing as study_missing

ALL_BUT_7_AND_8 = (0, 1, 2, 3, 4, 5, 6, 9)
# As in the paper, with smaller networks; assets/text/en/studies/missing.md says what they measured.
MNIST: dict[str, Any] = {
    "dataset": "mnist",
    "teacher": "mlp-400-400",
    "teacher_epochs": 8,
    "teacher_learning_rate": 0.001,
    "student": "mlp-100",
    "temperature": 20,
    "epochs": 12,
    "seeds": 3,
    "learning_rate": 0.003,
}

page.show(
    "missing",
    presets={
        "7 and 8 only": MissingConfig(unseen=ALL_BUT_7_AND_8, epochs=150),
        "7 and 8 only, bias moved": MissingConfig(unseen=ALL_BUT_7_AND_8, epochs=150, bias=4.1),
        "MNIST without 3": MissingConfig(**MNIST),
        "MNIST, 7 and 8 only": MissingConfig(**MNIST, unseen=ALL_BUT_7_AND_8),
    },
    picture=study_missing.picture,
)
