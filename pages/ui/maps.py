"""The stage of the map page: buttons, where it stands, the map with the chosen cell, and the tabs.

As on the live page, the picture and the tabs are fragments that poll while something moves, each
alone in a container, and not nested.
"""

from __future__ import annotations

import math

import streamlit as st

from kdlab.sweep import SweepConfig, SweepHistory, normal
from pages.ui import links, map_charts, map_screen, map_tabs, prose, report
from pages.ui.components.live_chart import live_chart
from pages.ui.links import State
from pages.ui.map_cell import cell_of, chosen, pick
from pages.ui.map_screen import MapScreen, screen

TAB_SECONDS = 0.5


def stage(here: State[SweepConfig], config: SweepConfig | None) -> None:
    """Everything but the controls. Part of a run of the whole page."""
    shown = screen()
    map_screen.poll(shown)
    if shown.history is not None and config is not None:
        shown.other = normal(config).fingerprint() != shown.history.config.fingerprint()
    interval, running = shown.interval, shown.running
    _buttons(config, shown)
    with st.container():
        st.fragment(_picture, run_every=interval)(here, interval, running, config is not None)
    with st.container():
        seconds = None if interval is None else max(2 * interval, TAB_SECONDS)
        st.fragment(map_tabs.tabs, run_every=seconds)(here)


def _buttons(config: SweepConfig | None, shown: MapScreen) -> None:
    with st.container(horizontal=True, gap="small", key="player"):
        if "train" not in links.hidden():
            st.button(
                "Train the map",
                key="map.train",
                type="primary",
                icon=":material/grid_on:",
                shortcut="T",
                disabled=config is None,
                on_click=map_screen.train,
                args=(config,),
                help="Train every cell over all seeds. What was trained before is there at once.",
            )
        if "player" in links.hidden():
            return
        st.button(
            "Stop",
            key="map.stop",
            icon=":material/stop:",
            shortcut="S",
            disabled=not shown.running,
            on_click=map_screen.stop,
            help="End the training. Cohorts that are done are kept: Train goes on from there.",
        )
        st.button(
            "Reset",
            key="map.reset",
            icon=":material/delete_sweep:",
            shortcut="X",
            disabled=shown.history is None,
            on_click=map_screen.reset,
            help="Clear the picture. What was kept is not deleted.",
        )


def _picture(
    here: State[SweepConfig], interval: float | None, running: bool, possible: bool
) -> None:
    shown = screen()
    map_screen.poll(shown)
    with st.container(key="status", gap="small"):
        _standing(shown, possible)
    history = shown.history
    if history is not None:
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
        _reading(history)
    if (shown.interval, shown.running) != (interval, running):
        st.rerun()


def _standing(shown: MapScreen, possible: bool) -> None:
    history = shown.history
    if shown.problem:
        st.error(prose.plain(shown.problem), icon=":material/error:")
    if history is None:
        if possible and not shown.problem:
            st.info(
                "Press Train the map, or the key T. Every cell fills in as its students learn.",
                icon=":material/grid_on:",
            )
        return
    if history.failed is not None:
        st.error(prose.plain(history.failed.reason), icon=":material/error:")
    if shown.running:
        st.progress(history.share_done, text=_progress(shown, history))
    elif not history.finished and history.failed is None:
        st.progress(history.share_done, text=_stopped(history))
    going = "In training" if shown.running else "Stopped"
    source = {
        "bundled": "Stored map that comes with the lab",
        "stored": "Stored map of this machine",
        "trained here": "Trained here" if history.finished else going,
        "nothing": "",
    }[shown.origin]
    config = history.config
    last = config.first_seed + config.seeds - 1
    seeds = f"seed {last}" if config.seeds == 1 else f"seeds {config.first_seed} to {last}"
    varied = {axis.setting for axis in config.axes} | set(links.hidden())
    told = report.settings(config.single(), seeds, varied)
    st.caption(f"{source}: {history.students:,} students, {told}.")
    if shown.other and "train" not in links.hidden():
        st.caption(":material/info: The settings have changed since: press Train the map.")


def _stopped(history: SweepHistory) -> str:
    """How far the map came, and what of it is kept."""
    said = f"Stopped at {100 * history.share_done:.0f} %"
    if history.started is None:
        return said
    done, units = history.cohorts_done, history.started.units
    return (
        f"{said}. {done} of {units} groups of students are done and kept; Train begins the others "
        "again."
    )


def _progress(shown: MapScreen, history: SweepHistory) -> str:
    if shown.crew is not None and shown.crew.queue_position > 0:
        return f"In the queue: place {shown.crew.queue_position}"
    if history.started is None:
        stage = history.progress.stage if history.progress else "getting ready"
        return f"{stage.capitalize()} …"
    left = history.seconds_left
    text = f"{history.students:,} students learn at once: {100 * history.share_done:.0f} %"
    return text if left is None else f"{text}, about {math.ceil(left)} s left"


def _reading(history: SweepHistory) -> None:
    cells = history.shape[0] * history.shape[1]
    chance = max(1, round(cells / 20))
    st.caption(prose.text("map", "reading").format(cells=cells, chance=chance))
