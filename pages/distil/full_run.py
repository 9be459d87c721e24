"""Full run: a published pair, trained properly on the accelerator at hand."""

import streamlit as st

from kdlab.fullrun.config import FullRunConfig
from pages.ui import (
    full_checks,
    full_controls,
    full_picture,
    full_start,
    full_tabs,
    full_watch,
    links,
    prose,
)
from pages.ui.theme import opening

lost = full_watch.follow_link()
here = links.state("full-run", FullRunConfig, full_checks.NAMES)
opening("Full run", prose.text("full-run"))
links.warn(here)
if lost:
    st.warning(prose.plain(lost), icon=":material/warning:")

with st.sidebar:
    full_controls.choose(here)

config, problem = full_controls.checked(here)
full_start.row(config, problem)
shown = full_watch.watched()
full_picture.stage(here, shown)
full_tabs.tabs(here, shown)
full_watch.write_link(full_watch.watched())
here.write()
