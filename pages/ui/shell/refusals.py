"""Whether this visitor may begin what the controls say, before he does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from kdlab import predicted
from kdlab.errors import KdlabError
from kdlab.predicted import Work
from pages.ui.shell import prose

Config = TypeVar("Config")


def refused(predict: Callable[[Config], Work], config: Config | None) -> str:
    """Why this visitor may not begin ``config``; empty where he may, or where there is none."""
    if config is None:
        return ""
    try:
        predicted.check(predict, config)
    except KdlabError as error:
        return str(error)
    return ""


def tell(sentence: str) -> None:
    """Below the button that it disables; what comes after keeps its place where there is none."""
    with st.container():
        if sentence:
            st.warning(prose.plain(sentence), icon=":material/hourglass_disabled:")
