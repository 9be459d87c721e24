"""The stage of the search page: buttons, where it stands, the trials, the answer, and the tabs.

As on the live page, the picture and the tabs are fragments that poll while something moves, each
alone in a container, and not nested.
"""

from __future__ import annotations

import streamlit as st

from kdlab.config import DistilConfig
from kdlab.intervals import verdict
from kdlab.methods import METHODS
from kdlab.search import SearchConfig
from kdlab.search.history import SearchHistory
from pages.ui import links, prose, search_charts, search_screen, search_tabs
from pages.ui.components.live_chart import live_chart
from pages.ui.links import State
from pages.ui.search_screen import SearchScreen, screen

LIVE = "pages/distil/live.py"


def stage(here: State[SearchConfig], config: SearchConfig | None) -> None:
    """Everything but the controls. Part of a run of the whole page."""
    shown = screen()
    search_screen.poll(shown)
    interval, running = shown.interval, shown.running
    _buttons(config, shown)
    with st.container():
        st.fragment(_picture, run_every=interval)(interval, running, config is not None)
    with st.container():
        st.fragment(search_tabs.tabs, run_every=None if interval is None else 2 * interval)(here)


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
        if "player" in links.hidden():
            return
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
            f"{source}{known.candidates:,} sizes of student fit the budget. Times are of "
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
            (
                f"Validation, {len(best['accuracy'])} seeds",
                f"{100 * best['validation_accuracy']:.1f} %",
            ),
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
