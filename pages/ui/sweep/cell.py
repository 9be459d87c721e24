"""The cell of a map that is looked at: its gain, its curves, its run, and how it is chosen."""

from __future__ import annotations

import streamlit as st

from kdlab.experiments.sweep import SweepConfig, SweepHistory
from pages.ui.charts import sweep as map_charts
from pages.ui.components.live_chart import live_chart
from pages.ui.shell import state
from pages.ui.shell.state import State
from pages.ui.widgets.buttons import button

LIVE = "pages/distil/live.py"


def cell_of(here: State[SweepConfig], history: SweepHistory) -> int | None:
    """The number of the cell that is looked at, None where nothing is known."""
    return history.cell(int(here.values["column"]), int(here.values["row"]))


def pick(here: State[SweepConfig], place: list[int]) -> None:
    """Look at the cell [row, column]."""
    if len(place) == 2:
        here.set(row=place[0], column=place[1])
        st.rerun()  # the whole page: the address and the tabs follow


def chosen(here: State[SweepConfig], history: SweepHistory, cell: int) -> None:
    """The cell that is looked at: its gain, its curves, and the way to its run."""
    column, row = int(here.values["column"]), int(here.values["row"])
    picked = 0 <= column < history.shape[1] and 0 <= row < history.shape[0]
    how = "Cell that you chose" if picked else "Cell that validation chooses"
    st.markdown(f"**{how}**: {map_charts.where(history, cell)}")
    live_chart(
        "cell",
        map_charts.curves(history, cell),
        f"Test accuracy over epochs at {map_charts.where(history, cell)}.",
        250,
    )
    st.markdown(_sentence(history, cell))
    state.follow(LIVE, "Open this cell in Live distillation", history.config.cell(cell))
    _choose(here, history, cell)
    if picked:
        words = "Look at the cell with the highest mean accuracy on validation images."
        label = "Back to what validation chooses"
        button(label, "map.best", "star", pick, here, [-1, -1], help_text=words)


def _choose(here: State[SweepConfig], history: SweepHistory, cell: int) -> None:
    """The same choice without a mouse."""
    with st.popover("Choose a cell", icon=":material/grid_goldenratio:"):
        places = zip(
            ("row", "column"),
            reversed(history.config.axes),
            reversed(map_charts.ticks(history)),
            divmod(cell, history.shape[1]),
            strict=True,
        )
        now = dict(zip(("row", "column"), divmod(cell, history.shape[1]), strict=True))
        for name, axis, names, place in places:
            key = f"map.choose.{name}.{cell}"
            st.selectbox(
                axis.label,
                range(len(names)),
                place,
                format_func=names.__getitem__,
                key=key,
                on_change=lambda name=name, key=key: pick(
                    here, list({**now, name: st.session_state[key]}.values())
                ),
            )


def _sentence(history: SweepHistory, cell: int) -> str:
    """The gain of the cell on test images, in words."""
    if history.plan.cells[cell] == history.plan.references[cell]:
        return "With alpha = 0 this is the student on labels only itself."
    gain = history.gain(cell)
    known, points = gain.verdict != "NaN", f"{gain.points()} points on test images"
    if known and 0 <= history.epoch(cell) < history.config.epochs:
        epoch, last = history.epoch(cell), history.config.epochs
        return f"{points} so far, after {epoch} of {last} epochs."
    if not known:
        return "Nothing is known of this cell yet, or its loss is NaN."
    if gain.ci95 is None:
        return f"{points}. One seed says nothing about the spread."
    words = "includes" if gain.verdict == "unclear" else "excludes"
    return (
        f"{points}, 95 % interval {gain.between()}, which {words} zero ({gain.seeds} seeds "
        "with this teacher, paired with labels only)."
    )
