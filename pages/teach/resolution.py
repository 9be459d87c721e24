"""Low resolution: the teacher sees whole images, its students scaled-down ones."""

from kdlab.studies.resolution import ResolutionConfig
from pages.ui.study import page
from pages.ui.study.figures import resolution as study_resolution

page.show(
    "resolution",
    presets={
        "All labels": ResolutionConfig(labels="all"),
        "The teacher alone": ResolutionConfig(alpha=1.0),
        "A convolutional student": ResolutionConfig(
            student="cnn-4-8", factors=(1, 2), epochs=20, seeds=3
        ),
    },
    picture=study_resolution.picture,
    tabs={"What they see": study_resolution.seen},
)
