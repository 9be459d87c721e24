"""A map of two settings: choose axes, values and seeds, press Train, watch every cell fill in."""

import streamlit as st

from kdlab.experiments.sweep import SweepConfig
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.experiments.sweep.presets import MAPS
from pages.ui.shell import prose
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.stage import stage as at_work
from pages.ui.stage import tries
from pages.ui.sweep import page
from pages.ui.widgets import settings as controls

here = links.state(page.PAGE, SweepConfig, controls.NAMES)
page_header("map", prose.text("map"))
links.warn(here)
tries.show(here, "map", {preset.label: preset.config for preset in MAPS.values()})

with st.sidebar:
    page.axes(here)
    controls.dataset(here)
    page.others(here)

config = controls.checked(here, SWEEP)
at_work.stage(page.WORK, here, config, picture=page.picture, tabs=page.TABS)
here.write()
