"""Live distillation: choose a pair and a loss, press Train, watch both students learn."""

import streamlit as st

from kdlab.config.schema import DistilConfig
from kdlab.data import DATASETS
from pages.ui.live import session, temperature_strip
from pages.ui.live import stage as live
from pages.ui.shell import prose
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.widgets import settings as controls

here = links.state(session.PAGE, DistilConfig, controls.NAMES)
page_header("Live distillation", prose.text("live"))
links.warn(here)

with st.sidebar:
    controls.control(here, "dataset")
    settings = DATASETS[here.values["dataset"]].settings
    controls.panel(here, (name for name in settings if name != "train_limit"))
    controls.control(here, "labels")
    temperature_strip.temperature(here)
    controls.control(here, "alpha")
    if "alpha" not in links.hidden():
        st.caption("0: labels only · 1: the teacher only")
    if "teacher" not in links.hidden():
        with st.popover(f"Teacher: {here.values['teacher']}", width="stretch"):
            controls.teacher(here)
    if "student" not in links.hidden():
        with st.popover(f"Student: {here.values['student']}", width="stretch"):
            controls.panel(here, ("student", "learning_rate", "batch_size"))
    controls.panel(here, ("epochs", "seeds"))
    rare = ("method", "method_parameters", "label_noise", "train_limit", "first_seed")
    more = [name for name in rare if name not in links.hidden()]
    if more and "more" not in links.hidden():
        with st.expander("More"):
            controls.panel(here, more)

config = controls.checked(here)
live.stage(here, config)
here.write()
