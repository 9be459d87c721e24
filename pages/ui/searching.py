"""The stage of the search page: buttons, where it stands, the trials, the answer, and the tabs.

As on the live page, the picture and the tabs are fragments that poll while something moves, each
alone in a container, and not nested.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kdlab import search
from kdlab.config import DistilConfig
from kdlab.errors import KdlabError
from kdlab.intervals import verdict
from kdlab.methods import METHODS
from kdlab.search import SearchConfig
from kdlab.search.config import SEARCHES
from kdlab.search.history import SearchHistory
from pages.ui import background, links, prose, search_charts, search_screen, takeaway
from pages.ui.components.live_chart import live_chart
from pages.ui.links import State
from pages.ui.search_screen import SearchScreen, screen

LIVE = "pages/distil/live.py"
SEARCH = "pages/distil/search.py"

FIRST = SEARCHES["small-digits"]
"""What the page opens with: without a limit a search would find the largest student."""

PRESETS = {
    "Digits in 1,500 parameters": (
        FIRST,
        "100 labels. How much of a teacher with 301,066 parameters fits into 1,500?",
    ),
    "Digits in 500 parameters": (
        SearchConfig(max_parameters=500),
        "So narrow that depth, T and alpha matter more.",
    ),
    "The teacher, too": (
        SearchConfig(max_parameters=1500, search_teacher=True),
        "Teachers of several sizes are tried. The best teacher is not always the biggest.",
    ),
}


def stage(here: State[SearchConfig], config: SearchConfig | None) -> None:
    """Everything but the controls. Part of a run of the whole page."""
    shown = screen()
    search_screen.poll(shown)
    interval, running = shown.interval, shown.running
    _buttons(config, shown)
    with st.container():
        st.fragment(_picture, run_every=interval)(interval, running, config is not None)
    with st.container():
        st.fragment(_tabs, run_every=None if interval is None else 2 * interval)(here)


def _buttons(config: SearchConfig | None, shown: SearchScreen) -> None:
    with st.container(horizontal=True, gap="small", key="player"):
        if "train" not in links.hidden():
            st.button(
                "Search",
                key="search.start",
                type="primary",
                icon=":material/search:",
                shortcut="T",
                disabled=config is None,
                on_click=search_screen.start,
                args=(config,),
                help="Try students until there are as many trials as asked. What the same search "
                "has tried before counts.",
            )
        st.button(
            "Stop",
            key="search.stop",
            icon=":material/stop:",
            shortcut="S",
            disabled=not shown.running,
            on_click=search_screen.stop,
            help="End the search. Its trials are kept: Search goes on from there.",
        )
        st.button(
            "Reset",
            key="search.reset",
            icon=":material/delete_sweep:",
            shortcut="X",
            disabled=shown.history is None,
            on_click=search_screen.reset,
            help="Clear the picture. What was kept is not deleted.",
        )


def _picture(interval: float | None, running: bool, possible: bool) -> None:
    shown = screen()
    search_screen.poll(shown)
    with st.container(key="status", gap="small"):
        _standing(shown, possible)
    history = shown.history
    if history is not None:
        left, right = st.columns([5, 4], gap="medium")
        with left:
            live_chart(
                search_charts.trials(history),
                key="chart_trials",
                height=400,
                alt=search_charts.describe(history),
            )
        with right:
            _answer(shown, history)
    if (shown.interval, shown.running) != (interval, running):
        st.rerun()


def _standing(shown: SearchScreen, possible: bool) -> None:
    history = shown.history
    if shown.problem:
        st.error(prose.plain(shown.problem), icon=":material/error:")
    if history is None:
        if possible and not shown.problem:
            st.info(
                "Set a budget and press Search, or the key T. Each dot will be a student that was "
                "trained with several seeds.",
                icon=":material/search:",
            )
        return
    if history.failed is not None:
        st.error(prose.plain(history.failed.reason), icon=":material/error:")
    if shown.running:
        st.progress(history.share_done, text=_progress(shown, history))
    elif history.finished is None and not shown.problem:
        st.progress(history.share_done, text="Stopped. Search goes on with these trials.")
    if history.started is not None:
        known = history.started
        source = "Stored search that comes with the lab: " * shown.bundled
        st.caption(
            f"{source}{known.candidates:,} students fit the budget. Times are of "
            f"{prose.plain(known.machine)}."
        )


def _progress(shown: SearchScreen, history: SearchHistory) -> str:
    if shown.crew is not None and shown.crew.queue_position > 0:
        return f"In the queue: place {shown.crew.queue_position}"
    step = prose.plain(history.progress.stage) if history.progress else "getting ready"
    if history.started is None:
        return f"{step[:1].upper()}{step[1:]} …"
    return f"Trial {len(history.trials)} of {history.started.trials}: {step}"


def _answer(shown: SearchScreen, history: SearchHistory) -> None:
    """The best so far; when the search is over, what it is worth on the test images."""
    best = history.finished.best if history.finished else history.best
    if best is None:
        st.caption("The best student appears here.")
        return
    temperature = "" if best["temperature"] is None else f", T {best['temperature']:.3g}"
    st.markdown(
        f"**{'Found' if history.finished else 'Best so far'}**: {best['student']}, "
        f"{METHODS[best['method']].label.lower()}{temperature}, alpha {best['alpha']:.2f}, "
        f"teacher {best['teacher']}"
    )
    for place, (label, value) in zip(
        st.columns(3),
        (
            ("Parameters", f"{best['parameters']:,}"),
            ("Validation", f"{100 * best['validation_accuracy']:.1f} %"),
            ("One image", f"{best['latency_ms']:.2f} ms"),
        ),
        strict=True,
    ):
        place.metric(label, value)
    if history.finished is None:
        st.caption(prose.text("search", "so far"))
        return
    st.markdown(_sentence(history))
    st.caption(prose.text("search", "fresh"))
    links.follow(LIVE, "Open it in Live distillation", DistilConfig.parse(best["config"]))
    if history.finished.importance:
        live_chart(
            search_charts.importance(history),
            key="chart_importance",
            height=190,
            alt="How much each searched setting mattered.",
        )


def _sentence(history: SearchHistory) -> str:
    assert history.finished is not None
    test = history.finished.test
    gain = test["gain"]
    best, alone = (
        100 * sum(test[name]["accuracy"]) / len(test[name]["accuracy"])
        for name in ("best", "labels_only")
    )
    low, high = (100 * end for end in gain["ci95"])
    word = {
        "helped": "It beats the same student on labels alone",
        "hurt": "It is worse than the same student on labels alone",
    }.get(verdict(gain), "It cannot be told from the same student on labels alone")
    return (
        f"{word}: {best:.1f} % against {alone:.1f} % of the test images, "
        f"{100 * gain['mean']:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}, "
        f"{gain['seeds']} fresh seeds."
    )


def _tabs(here: State[SearchConfig]) -> None:
    shown = screen()
    contents: dict[str, Callable[[], None]] = {
        "Try this": _presets,
        "The search": lambda: _course(shown),
        "Against latency": lambda: _latency(shown),
        "Optuna's views": lambda: _views(shown),
        "Take it away": lambda: _take_away(here, shown),
    }
    for part, name in (("try", "Try this"), ("takeaway", "Take it away")):
        if part in links.hidden():
            del contents[name]
    tabs = st.tabs(list(contents), key="search.tab", on_change="rerun")
    for tab, draw in zip(tabs, contents.values(), strict=True):
        with tab:
            if tab.open:
                draw()


def _presets() -> None:
    for place, (label, (config, note)) in zip(
        st.columns(3, gap="medium"), PRESETS.items(), strict=True
    ):
        with place:
            links.follow(SEARCH, label, config, note)


def _course(shown: SearchScreen) -> None:
    if shown.history is None or not shown.history.trials:
        st.caption("Trials appear here as they end.")
        return
    live_chart(
        search_charts.progress(shown.history),
        key="chart_progress",
        height=300,
        alt="The best validation accuracy so far, trial by trial.",
    )
    st.dataframe(shown.history.table(), hide_index=True, height=300)


def _latency(shown: SearchScreen) -> None:
    if shown.history is None or not shown.history.trials:
        st.caption("Trials appear here as they end.")
        return
    live_chart(
        search_charts.trials(shown.history, "latency_ms"),
        key="chart_latency",
        height=340,
        alt="Every trial: validation accuracy against the time of one image on this CPU.",
    )


def _views(shown: SearchScreen) -> None:
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
        study = search.study(shown.config, background.store())
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
    live_chart(figure, key=f"chart_optuna_{kinds[kind]}", height=380, alt=f"Optuna: {kind}.")


def _take_away(here: State[SearchConfig], shown: SearchScreen) -> None:
    """The search on the controls as a link and as JSON; the trials of the one on screen."""
    takeaway.message(here)
    try:
        config = here.config()
    except KdlabError:
        st.info("These settings cannot be run; the message at the top of the page says why.")
        return
    st.code(links.full_link(config), language=None, wrap_lines=True)
    name = f"kdlab-search-{config.dataset}"
    with st.container(horizontal=True):
        takeaway.offer("Settings, JSON", config.to_json(), f"{name}.json", "application/json")
        if shown.history is not None and shown.history.trials:
            table = str(shown.history.table().to_csv(index=False))
            takeaway.offer("Trials, CSV", table, f"{name}.csv", "text/csv")
        if shown.history is not None and shown.history.finished is not None:
            from kdlab.script import stand_alone

            found = DistilConfig.parse(shown.history.finished.best["config"])
            script = takeaway.ready(f"script {found.fingerprint()}", lambda: stand_alone(found))
            takeaway.offer("PyTorch script of the best", script, f"{name}.py", "text/x-python")
    st.caption(
        "`python -m kdlab search --config FILE.json` goes on with this search without a browser."
    )
    takeaway.bring_settings(here, "search")
