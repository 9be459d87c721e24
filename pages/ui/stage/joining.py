"""Said where somebody trains just what the controls ask for, and this page does not show it."""

from __future__ import annotations

import streamlit as st

from kdlab.translation import say
from pages.ui.shell import prose, state
from pages.ui.stage.session import WorkScreen
from pages.ui.stage.work import Config, History
from pages.ui.widgets.buttons import button


def tell(shown: WorkScreen[Config, History], config: Config | None) -> None:
    """A sentence, and a button that lets this visitor watch: also where he has just stopped it,
    and it goes on for others."""
    if config is None or "player" in state.hidden() or not shown.goes_on(config):
        return  # without Stop, nobody could leave it again
    left = shown.outcome == "stopped" and shown.config == shown.work.experiment.normal(config)
    page = shown.work.page
    with st.container(
        key=f"joining_{page.replace('.', '_')}",
        horizontal=True,
        gap="small",
        vertical_alignment="center",
    ):
        words = prose.text("stage", "goes on for others" if left else "somebody trains")
        st.caption(f":material/visibility: {words}", width="content")
        help_text = prose.text("stage", "help watch")
        button(
            say("Watch it"),
            f"{page}.watch",
            "play_arrow",
            shown.watch_it,
            config,
            help_text=help_text,
        )
