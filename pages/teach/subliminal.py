"""What else does a student inherit? Classes that nobody taught it, from noise."""

from kdlab.studies.subliminal import SubliminalConfig
from pages.ui.study import page
from pages.ui.study.figures import subliminal as study_subliminal

page.show(
    "subliminal",
    presets={
        "Three outputs, as in the paper": SubliminalConfig(outputs=3),
        "As many outputs as hidden units": SubliminalConfig(outputs=64),
        "A teacher that moved little": SubliminalConfig(
            teacher_epochs=10, teacher_learning_rate=0.001
        ),
        "MNIST, three outputs": SubliminalConfig(
            dataset="mnist",
            train_limit=10_000,
            teacher="mlp-128-128",
            teacher_epochs=5,
            teacher_learning_rate=0.001,
            teacher_seeds=5,
            outputs=3,
            epochs=5,
            learning_rate=0.003,
        ),
    },
    tabs={"Classes": study_subliminal.classes},
)
