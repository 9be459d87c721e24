"""Several teachers: networks of other first weights, sizes or expertise teach together."""

from kdlab.studies.teachers import TeachersConfig
from pages.ui.study import page

page.show(
    "teachers",
    presets={
        "Hasty teachers": TeachersConfig(teacher_epochs=2, teachers=6),
        "Average of logits": TeachersConfig(average="logits"),
        "All labels": TeachersConfig(labels="all"),
    },
)
