"""Find me a student: set a budget, press Search, watch the trials and read what they found."""

import streamlit as st

from kdlab.data import DATASETS
from kdlab.search import SearchConfig
from pages.ui import controls, links, prose, search_controls, searching
from pages.ui.theme import opening

here = links.state(searching.PAGE, SearchConfig, controls.NAMES)
opening("Find me a student", prose.text("search"))
links.warn(here)

with st.sidebar:
    search_controls.budget(here)
    controls.control(here, "dataset")
    settings = DATASETS[here.values["dataset"]].settings
    controls.panel(here, (name for name in settings if name != "train_limit"))
    search_controls.others(here)

config = search_controls.checked(here)
searching.stage(here, config)
here.write()
