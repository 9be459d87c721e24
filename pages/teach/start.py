"""Start from the teacher: its weights as a student's first ones, and what that is worth."""

from kdlab.studies.start import StartConfig
from pages.ui.study import page

page.show(
    "start",
    presets={
        "A gentle learning rate": StartConfig(learning_rate=0.0003),
        "All labels": StartConfig(labels="all"),
        "Keep the last layers": StartConfig(kept=(2, 3)),
    },
)
