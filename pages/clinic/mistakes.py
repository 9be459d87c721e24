"""Common mistakes: right code and code with one mistake in it, trained side by side."""

import streamlit as st

from kdlab.studies import find
from kdlab.studies.mistakes import shown_best
from pages.ui import study_clinic, study_page

study_clinic.pick(find("mistakes"), "mistake", shown_best)
study_page.show(
    "mistakes",
    "pages/clinic/mistakes.py",
    presets=(
        (
            "Answers of other images",
            shown_best("misaligned"),
            "Batches are shuffled anew, kept answers are not. No error, and nothing is learned.",
        ),
        (
            "T² is missing",
            shown_best("no-square"),
            "Half of the labels are wrong, and the student listens to them too much.",
        ),
        (
            "Right and never sure",
            shown_best("temperature-on-probabilities"),
            "Look at the calibration error: the accuracy says nothing.",
        ),
    ),
    without=("mistake", "method", "method_parameters"),
    picture=study_clinic.mistake,
)
st.subheader("All mistakes, measured", anchor=False)
study_clinic.all_mistakes()
