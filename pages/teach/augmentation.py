"""Augmented views: does the teacher see the image that its student sees?"""

from kdlab.studies.augmentation import AugmentationConfig
from pages.ui.study import page
from pages.ui.study.figures import augmentation as study_views

page.show(
    "augmentation",
    presets={
        "Flipped digits": AugmentationConfig(augmentation="flip"),
        "Noise": AugmentationConfig(augmentation="noise"),
        "Mixup": AugmentationConfig(augmentation="mixup"),
    },
    tabs={"The views": study_views.views},
)
