"""Find me a student: set a budget, press Search, watch the trials and read what they found."""

import streamlit as st

from kdlab.data import DATASETS
from kdlab.experiments.search import SearchConfig
from pages.ui.search import controls as search_controls
from pages.ui.search import page
from pages.ui.shell import prose
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.widgets import settings as controls

here = links.state(page.PAGE, SearchConfig, controls.NAMES)
page_header("Find me a student", prose.text("search"))
links.warn(here)

with st.sidebar:
    search_controls.budget(here)
    controls.control(here, "dataset")
    settings = DATASETS[here.values["dataset"]].settings
    controls.panel(here, (name for name in settings if name != "train_limit"))
    search_controls.others(here)

config = search_controls.checked(here)
page.stage(here, config)
here.write()
