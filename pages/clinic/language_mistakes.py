"""Language model mistakes: some trained beside the right version, some computed at once."""

import streamlit as st

from kdlab.studies.language_mistakes.study import LanguageMistakesConfig
from pages.ui.study import page
from pages.ui.study.figures import language_mistakes

page.show(
    "language-mistakes",
    presets={
        "Names without an end": LanguageMistakesConfig(),
        "One place off": LanguageMistakesConfig(mistake="off-by-one"),
        "Padding that counts": LanguageMistakesConfig(mistake="padding"),
        "A divergence from samples": LanguageMistakesConfig(exact="sampled-kl"),
    },
    without=("method", "method_parameters"),
    picture=language_mistakes.picture,
)
language_mistakes.computed()
with st.container(key="verdicts"):
    language_mistakes.all_of_them()
