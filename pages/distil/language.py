"""Language model: a teacher and two students say what comes next, and make up strings."""

import streamlit as st

from kdlab.experiments.run.language import LANGUAGE, TEXT, Language, text
from pages.ui.live import language
from pages.ui.shell import prose
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.stage import tries
from pages.ui.widgets import settings as controls

here = links.state(language.PAGE, Language, {**controls.NAMES, "dataset": text})
page_header("language-model", prose.text("language_model"))
links.warn(here)
tries.show(here, "language_model", language.TRIES)

with st.sidebar:
    controls.dataset(here, among=TEXT)
    controls.panel(here, ("labels", "temperature", "alpha"))
    controls.popover(here, "teacher", controls.teacher)
    controls.popover(here, "student", controls.student)
    controls.panel(here, ("epochs", "seeds"))
    controls.more(here, ("method", "method_parameters", "label_noise", "train_limit", "first_seed"))

config = controls.checked(here, LANGUAGE)
language.stage(here, config)
here.write()
