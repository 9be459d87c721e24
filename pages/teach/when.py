"""When does it help? One thing is varied at a time; the gain over labels only is drawn."""

from kdlab.studies.when import WhenConfig
from pages.ui.study import page
from pages.ui.study.figures import when as study_when

page.show(
    "when",
    presets={
        "All labels": WhenConfig(labels="all"),
        "A poor teacher": WhenConfig(
            teacher_epochs=1, factors=("labels", "label_noise", "temperature")
        ),
        "The teacher only": WhenConfig(alpha=1.0),
    },
    picture=study_when.picture,
)
