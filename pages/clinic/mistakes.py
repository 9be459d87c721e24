"""Common mistakes: right code and code with one mistake in it, trained side by side."""

import streamlit as st

from kdlab.studies import find
from kdlab.studies.mistakes.study import shown_best
from pages.ui.study import page
from pages.ui.study.figures import clinic

clinic.pick(find("mistakes"), "mistake", shown_best)
page.show(
    "mistakes",
    presets={
        "Answers of other images": shown_best("misaligned"),
        "T² is missing": shown_best("no-square"),
        "Right, but never sure": shown_best("temperature-on-probabilities"),
    },
    without=("mistake", "method", "method_parameters"),
    picture=clinic.mistake,
)
with st.container(key="verdicts"):
    st.subheader("All mistakes, measured", anchor=False)
    clinic.all_mistakes()
