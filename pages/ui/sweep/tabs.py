"""The tabs below a map: what to try, slices, more maps, and what can be taken away."""

from __future__ import annotations

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.experiments.sweep import SweepConfig, SweepHistory, normal, possible
from kdlab.experiments.sweep.presets import MAPS
from kdlab.export import stand_alone
from pages.ui.charts import sweep as map_charts
from pages.ui.components.live_chart import live_chart
from pages.ui.shell import prose, state
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
    for place, axis in zip(st.columns(2, gap="medium"), reversed(history.config.axes), strict=True):
        with place:
            live_chart(
                map_charts.slice_along(history, axis, cell),
                key=f"chart_slice_{axis.name}",
                height=300,
                alt=f"Test accuracy over {axis.label}, beside labels only.",
            )


def _more_maps(here: State[SweepConfig], shown: Screen) -> None:
    history = shown.history
    if history is None:
        st.caption("These maps appear with the first.")
        return
    st.markdown(prose.text("map", "fidelity"))
    cell = cell_of(here, history)
    for place, name in zip(st.columns(2, gap="medium"), ("fidelity", "ece"), strict=True):
        with place:
            live_chart(
                map_charts.measure(history, name, cell),
                key=f"chart_{name}",
                height=360,
                alt=f"{map_charts.MEASURES[name][0]}: a map over the same two settings.",
                on_pick=lambda place: pick(here, place),
            )


def _take_away(here: State[SweepConfig], shown: Screen) -> None:
    """The map on the controls as a link and as JSON; the numbers of the one on screen; the script
    of the cell that is looked at."""
    export.message(here)
    try:
        config = here.config()
        possible(config)
    except KdlabError:
        st.info("These settings cannot be run; the message at the top of the page says why.")
        return
    st.code(state.full_link(config), language=None, wrap_lines=True)
    name = f"kdlab-map-{config.dataset}-{normal(config).fingerprint()[:8]}"
    history = shown.history
    with st.container(horizontal=True):
        export.offer("Settings, JSON", config.to_json(), f"{name}.json", "application/json")
        if history is not None and history.finished:
            table = history.table().to_csv(index=False)
            export.offer("Results, CSV", str(table), f"{name}.csv", "text/csv")
        cell = None if history is None else cell_of(here, history)
        if history is not None and cell is not None:
            run = history.config.cell(cell)
            script = export.ready(f"script {run.fingerprint()}", lambda: stand_alone(run))
            export.offer("PyTorch script of the cell", script, f"{name}.py", "text/x-python")
    st.caption(
        "The script trains the pair of the cell that is looked at, with PyTorch alone. "
        "`python -m kdlab sweep --config FILE.json` trains the map without a browser."
    )
    export.bring_settings(here, "sweep")


TABS = {
    stage.TRY: stage.tries(MAP, [(p.label, p.config, p.note) for p in MAPS.values()]),
    "Slices": _slices,
    "Fidelity and calibration": _more_maps,
    stage.TAKE_AWAY: _take_away,
}
"""Only the open one is drawn."""
