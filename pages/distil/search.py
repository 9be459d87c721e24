"""Find me a student: set a budget, press Search, watch the trials and read what they found."""

import streamlit as st

from kdlab.experiments.search import SearchConfig
from kdlab.experiments.search.experiment import SEARCH
from pages.ui.search import controls as search_controls
from pages.ui.search import page
from pages.ui.shell import prose
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.stage import stage as at_work
from pages.ui.stage import tries
from pages.ui.widgets import settings as controls

here = links.state(page.PAGE, SearchConfig, controls.NAMES)
page_header("search", prose.text("search"))
links.warn(here)
tries.show(here, "search", page.PRESETS)

with st.sidebar:
    search_controls.budget(here)
    controls.dataset(here)
    search_controls.others(here)

config = controls.checked(here, SEARCH)
at_work.stage(page.WORK, here, config, picture=page.picture, tabs=page.TABS)
here.write()
