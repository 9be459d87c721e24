"""Compare methods: each tuned with as many trials, on validation, and run on other seeds."""

from kdlab.studies.methods import MethodsConfig
from pages.ui.study import page
from pages.ui.study.figures import methods as study_methods

page.show(
    "methods",
    presets={
        "All labels": MethodsConfig(labels="all"),
        "No tuning": MethodsConfig(trials=1),
        "Methods that compare maps": MethodsConfig(
            teacher="cnn-16-32",
            student="cnn-4-8",
            methods=("soft-targets", "attention", "similarity"),
            epochs=20,
            seeds=3,
            trials=2,
        ),
    },
    picture=study_methods.picture,
    tabs={"Tuning": study_methods.tuning},
)
