"""Start from the teacher: its weights as a student's first ones, and what that is worth."""

from kdlab.studies.start import StartConfig
from pages.ui.study import page

page.show(
    "start",
    "pages/teach/start.py",
    presets=(
        (
            "A gentle learning rate",
            StartConfig(learning_rate=0.0003),
            "The student that starts as the teacher stays close to it; the others lack the time.",
        ),
        (
            "All labels",
            StartConfig(labels="all"),
            "Nothing is forgotten, and the start hardly matters.",
        ),
        (
            "Keep the last layers",
            StartConfig(kept=(2, 3)),
            "They read features that a fresh first layer has yet to make.",
        ),
    ),
)
