"""What the articles say: each claim beside the experiment that tests it, and their code."""

import streamlit as st

from kdlab.studies import find
from kdlab.studies.claims.study import of_claim
from pages.ui.shell import page_links
from pages.ui.shell.contents import script_of
from pages.ui.study import page
from pages.ui.study.figures import clinic

clinic.pick(find("claims"), "claim", of_claim)
page.show(
    "claims",
    presets={
        "Higher temperature, better student?": of_claim("temperature-generalises"),
        "A digit that was never shown": of_claim("dark-knowledge"),
        "Fine-tuned on validation": of_claim("tuned-on-validation"),
    },
    without=(
        "claim", "dataset", "labels", "temperature", "alpha", "teacher", "student", "label_noise",
        "train_limit", "method", "method_parameters",
    ),
    picture=clinic.claim,
)  # fmt: skip
with st.container(key="verdicts"):
    st.subheader("All claims, measured", anchor=False)
    clinic.all_claims()
st.caption(
    "The articles also name natural language as a field of use. What a teacher is worth there:"
)
page_links.page(script_of("language-model"), "Language model")
st.subheader("The articles' code", anchor=False)
clinic.defects()
