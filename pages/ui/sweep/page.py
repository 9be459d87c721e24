"""The map page's stage: the map with the chosen cell; below it what to try, slices, more maps, and
what can be taken away."""

from __future__ import annotations

import streamlit as st

from kdlab.experiments.sweep import SweepConfig, SweepHistory
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.experiments.sweep.presets import MAPS
from pages.ui.charts import sweep as map_charts
from pages.ui.components.live_chart import charts_in_row, live_chart
from pages.ui.shell import prose, state
from pages.ui.shell.state import State
from pages.ui.stage import export, provenance
from pages.ui.stage import stage as at_work
from pages.ui.stage.session import Work, WorkScreen
from pages.ui.sweep.cell import cell_of, chosen, pick

PAGE, MAP = "map", "pages/distil/map.py"
Screen = WorkScreen[SweepConfig, SweepHistory]


def picture(here: State[SweepConfig], shown: Screen) -> None:
    """The map, and beside it the cell that is looked at."""
    history = shown.history
    assert history is not None
    cell = cell_of(here, history)
    left, right = st.columns([4, 3], gap="medium")
    with left:
        live_chart(
            map_charts.gains(history, cell),
            key="chart_map",
            height=400,
            alt=map_charts.describe(history),
            on_pick=lambda place: pick(here, place),
        )
    with right:
        if cell is not None:
            chosen(here, history, cell)
    cells = history.shape[0] * history.shape[1]
    chance = max(1, round(cells / 20))
    st.caption(prose.text("map", "reading").format(cells=cells, chance=chance))


def _told(shown: Screen) -> str:
    history = shown.history
    assert history is not None
    config = history.config
    seeds = provenance.seeds(config.first_seed, config.seeds)
    varied = {axis.setting for axis in config.axes} | set(state.hidden())
    told = provenance.settings(config.single(), seeds, varied)
    return f"{at_work.source(shown)}: {history.students:,} students, {told}."


def _stopped(shown: Screen) -> str:
    """How far the map came, and what of it is kept."""
    history, said = shown.history, at_work.stopped(shown)
    if history is None or history.started is None:
        return said
    done, units = history.cohorts_done, history.started.units
    return (
        f"{said}. {done} of {units} groups of students are done and kept; Train begins the others "
        "again."
    )


def _progress(history: SweepHistory) -> str:
    return f"{history.students:,} students learn at once: {at_work.percent(history)}"


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


WORK = Work(
    page=PAGE,
    experiment=SWEEP,
    icon=":material/grid_on:",
    start="Train the map",
    start_key="train",
    start_help="Train every cell over all seeds. What was trained before is there at once.",
    stop_help="End the training. Cohorts that are done are kept: Train goes on from there.",
    invitation="Press Train the map, or the key T. Every cell fills in as its students learn.",
    told=_told,
    progress=_progress,
    stopped=_stopped,
    changed="The settings have changed since: press Train the map.",
    file_name="kdlab-map-{dataset}",
    script="PyTorch script of the cell",
    taking="The script trains the pair of the cell that is looked at, with PyTorch alone. "
    "`python -m kdlab sweep --config FILE.json` trains the map without a browser.",
)

TABS = {
    at_work.TRY: at_work.tries(MAP, [(p.label, p.config, p.note) for p in MAPS.values()]),
    "Slices": _slices,
    "Fidelity and calibration": _more_maps,
    at_work.TAKE_AWAY: export.panel,
}
"""Only the open one is drawn."""
