"""The tabs below a search: what to try, its course, Optuna's own charts, and what to take away."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.experiments import search
from kdlab.experiments.search import SearchConfig
from kdlab.experiments.search.config import SEARCHES
from kdlab.experiments.search.history import SearchHistory
from pages.ui.charts import search as search_charts
from pages.ui.components.live_chart import live_chart
from pages.ui.shell import prose, workers
from pages.ui.shell.state import State
from pages.ui.stage import export, stage
from pages.ui.stage.session import WorkScreen

SEARCH = "pages/distil/search.py"

Screen = WorkScreen[SearchConfig, SearchHistory]

PRESETS = (
    (
        "Digits in 1,500 parameters",
        SEARCHES["small-digits"],
        "100 labels. How much of a teacher with 301,066 parameters fits into 1,500?",
    ),
    (
        "Digits in 500 parameters",
        SearchConfig(max_parameters=500),
        "So narrow that depth, T and alpha matter more.",
    ),
    (
        "The teacher, too",
        SearchConfig(max_parameters=1500, search_teacher=True),
        "Teachers of several sizes are tried. The best teacher is not always the biggest.",
    ),
)


def _course(_here: State[SearchConfig], shown: Screen) -> None:
    if shown.history is None or not shown.history.trials:
        st.caption("Trials appear here as they end.")
        return
    live_chart(
        search_charts.progress(shown.history),
        key="chart_progress",
        height=300,
        alt="The best validation accuracy so far, trial by trial.",
    )
    table = shown.history.table()
    table["student"] = table["student"].map(prose.visible)
    st.dataframe(table, hide_index=True, height=300)


def _latency(_here: State[SearchConfig], shown: Screen) -> None:
    if shown.history is None or not shown.history.trials:
        st.caption("Trials appear here as they end.")
        return
    live_chart(
        search_charts.trials(shown.history, "latency_ms"),
        key="chart_latency",
        height=340,
        alt="Every trial: validation accuracy against the time of one image on this CPU.",
    )


def _views(_here: State[SearchConfig], shown: Screen) -> None:
    """Charts that Optuna itself draws, from its own journal."""
    if shown.config is None or shown.history is None or len(shown.history.trials) < 2:
        st.caption("Optuna's own charts appear when there are trials.")
        return
    kinds = {
        "Parallel coordinates": "plot_parallel_coordinate",
        "Slices": "plot_slice",
        "T and alpha": "plot_contour",
        "History": "plot_optimization_history",
    }
    kind = st.segmented_control(
        "View",
        list(kinds),
        default="Parallel coordinates",
        key="search.view",
        help="Drawn by Optuna from the journal of this search.",
    )
    if kind is None:
        return
    try:
        study = _study(shown)
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")
        return
    if study is None:
        st.caption("The journal of this search is not on this machine.")
        return
    from optuna import visualization

    options = {"params": ["temperature", "alpha"]} if kinds[kind] == "plot_contour" else {}
    figure = getattr(visualization, kinds[kind])(study, **options)
    figure.update_layout(template=None, title=None)
    shown_figure = search_charts.of_optuna(json.loads(figure.to_json()))
    live_chart(shown_figure, key=f"chart_optuna_{kinds[kind]}", height=380, alt=f"Optuna: {kind}.")


def _study(shown: Screen) -> Any:
    """The journal as Optuna reads it; read again only when there are more trials."""
    assert shown.config is not None
    assert shown.history is not None
    mark = (search.normal(shown.config).fingerprint(), len(shown.history.trials))
    held = st.session_state.get("search.study")
    if held is None or held[0] != mark:
        held = (mark, search.study(shown.config, workers.store()))
        st.session_state["search.study"] = held
    return held[1]


TABS = {
    stage.TRY: stage.tries(SEARCH, PRESETS),
    "The search": _course,
    "Against latency": _latency,
    "Optuna's views": _views,
    stage.TAKE_AWAY: export.panel,
}
"""Only the open one is drawn."""
