"""Hot and cold: the difference of teacher and student over T, and what T does not do."""

from kdlab.studies.difference import DifferenceConfig
from pages.ui.study import page
from pages.ui.study.figures import difference as study_difference

page.show(
    "difference",
    presets={
        "A cold look": DifferenceConfig(look=0.25),
        "A hot look": DifferenceConfig(look=50.0),
        "A tiny student": DifferenceConfig(student="mlp-4", look=50.0),
    },
    picture=study_difference.picture,
    tabs={"Over the images": study_difference.spread},
)
