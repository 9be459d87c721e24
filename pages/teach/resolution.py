"""Low resolution: the teacher sees whole images, its students scaled-down ones."""

from kdlab.studies.resolution import ResolutionConfig
from pages.ui.study import page
from pages.ui.study.figures import resolution as study_resolution

page.show(
    "resolution",
    "pages/teach/resolution.py",
    presets=(
        (
            "All labels",
            ResolutionConfig(labels="all"),
            "Labels know better than the teacher here, and at alpha 0.9 it is in their way. Try "
            "a smaller one.",
        ),
        (
            "The teacher alone",
            ResolutionConfig(alpha=1.0),
            "No label enters the distilled students' loss; the article's formula is this.",
        ),
        (
            "A convolutional student",
            ResolutionConfig(student="cnn-4-8", factors=(1, 2), epochs=20, seeds=3),
            "The same weights slide over fewer places: FLOPs fall faster than parameters.",
        ),
    ),
    without=("method",),
    picture=study_resolution.picture,
    tabs={"What they see": study_resolution.seen},
)
