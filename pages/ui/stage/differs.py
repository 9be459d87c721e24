"""Said on every page whose picture belongs to other settings than those on the controls."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import streamlit as st

from kdlab.config.schema import StudentConfig
from kdlab.translation import say
from pages.ui.shell import prose
from pages.ui.shell.state import State
from pages.ui.stage.session import WorkScreen
from pages.ui.widgets.buttons import button


def tell(here: State[Any], shown: WorkScreen[Any, Any], asked: StudentConfig | None) -> None:
    """Of the work on screen, where it is another than the ``asked`` one; its picture is pale as
    long as it does not go on."""
    config = shown.config
    if not shown.other or config is None or asked is None:
        return
    values = {
        name: value
        for name, value in config.model_dump().items()
        if value != getattr(asked, name)  # what is only looked at stays as it is
    }
    sentence(here, values, shown.work.page, goes_on=shown.running)


def sentence(here: State[Any], values: Mapping[str, Any], page: str, *, goes_on: bool) -> None:
    """The sentence, and a button that puts the picture's ``values`` on the controls."""
    section = "goes on" if goes_on else "other settings"
    with st.container(
        key=f"{'going' if goes_on else 'pale'}_{page.replace('.', '_')}",
        horizontal=True,
        gap="small",
        vertical_alignment="center",
    ):
        st.caption(f":material/info: {prose.text('stage', section)}", width="content")
        words = prose.text("stage", "help use")
        use = functools.partial(here.set, **values)
        button(say("Use its settings"), f"{page}.settings", "tune", use, help_text=words)
