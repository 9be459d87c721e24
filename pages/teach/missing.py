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
    "pages/teach/missing.py",
    presets=(
        (
            "7 and 8 only",
            MissingConfig(unseen=ALL_BUT_7_AND_8, epochs=150),
            "It has seen two classes of ten, and what the teacher thought of the other eight.",
        ),
        (
            "7 and 8 only, bias moved",
            MissingConfig(unseen=ALL_BUT_7_AND_8, epochs=150, bias=4.1),
            "The same students. One number, the same for eight classes, and most is right.",
        ),
        (
            "MNIST without 3",
            MissingConfig(**MNIST),
            "A download and three minutes of training. Published: 206 errors of 10,000, 109 with a "
            "bias chosen on the test set.",
        ),
        (
            "MNIST, 7 and 8 only",
            MissingConfig(**MNIST, unseen=ALL_BUT_7_AND_8),
            "Published: 47.3 % errors, 13.2 % with the bias moved by 7.6.",
        ),
    ),
    picture=study_missing.picture,
)
