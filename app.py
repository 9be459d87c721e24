"""The lab's server, ``streamlit run app.py``: its pages, its own routes, what begins with it."""

import streamlit as st

from pages.ui.stream.lifespan import lifespan
from pages.ui.stream.routes import routes

app = st.App("pages/entry.py", routes=routes(), lifespan=lifespan)
