"""Augmented views: does the teacher see the image that its student sees?"""

from kdlab.studies.augmentation import AugmentationConfig
from pages.ui.study import page
from pages.ui.study.figures import augmentation as study_views

page.show(
    "augmentation",
    "pages/teach/augmentation.py",
    presets=(
        (
            "Flipped digits",
            AugmentationConfig(augmentation="flip"),
            "A view that changes the meaning. Who suffers: labels, a consistent or a fixed "
            "teacher?",
        ),
        (
            "Noise",
            AugmentationConfig(augmentation="noise"),
            "Noise changes little of what the teacher says. Does it matter what it sees?",
        ),
        (
            "Mixup",
            AugmentationConfig(augmentation="mixup"),
            "Between two digits there is no right answer, but the teacher has one.",
        ),
    ),
    tabs={"The views": study_views.views},
)
