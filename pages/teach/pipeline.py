"""Train big, distil, fine-tune, test: four stages, and what the third spoils."""

from kdlab.studies.pipeline import PipelineConfig
from pages.ui.study import page
from pages.ui.study.figures import pipeline as study_stages

page.show(
    "pipeline",
    presets={
        "All labels": PipelineConfig(labels="all"),
        "Gently": PipelineConfig(tuning_epochs=10, tuning_rate=0.0003),
        "Few labels": PipelineConfig(labels=20),
    },
    picture=study_stages.picture,
)
