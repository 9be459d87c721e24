"""The cell of a map that is looked at: its gain, its curves, its run, and how it is chosen.

Where the visitor has chosen none, validation chooses, and may choose another one while the map
fills: so what is drawn of the cell is a function of the history and of the (column, row) that he
has chosen, -1 where he has not.
"""

from __future__ import annotations

import streamlit as st

from kdlab.experiments.sweep import Axis, SweepConfig, SweepHistory
from pages.ui.charts import sweep as map_charts
from pages.ui.charts.traces import Dict
from pages.ui.shell import page_links
from pages.ui.shell.state import State
from pages.ui.stream import watching
from pages.ui.widgets.buttons import button

LIVE = "pages/distil/live.py"


def place(here: State[SweepConfig]) -> tuple[int, int]:
    """The (column, row) that the visitor has chosen."""
    return int(here.values["column"]), int(here.values["row"])


def pick(here: State[SweepConfig], at: list[int]) -> None:
    """Look at the cell [row, column]."""
    if len(at) == 2:
        here.set(row=at[0], column=at[1])
        st.rerun()  # the whole page: the address and the tabs follow


def chosen(here: State[SweepConfig], history: SweepHistory, going: bool) -> None:
    """The cell that is looked at: its gain, its curves, and the way to its run. ``going``: whether
    the map is at work."""
    column, row = place(here)
    picked = _picked(history, column, row)
    watching.markdown("cell.name", history, _name, column, row)
    watching.chart("cell", history, curves, _describe_curves, 250, column, row)
    watching.markdown("cell.gain", history, _sentence, column, row)
    cell = history.cell(column, row)
    if cell is not None and (picked or not going):  # else it may be another one in a moment
        page_links.follow(LIVE, "Open this cell in Live distillation", history.config.cell(cell))
    _choose(here, history, cell or 0)
    if picked:
        words = f"Look at the cell that is best on average on validation {history.noun}."
        label = f"Back to the best on validation {history.noun}"
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
                help="The value that this setting has in the cell you want to see.",
                on_change=lambda name=name, key=key: pick(
                    here, list({**now, name: st.session_state[key]}.values())
                ),
            )


# -- what the charts and the words are, at any moment ---------------------------------------------


def gains(history: SweepHistory, column: int, row: int) -> Dict:
    """The map."""
    return map_charts.gains(history, history.cell(column, row))


def describe(history: SweepHistory, column: int, row: int) -> str:
    """It in a sentence."""
    return map_charts.describe(history)


def measure(history: SweepHistory, name: str, column: int, row: int) -> Dict:
    """Another map, of one of MEASURES."""
    return map_charts.measure(history, name, history.cell(column, row))


def slice_along(history: SweepHistory, axis: Axis, column: int, row: int) -> Dict:
    """A row or a column of the map, through the cell."""
    return map_charts.slice_along(history, axis, history.cell(column, row))


def curves(history: SweepHistory, column: int, row: int) -> Dict:
    """Of the cell, over epochs."""
    return map_charts.curves(history, history.cell(column, row))


def _describe_curves(history: SweepHistory, column: int, row: int) -> str:
    cell = history.cell(column, row)
    at = "" if cell is None else f" at {map_charts.where(history, cell)}"
    return f"{map_charts.title_of(history, 'test')} over epochs{at}."


def _picked(history: SweepHistory, column: int, row: int) -> bool:
    return 0 <= column < history.shape[1] and 0 <= row < history.shape[0]


def _name(history: SweepHistory, column: int, row: int) -> str:
    cell = history.cell(column, row)
    best = f"Best cell on validation {history.noun}"
    which = "The cell you chose" if _picked(history, column, row) else best
    at = "none yet" if cell is None else map_charts.where(history, cell)
    return f"**{which}**: {at}"


def _sentence(history: SweepHistory, column: int, row: int) -> str:
    """The gain of the cell on test examples, in words."""
    cell = history.cell(column, row)
    if cell is None:
        return "Nothing is trained yet."
    if history.plan.cells[cell] == history.plan.references[cell]:
        return "With α = 0 this is the student on labels only itself."
    gain = history.gain(cell)
    known, points = gain.verdict != "NaN", f"{gain.amount()} on test {history.noun}"
    if known and not map_charts.learned(history, cell):
        epoch, last = history.epoch(cell), history.config.epochs
        return f"{points} so far, after {epoch} of {last} epochs."
    if not known:
        return "Nothing is known of this cell yet, or its loss is NaN."
    if gain.ci95 is None:
        return f"{points}. One seed cannot rule out chance."
    words = "includes" if gain.verdict == "unclear" else "excludes"
    return (
        f"{points}, 95 % interval {gain.between()}, which {words} zero ({gain.seeds} seeds "
        "with this teacher, paired with labels only)."
    )
