"""When does it help? One thing is varied at a time; the gain over labels only is drawn."""

from kdlab.studies.when import WhenConfig
from pages.ui.study import page
from pages.ui.study.figures import when as study_when

page.show(
    "when",
    "pages/teach/when.py",
    presets=(
        (
            "All labels",
            WhenConfig(labels="all"),
            "Start where labels tell it all. Where does a teacher still help?",
        ),
        (
            "A poor teacher",
            WhenConfig(teacher_epochs=1, factors=("labels", "label_noise", "temperature")),
            "It has seen every image once. With how many labels is the student better off alone?",
        ),
        (
            "The teacher only",
            WhenConfig(alpha=1.0),
            "Labels count for nothing in the distilled student's loss.",
        ),
    ),
    picture=study_when.picture,
)
