"""The tabs below a map: what to try, slices, more maps, and what can be taken away."""

from __future__ import annotations

import streamlit as st

from kdlab.experiments.sweep import SweepConfig, SweepHistory
from kdlab.experiments.sweep.presets import MAPS
from pages.ui.charts import sweep as map_charts
from pages.ui.components.live_chart import charts_in_row
from pages.ui.shell import prose
from pages.ui.shell.state import State
from pages.ui.stage import export, stage
from pages.ui.stage.session import WorkScreen
from pages.ui.sweep.cell import cell_of, pick

MAP = "pages/distil/map.py"
Screen = WorkScreen[SweepConfig, SweepHistory]


def _slices(here: State[SweepConfig], shown: Screen) -> None:
    history = shown.history
    cell = None if history is None else cell_of(here, history)
    if history is None or cell is None:
        st.caption("Slices appear with the map.")
        return
    st.markdown(prose.text("map", "slices"))
    charts = [
        (
            f"slice_{axis.name}",
            map_charts.slice_along(history, axis, cell),
            f"Test accuracy over {axis.label}, beside labels only.",
        )
        for axis in reversed(history.config.axes)
    ]
    charts_in_row(charts, 300, 2)


def _more_maps(here: State[SweepConfig], shown: Screen) -> None:
    history = shown.history
    if history is None:
        st.caption("These maps appear with the first.")
        return
    st.markdown(prose.text("map", "fidelity"))
    cell = cell_of(here, history)
    alt = "{}: a map over the same two settings."
    charts = [
        (name, map_charts.measure(history, name, cell), alt.format(map_charts.MEASURES[name][0]))
        for name in ("fidelity", "ece")
    ]
    charts_in_row(charts, 360, 2, on_pick=lambda place: pick(here, place))


TABS = {
    stage.TRY: stage.tries(MAP, [(p.label, p.config, p.note) for p in MAPS.values()]),
    "Slices": _slices,
    "Fidelity and calibration": _more_maps,
    stage.TAKE_AWAY: export.panel,
}
"""Only the open one is drawn."""
