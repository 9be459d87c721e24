"""The stage of the map page: buttons, where it stands, the map with the chosen cell, and the tabs.

As on the live page, the picture and the tabs are fragments that poll while something moves, each
alone in a container, and not nested.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.script import stand_alone
from kdlab.sweep import SweepConfig, SweepHistory, normal, possible
from kdlab.sweep.presets import MAPS
from pages.ui import links, map_charts, map_screen, prose, report, takeaway
from pages.ui.components.live_chart import live_chart
from pages.ui.links import State
from pages.ui.map_screen import MapScreen, screen

LIVE = "pages/distil/live.py"
MAP = "pages/distil/map.py"
TAB_SECONDS = 0.5


def stage(here: State[SweepConfig], config: SweepConfig | None) -> None:
    """Everything but the controls. Part of a run of the whole page."""
    shown = screen()
    map_screen.poll(shown)
    interval, running = shown.interval, shown.running
    _buttons(config, shown)
    with st.container():
        st.fragment(_picture, run_every=interval)(here, interval, running, config is not None)
    with st.container():
        seconds = None if interval is None else max(2 * interval, TAB_SECONDS)
        st.fragment(_tabs, run_every=seconds)(here)


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
        cell = _cell(here, history)
        left, right = st.columns([4, 3], gap="medium")
        with left:
            live_chart(
                map_charts.gains(history, cell),
                key="chart_map",
                height=400,
                alt=map_charts.describe(history),
                on_pick=lambda place: _pick(here, place),
            )
        with right:
            if cell is not None:
                _chosen(here, history, cell)
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
        done = f"Stopped at {100 * history.share_done:.0f} %. Train goes on with what is missing."
        st.progress(history.share_done, text=done)
    source = {
        "bundled": "Stored map that comes with the lab",
        "stored": "Stored map of this machine",
        "trained here": "Trained here" if history.finished else "In training",
        "nothing": "",
    }[shown.origin]
    config = history.config
    last = config.first_seed + config.seeds - 1
    seeds = f"seed {last}" if config.seeds == 1 else f"seeds {config.first_seed} to {last}"
    varied = {axis.setting for axis in config.axes} | set(links.hidden())
    told = report.settings(config.single(), seeds, varied)
    st.caption(f"{source}: {history.students:,} students, {told}.")


def _progress(shown: MapScreen, history: SweepHistory) -> str:
    if shown.crew is not None and shown.crew.queue_position > 0:
        return f"In the queue: place {shown.crew.queue_position}"
    if history.started is None:
        stage = history.progress.stage if history.progress else "getting ready"
        return f"{stage.capitalize()} …"
    left = history.seconds_left
    text = f"{history.students:,} students in {history.started.units} cohorts: "
    text += f"{100 * history.share_done:.0f} %"
    return text if left is None else f"{text}, about {math.ceil(left)} s left"


def _cell(here: State[SweepConfig], history: SweepHistory) -> int | None:
    return history.cell(int(here.values["column"]), int(here.values["row"]))


def _pick(here: State[SweepConfig], place: list[int]) -> None:
    if len(place) == 2:
        here.set(row=place[0], column=place[1])
        st.rerun()  # the whole page: the address and the tabs follow


def _chosen(here: State[SweepConfig], history: SweepHistory, cell: int) -> None:
    """The cell that is looked at: its gain, its curves, and the way to its run."""
    picked = int(here.values["column"]) >= 0
    how = "Cell that you chose" if picked else "Cell that validation chooses"
    st.markdown(f"**{how}**: {map_charts.where(history, cell)}")
    live_chart(
        map_charts.curves(history, cell),
        key="chart_cell",
        height=250,
        alt=f"Test accuracy over epochs at {map_charts.where(history, cell)}.",
    )
    st.markdown(_sentence(history, cell))
    run = list(history.config.cells())[cell]
    links.follow(LIVE, "Open this cell in Live distillation", run)
    if picked:
        st.button(
            "Back to what validation chooses",
            key="map.best",
            icon=":material/star:",
            on_click=_pick_best,
            args=(here,),
            help="Look at the cell with the highest mean accuracy on validation images.",
        )


def _pick_best(here: State[SweepConfig]) -> None:
    here.set(row=-1, column=-1)
    st.rerun()


def _sentence(history: SweepHistory, cell: int) -> str:
    """The gain of the cell on test images, in words."""
    if history.plan.cells[cell] == history.plan.references[cell]:
        return "With alpha = 0 this is the student on labels only itself."
    gain = history.gain(cell)
    if math.isnan(gain["mean"]):
        return "Nothing is known of this cell yet, or its loss is no number any more."
    points = f"{100 * gain['mean']:+.1f} points on test images"
    if gain["ci95"] is None:
        return f"{points}. One seed says nothing about the spread."
    low, high = (100 * end for end in gain["ci95"])
    words = "which excludes zero" if low > 0 or high < 0 else "which includes zero"
    return (
        f"{points}, 95 % interval {low:+.1f} to {high:+.1f}, {words} ({gain['seeds']} seeds, "
        "paired with labels only)."
    )


def _reading(history: SweepHistory) -> None:
    cells = history.shape[0] * history.shape[1]
    chance = max(1, round(cells / 20))
    st.caption(prose.text("map", "reading").format(cells=cells, chance=chance))


def _tabs(here: State[SweepConfig]) -> None:
    shown = screen()
    contents: dict[str, Callable[[], None]] = {
        "Try this": _presets,
        "Slices": lambda: _slices(here, shown),
        "Fidelity and calibration": lambda: _more_maps(here, shown),
        "Take it away": lambda: _take_away(here, shown),
    }
    for part, name in (("try", "Try this"), ("takeaway", "Take it away")):
        if part in links.hidden():
            del contents[name]
    tabs = st.tabs(list(contents), key="map.tab", on_change="rerun")
    for tab, draw in zip(tabs, contents.values(), strict=True):
        with tab:
            if tab.open:
                draw()


def _presets() -> None:
    places = st.columns(3, gap="medium") * (1 + len(MAPS) // 3)
    for place, preset in zip(places, MAPS.values(), strict=False):
        with place:
            links.follow(MAP, preset.label, preset.config, preset.note)


def _slices(here: State[SweepConfig], shown: MapScreen) -> None:
    history = shown.history
    cell = None if history is None else _cell(here, history)
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


def _more_maps(here: State[SweepConfig], shown: MapScreen) -> None:
    history = shown.history
    if history is None:
        st.caption("These maps appear with the first.")
        return
    st.markdown(prose.text("map", "fidelity"))
    cell = _cell(here, history)
    for place, name in zip(st.columns(2, gap="medium"), ("fidelity", "ece"), strict=True):
        with place:
            live_chart(
                map_charts.measure(history, name, cell),
                key=f"chart_{name}",
                height=360,
                alt=f"{map_charts.MEASURES[name][0]}: a map over the same two settings.",
                on_pick=lambda place: _pick(here, place),
            )


def _take_away(here: State[SweepConfig], shown: MapScreen) -> None:
    """The map on the controls as a link and as JSON; the numbers of the one on screen; the script
    of the cell that is looked at."""
    takeaway.message(here)
    try:
        config = here.config()
        possible(config)
    except KdlabError:
        st.info("These settings cannot be run; the message at the top of the page says why.")
        return
    st.code(links.full_link(config), language=None, wrap_lines=True)
    name = f"kdlab-map-{config.dataset}-{normal(config).fingerprint()[:8]}"
    history = shown.history
    with st.container(horizontal=True):
        takeaway.offer("Settings, JSON", config.to_json(), f"{name}.json", "application/json")
        if history is not None and not shown.running:
            table = history.table().to_csv(index=False)
            takeaway.offer("Results, CSV", str(table), f"{name}.csv", "text/csv")
        cell = None if history is None else _cell(here, history)
        if history is not None and cell is not None:
            run = list(history.config.cells())[cell]
            script = takeaway.ready(f"script {run.fingerprint()}", lambda: stand_alone(run))
            takeaway.offer("PyTorch script of the cell", script, f"{name}.py", "text/x-python")
    st.caption(
        "The script trains the pair of the cell that is looked at, with PyTorch alone. "
        "`python -m kdlab sweep --config FILE.json` trains the map without a browser."
    )
    takeaway.bring_settings(here, "sweep")
