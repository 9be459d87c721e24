"""Train big, distil, fine-tune, test: four stages, and what the third spoils."""

from kdlab.studies.pipeline import PipelineConfig
from pages.ui.study import page
from pages.ui.study.figures import pipeline as study_stages

page.show(
    "pipeline",
    "pages/teach/pipeline.py",
    presets=(
        (
            "All labels",
            PipelineConfig(labels="all"),
            "Little is left to learn from the validation images. They are spoiled all the same.",
        ),
        (
            "Gently",
            PipelineConfig(tuning_epochs=10, tuning_rate=0.0003),
            "A small learning rate keeps what the teacher taught, and takes little from the new "
            "labels. Is there still a gap?",
        ),
        (
            "Few labels",
            PipelineConfig(labels=20),
            "The validation images bring ten times the labels. Who profits, and who does not?",
        ),
    ),
    picture=study_stages.picture,
)
