"""The map page: its axes, and their values as a person types them; the map with the chosen cell;
below it slices, more maps, and what can be taken away."""

from __future__ import annotations

import streamlit as st

from kdlab.experiments.study.basis import by_chance
from kdlab.experiments.sweep import AXES, SweepConfig, SweepHistory
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.experiments.uneven import uneven
from pages.ui.charts import sweep as map_charts
from pages.ui.shell import explain, prose, state
from pages.ui.shell.state import State
from pages.ui.stage import export, provenance
from pages.ui.stage import stage as at_work
from pages.ui.stage.session import WorkScreen
from pages.ui.stage.work import Work
from pages.ui.stream import watching
from pages.ui.sweep import cell as looked_at
from pages.ui.sweep.cell import chosen, pick, place
from pages.ui.widgets import settings as controls
from pages.ui.widgets.choices import one_of

PAGE = "map"
Screen = WorkScreen[SweepConfig, SweepHistory]


def axes(here: State[SweepConfig]) -> None:
    """Which two settings change, and their values. The cell that was looked at is let go."""
    varied = ("x_axis", "y_axis", *(axis.values for axis in AXES.values()))
    before = [here.values[name] for name in varied]
    drawn = set(state.hidden())
    for name in ("y_axis", "x_axis"):
        if name not in drawn:
            here.values[name] = one_of(here, name, AXES, lambda axis: AXES[axis].label)
        values = AXES[here.values[name]].values
        if values not in drawn:  # the same axis twice is said to be wrong, but can be chosen
            controls.control(here, values)
            drawn.add(values)
    if before != [here.values[name] for name in varied]:
        here.set(column=-1, row=-1)


def others(here: State[SweepConfig]) -> None:
    """All settings that are no axis."""
    varied = {AXES[here.values[name]].name for name in ("x_axis", "y_axis")}
    main = ("labels", "temperature", "alpha")
    controls.panel(here, [name for name in main if name not in varied])
    controls.popover(here, "teacher", controls.teacher)
    controls.popover(here, "student", controls.student)
    controls.panel(here, ("epochs", "seeds"))
    rare = ("method", "method_parameters", "label_noise", "train_limit", "first_seed")
    controls.more(here, [name for name in rare if name not in varied])


def picture(here: State[SweepConfig], shown: Screen) -> None:
    """The map, and beside it the cell that is looked at."""
    history = shown.known
    left, right = st.columns([4, 3], gap="medium")
    with left:
        watching.chart(
            "map",
            history,
            looked_at.gains,
            looked_at.describe,
            400,
            *place(here),
            on_pick=lambda at: pick(here, at),
        )
    with right:
        chosen(here, history, shown.running)
    cells = history.shape[0] * history.shape[1]
    chance = by_chance(history.comparisons)
    told = {"cells": cells, "compared": history.comparisons, "chance": chance}
    told["noun"] = history.noun
    if words := plateau(history):
        st.markdown(words)
    if words := uneven(history.data, history.noun):
        st.info(prose.plain(words), icon=":material/balance:")
    st.caption(explain.text("map", "reading", **told))


def plateau(history: SweepHistory) -> str:
    """Whether the star stands on a plateau, once the map is done; empty where nobody knows."""
    if not history.complete or history.config.seeds < 2:
        return ""
    cells, equals = history.shape[0] * history.shape[1], len(history.plateau)
    section = "plateau" if equals else "peak"
    words = {"equals": equals, "others": cells - 1, "noun": history.noun}
    return prose.text("map", section).format(**words)


def _told(shown: Screen) -> str:
    history = shown.known
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
    done, cohorts = history.cohorts_done, history.started.cohorts
    if not done:
        return (
            f"{said}: the students shown had not finished. None of this is kept; "
            "Train starts again."
        )
    return (
        f"{said}. {done} of {cohorts} groups of students had finished and are kept; the others are "
        "shown as far as they got, and Train starts them again."
    )


def _progress(history: SweepHistory) -> tuple[float, str]:
    fraction, words = at_work.percent(history)
    return fraction, f"{history.students:,} students learn at once: {words}"


def _slices(here: State[SweepConfig], shown: Screen) -> None:
    history = shown.history
    if history is None:
        st.caption("Slices appear with the map.")
        return
    st.markdown(explain.text("map", "slices"))
    row = [
        (
            f"slice_{axis.name}",
            looked_at.slice_along,
            f"{map_charts.title_of(history, 'test')} over {axis.label}, beside labels only.",
            (axis, *place(here)),
        )
        for axis in reversed(history.config.axes)
    ]
    watching.charts(row, history, 300, 2)


def _more_maps(here: State[SweepConfig], shown: Screen) -> None:
    history = shown.history
    if history is None:
        st.caption("These maps appear with the first.")
        return
    st.markdown(explain.text("map", "fidelity"))
    alt = "{}: a map over the same two settings."
    row = [
        (name, looked_at.measure, alt.format(map_charts.MEASURES[name][0]), (name, *place(here)))
        for name in ("fidelity", "ece")
    ]
    watching.charts(row, history, 360, 2, on_pick=lambda at: pick(here, at))


WORK = Work(
    page=PAGE,
    experiment=SWEEP,
    icon="grid_on",
    start="Train the map",
    start_key="train",
    words=prose.sections("map"),
    told=_told,
    progress=_progress,
    stopped=_stopped,
    file_name="kdlab-map-{dataset}",
    script="PyTorch script of the cell",
)

TABS = {
    "Slices": _slices,
    "Fidelity and calibration": _more_maps,
    at_work.TAKE_AWAY: export.panel,
}
"""Only the open one is drawn."""
