"""What is the live page's own on the stage that all pages share: its buttons, its picture, its
tabs."""

from __future__ import annotations

import streamlit as st

from kdlab.config.presets import PRESETS
from kdlab.config.schema import DistilConfig
from kdlab.events import Confusion, Regions
from pages.ui.charts import base
from pages.ui.components import points
from pages.ui.components.live_chart import live_chart
from pages.ui.components.panels import panels
from pages.ui.live import costs, export, numbers
from pages.ui.live.buttons import buttons
from pages.ui.live.session import WORK, LiveScreen
from pages.ui.live.standing import standing
from pages.ui.shell.state import State
from pages.ui.stage import stage as at_work

LIVE = "pages/distil/live.py"


def stage(here: State[DistilConfig], config: DistilConfig | None) -> None:
    """Everything but the controls. Part of a run of the whole page."""
    at_work.stage(
        WORK, here, config, picture=_picture, tabs=TABS, buttons=buttons, standing=standing
    )


def _picture(_here: State[DistilConfig], shown: LiveScreen) -> None:
    """Accuracy, and beside it who answers what; at the end the result."""
    view = shown.player.view
    wide = isinstance(view.picture, Regions)
    left, right = st.columns([3, 4] if wide else [4, 5], gap="medium")
    with left:
        live_chart(
            base.accuracy(view),
            key="chart_accuracy",
            height=320,
            alt=numbers.describe_accuracy(view),
        )
    with right:
        if isinstance(view.picture, Confusion) and not view.picture.matrices:
            numbers.cards(view.picture, view)  # too many classes for a matrix
        else:
            panels(view, key="panels", points=points.mark(shown.config))
    numbers.numbers(view)


TABS: dict[str, at_work.Draw] = {
    at_work.TRY: at_work.tries(LIVE, [(p.label, p.config, p.note) for p in PRESETS.values()]),
    "Loss": lambda _, shown: numbers.losses(
        shown.player.view, shown.config.method if shown.config else "soft-targets"
    ),
    "Fidelity": lambda _, shown: numbers.fidelity(shown.player.view),
    "Where they differ": lambda _, shown: numbers.differences(shown.player.view),
    "Size and speed": lambda _, shown: costs.costs(shown.player.view, shown.config),
    at_work.TAKE_AWAY: export.panel,
}
"""Only the open one is drawn."""
