"""A class: everybody predicts, one run decides, all see it."""

import streamlit as st

from pages.ui.classroom import page
from pages.ui.shell import prose, state
from pages.ui.shell.theme import page_header

state.visit("class")
page_header("class", prose.text("class_room"), page.title())
st.html(page.STYLE)
page.show()
