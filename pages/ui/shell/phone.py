"""On a phone: the other pages in a menu that is seen, and settings that leave room for the picture.

Streamlit puts the menu of pages into the side bar there, above all settings, and the side bar over
the page. Here the pages have a button of their own, and the settings come up from below, over half
the screen: what they change is seen above them. On a wider screen nothing of this is there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.ui.shell import prose

STYLE = prose.style(__file__)


def menu(sections: Mapping[str, Sequence[StreamlitPage]], here: str) -> None:
    """The button, and the looks. ``here`` is the address of the page that is shown: on another one
    the menu is closed again."""
    words = json.dumps(prose.text("phone", "settings"), ensure_ascii=False)
    st.html(STYLE.replace("SETTINGS", words))
    with st.container(key="phone_menu"):
        st.fragment(_pages)(sections, here)


def _pages(sections: Mapping[str, Sequence[StreamlitPage]], here: str) -> None:
    """All pages; they are made when the menu is opened, and that of another page is closed."""
    opened = st.popover(
        prose.text("phone", "pages"),
        icon=":material/menu:",
        key=f"phone.menu.{here}",
        on_change="rerun",
    )
    if not opened.open:
        return
    with opened:
        for section, pages in sections.items():
            if section:
                st.caption(section)
            for page in pages:
                st.page_link(page)
