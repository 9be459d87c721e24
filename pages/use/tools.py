"""In your tool: a loss of this lab, read in the settings of other tools, with a snippet to copy."""

from __future__ import annotations

import streamlit as st

from kdlab.tools import TOOLS
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.understand import in_tools, views

PAGE = in_tools.PAGE

here = links.state(PAGE, in_tools.InTools, in_tools.NAMES)
page_header(PAGE, views.lead(PAGE))
links.warn(here)
with st.sidebar:
    in_tools.sidebar(here)
wish = here.config()
in_tools.try_this(here)
st.markdown(in_tools.formula(wish))
in_tools.show_table(wish, wish.tool)
with st.container(key="in_tools_chosen"):
    in_tools.show_tool(TOOLS[wish.tool], wish)
here.write()
views.more(PAGE)
