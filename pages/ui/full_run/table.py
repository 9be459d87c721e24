"""All runs of this machine: a table to choose from, and the finished ones beside each other."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.full_run.run.status import STATES
from kdlab.measure.gain import Gain
from kdlab.measure.wording import duration
from pages.ui.charts import full_run
from pages.ui.charts.text import lines
from pages.ui.components.live_chart import live_chart
from pages.ui.full_run import made_with, watch
from pages.ui.full_run.watch import spread
from pages.ui.shell import explain, prose
from pages.ui.shell import state as links
from pages.ui.shell.theme import TEACHER

BEST = {
    "test": "Best on test (not a fair comparison), %",
    "validation": "Best on validation, %",
}
NUMBERS = {
    name: st.column_config.NumberColumn(format="%.2f")
    for name in ("Test, last epoch, %", *BEST.values(), "Fidelity, %")
} | {
    "Calibration error": st.column_config.NumberColumn(format="%.3f"),
    "Images/s": st.column_config.NumberColumn(format="localized"),
}
KEY = "full-run.runs"


def draw(here: Any, shown: watch.Watched | None) -> None:
    """The table, the way to choose a run of it, and the chart."""
    rows = watch.summaries()
    if not rows:
        st.caption("Runs appear here, including those started by hand in this folder.")
        return
    names = [row["run"] for row in rows]
    # the chosen run decides what the box shows, wherever it was chosen
    st.session_state["full-run.run"] = shown.name if shown is not None else names[0]
    st.selectbox(
        "Run on screen", names, key="full-run.run", on_change=_chosen,
        help=prose.text("full-run", "help run"),
    )  # fmt: skip
    st.dataframe(
        [line(row) for row in rows],
        key=KEY,
        hide_index=True,
        height=min(320, 40 + 36 * len(rows)),
        on_select=lambda: _selected(names),
        selection_mode="single-row",
        alt="All runs, newest first",
    )
    st.caption(explain.text("full-run", "all runs"))
    finished = [row | {"label": label(row)} for row in rows if row["state"] == "finished"
                and row[DISTILLED]]  # fmt: skip
    if finished:
        live_chart(
            "full_runs",
            full_run.compare(finished),
            "Test accuracy of teacher and students of each finished run, with 95 % intervals.",
            120 + 36 * len(finished),
            about=". ".join(compared(row) for row in finished) + ".",
        )


def line(row: dict[str, Any]) -> dict[str, str]:
    """One run in words, for the table."""
    config, gain = row["config"], row["gain"]
    found = {"Run": row["run"], "State": state(row)}
    told = ""
    if gain is not None:
        told = Gain.of(gain).bracketed(2)
    found |= {
        "Teacher, %": spread(row[TEACHER]),
        "Labels only, %": spread(row[LABELS_ONLY]),
        "Distilled, %": spread(row[DISTILLED]),
        "Gain, points": told,
        "Published, %": "" if row["published"] is None else f"{row['published']:.2f}",
        "Time": duration(row["seconds"]) if row["seconds"] else "",
        "Device": row["device"],
    }
    if config is not None:
        some = "" if config.train_limit == "all" else f", {config.train_limit:,} images"
        found |= {
            "Epochs": str(config.epochs),
            "Seeds": str(config.seeds),
            "Recipe": config.recipe,
            "Pair": f"{config.teacher} → {config.student}",
            "Data": config.dataset + some,
        }
    return found


def compared(row: dict[str, Any]) -> str:
    """One run of the chart of several, for a slide: its name and its settings."""
    config = row["config"]
    hidden = links.hidden()
    return prose.visible(row["run"] + (f": {made_with.settings(config, hidden)}" if config else ""))


def state(row: dict[str, Any]) -> str:
    """How a run stands, in a word or two."""
    if row["problem"]:
        return "Damaged: " + row["problem"][:80]
    return STATES[row["state"]].split(":")[0]


def label(row: dict[str, Any]) -> str:
    """A name on the chart's axis: when, and what."""
    config = row["config"]
    what = "" if config is None else f"{config.teacher} → {config.student}, {config.recipe}"
    return lines(row["run"][:17], what)


def _chosen() -> None:
    watch.choose(st.session_state["full-run.run"])
    st.session_state["full-run.picked"] = True


def _selected(names: list[str]) -> None:
    places = st.session_state[KEY]["selection"]["rows"]
    if places and places[0] < len(names):
        watch.choose(names[places[0]])
        st.session_state["full-run.picked"] = True
