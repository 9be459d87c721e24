"""Which divergence, whose prefixes? Students of a language model on strings of the data, of their
teacher, and of their own."""

from kdlab.studies.language.study import LanguageConfig
from pages.ui.study import page
from pages.ui.study.figures import language as study_language

page.show(
    "language",
    presets={
        "The truth is known": LanguageConfig(dataset="grammar", seeds=5),
        "Half on-policy": LanguageConfig(prefixes=("data", "student"), on_policy=0.5),
        "A tiny student": LanguageConfig(dataset="grammar", student="mlp-2", seeds=20),
    },
    picture=study_language.picture,
    tabs={"What they say": study_language.what_they_say},
)
