"""The table of contents of the lab: ``streamlit run app.py``."""

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent

st.set_page_config(
    page_title="Knowledge distillation lab",
    page_icon=str(HERE / "assets" / "icon.png"),
    layout="wide",
)
st.navigation(
    {
        "": [st.Page("pages/home/home.py", title="Home", icon=":material/home:", default=True)],
        "Understand": [
            st.Page(
                "pages/understand/soft_targets.py",
                title="Soft targets",
                icon=":material/bar_chart:",
                url_path="soft-targets",
            ),
            st.Page(
                "pages/understand/the_loss.py",
                title="The loss",
                icon=":material/functions:",
                url_path="loss",
            ),
        ],
        "Distil": [
            st.Page(
                "pages/distil/live.py",
                title="Live distillation",
                icon=":material/model_training:",
                url_path="live",
            ),
            st.Page("pages/distil/map.py", title="Map", icon=":material/grid_on:", url_path="map"),
            st.Page(
                "pages/distil/search.py",
                title="Find me a student",
                icon=":material/search:",
                url_path="search",
            ),
        ],
        "Use": [
            st.Page(
                "pages/use/draw.py",
                title="Draw a digit",
                icon=":material/draw:",
                url_path="draw",
            ),
        ],
    },
    position="top",
).run()
