"""What Streamlit runs for every visitor: the lab's pages in a menu."""

from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from kdlab.translation import say, speaking
from pages.ui.classroom import dock
from pages.ui.guide import panel
from pages.ui.shell import carried, instructing, phone, projector, speech, turns, visiting
from pages.ui.shell.contents import CONTENTS

ROOT = Path(__file__).parents[1]

carried.read()
with turns.turn(), speaking(speech.reads()):
    st.set_page_config(
        page_title=say("Knowledge distillation lab"),
        page_icon=str(ROOT / "assets" / "icon.png"),
        layout="wide",
        initial_sidebar_state=projector.side_bar(),
    )
    sections = {
        say(section): [
            st.Page(
                ROOT / page.script,
                title=say(page.title),
                icon=f":material/{page.icon}:",
                url_path=page.path or None,
                default=not page.path,
            )
            for page in pages
        ]
        for section, pages in CONTENTS.items()
    }
    page = st.navigation(sections, position="top")
    # before any page reads the address
    if visiting.arrive(page.url_path) or instructing.arrive(page.url_path):
        st.stop()
    panel.before(page.url_path)
    lesson = panel.slot()
    phone.menu(sections, page.url_path)
    # where the page says no more, a lesson beside it goes on
    with speech.written(page.url_path), suppress(StopException):
        page.run()
    panel.show(lesson, page.url_path)
    dock.show(page.url_path)
    projector.switch()
    speech.switch()
    carried.write()
