"""Hot and cold: the difference of teacher and student over T, and what T does not do."""

from kdlab.studies.difference import DifferenceConfig
from pages.ui.study import page
from pages.ui.study.figures import difference as study_difference

page.show(
    "difference",
    "pages/understand/difference.py",
    presets=(
        (
            "A cold look",
            DifferenceConfig(look=0.25),
            "T below 1 sharpens: where both answer the same, f is nearly 0, elsewhere nearly 1.",
        ),
        (
            "A hot look",
            DifferenceConfig(look=50.0),
            "Everything is nearly uniform, and f nearly 0, for the untrained student too. Nothing "
            "was compressed.",
        ),
        (
            "A tiny student",
            DifferenceConfig(student="mlp-4", look=50.0),
            "Now the T of the loss matters: students of a high T are worse. Looked at with T = 50 "
            "they have the smallest f all the same.",
        ),
    ),
    without=("temperature",),
    picture=study_difference.picture,
    tabs={"Over the images": study_difference.spread},
)
