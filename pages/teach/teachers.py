"""Several teachers: networks of other first weights, sizes or expertise teach together."""

from kdlab.studies.teachers import TeachersConfig
from pages.ui.study import page

page.show(
    "teachers",
    "pages/teach/teachers.py",
    presets=(
        (
            "Hasty teachers",
            TeachersConfig(teacher_epochs=2, teachers=6),
            "Each has seen the images twice. Six mistakes of different kinds average out.",
        ),
        (
            "Average of logits",
            TeachersConfig(average="logits"),
            "A teacher that is very sure outvotes the others. Experts feel it most.",
        ),
        (
            "All labels",
            TeachersConfig(labels="all"),
            "Where labels tell it all, more teachers change little.",
        ),
    ),
)
