"""A map of two settings: choose axes, values and seeds, press Train, watch every cell fill in."""

import streamlit as st

from kdlab.data import DATASETS
from kdlab.sweep import SweepConfig
from pages.ui import controls, links, map_controls, maps, prose
from pages.ui.theme import opening

here = links.state(maps.PAGE, SweepConfig, controls.NAMES)
opening("Map of two settings", prose.text("map"))
links.warn(here)

with st.sidebar:
    map_controls.axes(here)
    controls.control(here, "dataset")
    settings = DATASETS[here.values["dataset"]].settings
    controls.panel(here, (name for name in settings if name != "train_limit"))
    map_controls.others(here)

config = map_controls.checked(here)
maps.stage(here, config)
here.write()
