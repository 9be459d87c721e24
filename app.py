"""The lab's entry script, its pages in a menu: ``streamlit run app.py``."""

from pathlib import Path

import streamlit as st

from pages.ui.shell import launch, visiting
from pages.ui.shell.contents import CONTENTS

HERE = Path(__file__).parent

st.set_page_config(
    page_title="Knowledge distillation lab",
    page_icon=str(HERE / "assets" / "icon.png"),
    layout="wide",
)
page = st.navigation(
    {
        section: [
            st.Page(
                page.script,
                title=page.title,
                icon=f":material/{page.icon}:",
                url_path=page.path or None,
                default=not page.path,
            )
            for page in pages
        ]
        for section, pages in CONTENTS.items()
    },
    position="top",
)
launch.tell_once()
if visiting.arrive(page.url_path):  # before any page reads the address
    st.stop()
page.run()
