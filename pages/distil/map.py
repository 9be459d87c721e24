"""A map of two settings: choose axes, values and seeds, press Train, watch every cell fill in."""

import streamlit as st

from kdlab.data import DATASETS
from kdlab.experiments.sweep import SweepConfig
from pages.ui.shell import prose
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.sweep import controls as map_controls
from pages.ui.sweep import page
from pages.ui.widgets import settings as controls

here = links.state(page.PAGE, SweepConfig, controls.NAMES)
page_header("Map of two settings", prose.text("map"))
links.warn(here)

with st.sidebar:
    map_controls.axes(here)
    controls.control(here, "dataset")
    settings = DATASETS[here.values["dataset"]].settings
    controls.panel(here, (name for name in settings if name != "train_limit"))
    map_controls.others(here)

config = map_controls.checked(here)
page.stage(here, config)
here.write()
