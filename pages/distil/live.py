"""Live distillation: choose a pair and a loss, press Train, watch both students learn."""

import streamlit as st

from kdlab.config.presets import PRESETS
from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.experiment import DISTILL
from kdlab.translation import say
from pages.ui.live import pinned, session, temperature_strip
from pages.ui.live import stage as live
from pages.ui.shell import prose
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.stage import tries
from pages.ui.widgets import settings as controls

here = links.state(session.PAGE, DistilConfig, controls.NAMES, beside=(pinned.PIN,))
pinned.read(here)
page_header("live", prose.text("live"))
links.warn(here)
tries.show(here, "live", {preset.label: preset.config for preset in PRESETS.values()})

with st.sidebar:
    controls.dataset(here)
    controls.control(here, "labels")
    temperature_strip.temperature(here)
    controls.control(here, "alpha")
    if "alpha" not in links.hidden():
        st.caption(say("0: labels only · 1: the teacher only"))
    live.turn_switch(here)
    controls.popover(here, "teacher", controls.teacher)
    controls.popover(here, "student", controls.student)
    controls.panel(here, ("epochs", "seeds"))
    controls.more(
        here,
        ("method", "method_parameters", "schedule", "label_noise", "train_limit", "first_seed"),
    )

config = controls.checked(here, DISTILL)
live.stage(here, config)
here.write()
