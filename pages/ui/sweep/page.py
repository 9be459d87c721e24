"""The map page's stage: the map with the chosen cell; the tabs are in
:mod:`pages.ui.sweep.tabs`."""

from __future__ import annotations

import streamlit as st

from kdlab.experiments.sweep import SweepConfig, SweepHistory
from kdlab.experiments.sweep.experiment import SWEEP
from pages.ui.charts import sweep as map_charts
from pages.ui.components.live_chart import live_chart
from pages.ui.shell import prose, state
from pages.ui.shell.state import State
from pages.ui.stage import provenance
from pages.ui.stage import stage as at_work
from pages.ui.stage.session import Work, WorkScreen
from pages.ui.sweep import tabs as map_tabs
from pages.ui.sweep.cell import cell_of, chosen, pick

PAGE = "map"


def stage(here: State[SweepConfig], config: SweepConfig | None) -> None:
    """Everything but the controls. Part of a run of the whole page."""
    at_work.stage(WORK, here, config, picture=_picture, tabs=map_tabs.TABS)


def _picture(here: State[SweepConfig], shown: WorkScreen[SweepConfig, SweepHistory]) -> None:
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


def _told(shown: WorkScreen[SweepConfig, SweepHistory]) -> str:
    history = shown.history
    assert history is not None
    config = history.config
    seeds = provenance.seeds(config.first_seed, config.seeds)
    varied = {axis.setting for axis in config.axes} | set(state.hidden())
    told = provenance.settings(config.single(), seeds, varied)
    return f"{at_work.source(shown)}: {history.students:,} students, {told}."


def _stopped(shown: WorkScreen[SweepConfig, SweepHistory]) -> str:
    """How far the map came, and what of it is kept."""
    history, said = shown.history, at_work.stopped(shown)
    if history is None or history.started is None:
        return said
    done, cohorts = history.cohorts_done, history.started.cohorts
    return (
        f"{said}. {done} of {cohorts} groups of students are done and kept; Train begins the "
        "others again."
    )


def _progress(history: SweepHistory) -> str:
    return f"{history.students:,} students learn at once: {at_work.percent(history)}"


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
