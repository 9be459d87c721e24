"""Make an exercise: a page of the lab as a link, with what is hidden and what is asked, or as the
step of a lesson."""

from __future__ import annotations

import streamlit as st

from kdlab.translation import say
from pages.ui.exercises import basket, composer, made
from pages.ui.shell import prose
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header

links.visit("compose")
page_header("compose", prose.text("compose"))
left, right = st.columns(2, gap="large")
with left:
    exercise = composer.compose()
with right, made.place():
    if exercise is not None:
        made.show(exercise)
basket.show()
if "more" not in links.hidden():
    with st.expander(say("What is behind it")):
        st.markdown(prose.text("compose", "more"))
