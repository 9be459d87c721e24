"""A visitor's own images: an archive brought through the browser, or a folder of this machine."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab.data import uploads
from kdlab.errors import KdlabError
from pages.ui import links, prose

ENDINGS = ["zip", "tar", "tgz", "gz"]


def folder(here: links.State[Any], name: str, help_text: str) -> str:
    """The value of setting ``name``: an upload's name or a path."""
    brought = st.file_uploader(
        "Archive of images", type=ENDINGS, key=f"{here.page}.upload.{name}", help=help_text
    )
    if brought is not None and brought.file_id != st.session_state.get("own_images.taken"):
        try:
            here.set(**{name: uploads.keep(brought, brought.name)})
            st.session_state["own_images.taken"] = brought.file_id
        except KdlabError as error:
            st.error(prose.plain(error), icon=":material/error:")
    value = str(here.values[name])
    if not uploads.uploads_only():
        key = here.key(name)
        now = st.session_state.get(key, value)
        value = st.text_input("Or a folder on this machine", now, key=key, help=help_text).strip()
    if not value:
        st.caption(prose.text("live", "own images"))
    return value
