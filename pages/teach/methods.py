"""Compare methods: each tuned with as many trials, on validation, and run on other seeds."""

from kdlab.studies.methods import MethodsConfig
from pages.ui.study import page
from pages.ui.study.figures import methods as study_methods

page.show(
    "methods",
    "pages/teach/methods.py",
    presets=(
        (
            "All labels",
            MethodsConfig(labels="all"),
            "Labels tell nearly everything. Which intervals still lie right of zero?",
        ),
        (
            "No tuning",
            MethodsConfig(trials=1),
            "One trial each: every method near its published proportion. Does the order change?",
        ),
        (
            "Methods that compare maps",
            MethodsConfig(
                teacher="cnn-16-32",
                student="cnn-4-8",
                methods=("soft-targets", "attention", "similarity"),
                epochs=20,
                seeds=3,
                trials=2,
            ),
            "Two convolutional networks, whose maps have a height and a width. This takes longer.",
        ),
    ),
    without=("alpha", "method", "method_parameters"),
    picture=study_methods.picture,
    tabs={"Tuning": study_methods.tuning},
)
