"""Full run: a published pair, trained properly on the accelerator at hand."""

import streamlit as st

from kdlab.full_run.recipe.config import FullRunConfig
from pages.ui.full_run import checks, controls, picture, start, watch
from pages.ui.full_run import tabs as full_tabs
from pages.ui.shell import prose
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.stage import tries
from pages.ui.widgets import overview

lost = watch.follow_link()
here = links.state("full-run", FullRunConfig, checks.NAMES)
page_header("full-run", prose.text("full-run"))
links.warn(here)
if lost:
    st.warning(prose.plain(lost), icon=":material/warning:")

with st.sidebar:
    controls.choose(here)

tries.show(here, "full-run", start.PRESETS)
config, problem = controls.checked(here)
start.row(config, problem)
overview.overview(here, opened=watch.watched() is None)
shown = watch.watched()
picture.stage(here, shown)
full_tabs.tabs(here)
watch.write_link(watch.watched())
here.write()
