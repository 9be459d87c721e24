"""The search page's stage: the trials and the answer; below it the course of the
search, Optuna's own charts, and what to take away."""

from __future__ import annotations

import json
import math
from typing import Any

import streamlit as st

from kdlab.config.schema import DistilConfig
from kdlab.errors import KdlabError
from kdlab.experiments import search
from kdlab.experiments.search import SearchConfig, judged
from kdlab.experiments.search.config import SEARCHES
from kdlab.experiments.search.experiment import SEARCH
from kdlab.experiments.search.history import SearchHistory, repeatable
from kdlab.experiments.search.words import UNITS
from kdlab.experiments.uneven import uneven
from kdlab.measure.gain import NOT_A_NUMBER, Gain
from kdlab.measure.measures import BITS
from kdlab.measure.wording import duration
from kdlab.methods import METHODS
from pages.ui.charts import search as search_charts
from pages.ui.components.live_chart import live_chart
from pages.ui.search.session import SearchScreen
from pages.ui.shell import explain, page_links, projector, prose, state, workers
from pages.ui.shell.state import State
from pages.ui.stage import export, provenance
from pages.ui.stage import stage as at_work
from pages.ui.stage.work import Work
from pages.ui.stream import watching

PAGE = "search"
LIVE = "pages/distil/live.py"

Screen = SearchScreen

PRESETS = {
    "Digits in 1,500 parameters": SEARCHES["small-digits"],
    "Digits in 500 parameters": SearchConfig(max_parameters=500),
    "The teacher, too": SearchConfig(max_parameters=1500, search_teacher=True),
}


def picture(_here: State[SearchConfig], shown: Screen) -> None:
    """All trials, and beside them what was found."""
    history = shown.known
    left, right = st.columns([5, 4], gap="medium")
    with left:
        watching.chart("trials", history, search_charts.trials, search_charts.describe, 400)
        with projector.aside("search_words"):
            st.caption(_words("words", history))
        if shown.running:
            watching.html("search.scale", history, _scale_in_html)
        elif words := _scale(history):
            st.caption(words)
    with right:
        if shown.running and history.finished is None:
            watching.html("search.best", history, _best_in_html)
        else:
            _answer(history)


def _words(section: str, history: SearchHistory) -> str:
    """A section of the page's text; where it speaks of accuracy, text has one of its own."""
    words = prose.text("search", section + " of text" * (history.judged is BITS))
    return words.format(noun=history.noun)


def _told(shown: Screen) -> str:
    """Of what kind the search is: data, teacher, budget, and all else that is not found by it."""
    config = shown.config
    assert config is not None
    seeds = f"{config.seeds} seeds a trial" if config.seeds > 1 else "one seed a trial"
    found = {"student", "method", "temperature", "alpha", "method_parameters"}
    hidden = state.hidden()
    parts = [provenance.settings(config.distil_config(), seeds, hidden | found)]
    for name, unit in UNITS.items():
        if (most := getattr(config, name)) and name not in hidden:
            parts.append(f"at most {most:,} {unit}")
    if config.search_teacher and "search_teacher" not in hidden:
        parts.append("teachers of other sizes too")
    told = f"{at_work.source(shown)}: {', '.join(part for part in parts if part)}."
    if shown.origin == "bundled" and (tried := shown.tried_here):
        own = f"{tried} trial{'s' * (tried != 1)} of this machine's own"
        told += f" {own} are kept: Search continues with them."
    return told


def _scale(history: SearchHistory) -> str:
    """How many sizes there are, and whose times, as Markdown; empty before that is known."""
    known = history.started
    if known is None:
        return ""
    return (
        f"{known.candidates:,} sizes of student are small enough. Times are of "
        f"{prose.plain(known.machine)}."
    )


def _scale_in_html(history: SearchHistory) -> str:
    return f'<p class="caption">{prose.to_html(_scale(history))}</p>'


def _stopped(shown: Screen) -> str:
    """How many of its trials are there, and that none is lost."""
    history = shown.known
    if shown.problem or history.started is None:
        return "" if shown.problem else "Stopped before the first trial."
    count = f"{len(history.trials)} of {history.started.trials} trials"
    return f"Stopped: {count} are done and kept. Search continues with them."


def _progress(history: SearchHistory) -> tuple[float, str]:
    assert history.started is not None
    step = prose.visible(history.progress.stage) if history.progress else "getting ready"
    done, left = len(history.trials), history.seconds_left
    if left is None:
        rest = "; the time left is known after the first trials"
    else:
        rest = f", about {duration(math.ceil(left))} left" if left else ""
    return history.share_done, f"Trial {done} of {history.started.trials}: {step}{rest}"


def _name(best: dict[str, Any], before: str) -> str:
    """A trial in words, as Markdown."""
    temperature = "" if best["temperature"] is None else f", T {best['temperature']:.3g}"
    return (
        f"**{before}**: {prose.plain(best['student'])}, "
        f"{METHODS[best['method']].label.lower()}{temperature}, α {best['alpha']:.2f}, "
        f"teacher {prose.plain(best['teacher'])}"
    )


def _figures(best: dict[str, Any], one: str) -> dict[str, str]:
    """The three numbers of a trial, by what they are; ``one`` is what is answered at a time."""
    measure = judged.measure_in([best])
    return {
        "Parameters": f"{best['parameters']:,}",
        f"Validation, {len(best['accuracy'])} seeds": measure.shown(judged.mean(best)),
        f"One {one}": f"{best['latency_ms']:.2f} ms",
    }


def _as_int8(best: dict[str, Any]) -> str:
    """What it costs as a file for a device; empty where no limit asked for that."""
    if "int8_bytes" not in best:
        return ""
    size, time = f"{best['int8_bytes']:,} bytes", f"{best['int8_latency_ms']:.3f} ms"
    return f"As int8: {size}, {time} under onnxruntime."


def _best_in_html(history: SearchHistory) -> str:
    """The best so far, as :func:`_answer` draws it when the search is over."""
    best = history.best
    if best is None:
        return '<p class="caption">The best student appears here.</p>'
    figures = "".join(
        f"<div><dt>{label}</dt><dd>{value}</dd></div>"
        for label, value in _figures(best, history.noun[:-1]).items()
    )
    on_device = f'<p class="caption">{words}</p>' if (words := _as_int8(best)) else ""
    return (
        f"<p>{prose.to_html(_name(best, 'Best so far'))}</p><dl>{figures}</dl>{on_device}"
        f'<p class="caption">{prose.to_html(_words("so far", history))}</p>'
    )


def _answer(history: SearchHistory) -> None:
    """The best so far; when the search is over, what it is worth on the test images."""
    best = history.finished.best if history.finished else history.best
    if best is None:
        st.caption("The best student appears here.")
        return
    st.markdown(_name(best, "Found" if history.finished else "Best so far"))
    for place, (label, value) in zip(
        st.columns(3), _figures(best, history.noun[:-1]).items(), strict=True
    ):
        place.metric(label, prose.unbroken(value))
    if on_device := _as_int8(best):
        st.caption(on_device)
    if history.finished is None:
        st.caption(_words("so far", history))
        return
    st.markdown(_sentence(history))
    if words := uneven(history.data, history.noun):
        st.info(prose.plain(words), icon=":material/balance:")
    st.caption(_words("fresh", history))
    for sentence in repeatable(history.finished):
        st.caption(sentence)
    page_links.follow(LIVE, "Open it in Live distillation", DistilConfig.parse(best["config"]))
    if history.finished.importance:
        live_chart(
            "importance",
            search_charts.importance(history),
            "How much each searched setting mattered.",
            190,
        )
        if history.too_few:
            st.caption(f"**{history.too_few}**")
        with projector.aside("search_importance"):
            st.caption(explain.text("search", "importance"))


def _sentence(history: SearchHistory) -> str:
    assert history.finished is not None
    test = history.finished.test
    gain = Gain.of(test["gain"])
    if gain.verdict == "NaN":
        return NOT_A_NUMBER
    measure = gain.measure
    best, alone = (judged.mean(test[name]) for name in ("best", "labels_only"))
    of = "per test character" if measure is BITS else f"of the test {history.noun}"
    spread = "one seed: no interval"
    if gain.ci95 is not None:
        between = gain.between()
        spread = f"95 % interval {between}, {gain.seeds} fresh seeds, with this teacher"
    word = {
        "helped": "It beats the same student on labels alone",
        "hurt": "It is worse than the same student on labels alone",
    }.get(gain.verdict, "It shows no clear difference from the same student on labels alone")
    against = f"{measure.shown(best)} against {measure.shown(alone)} {of}"
    return f"{word}: {against}, {gain.amount()}, {spread}."


def _course(_here: State[SearchConfig], shown: Screen) -> None:
    history = shown.history
    if history is None:
        st.caption("Trials appear here as they end.")
        return
    alt = f"The best {_of_trials(history)} so far, trial by trial."
    watching.chart("progress", history, search_charts.progress, alt, 300)
    if history.trials:
        table = history.table()
        table["student"] = table["student"].map(prose.visible)
        table = table.rename(columns={"flops_per_image": f"flops_per_{history.noun[:-1]}"})
        st.dataframe(table, hide_index=True, height=300)
    if shown.running:
        st.caption("Open this tab for a table of all trials so far.")


def _latency(_here: State[SearchConfig], shown: Screen) -> None:
    if shown.history is None:
        st.caption("Trials appear here as they end.")
        return
    one, of = shown.history.noun[:-1], _of_trials(shown.history)
    alt = f"Every trial: {of} against the time of one {one} on this CPU."
    watching.chart("latency", shown.history, _over_latency, alt, 340)


def _of_trials(history: SearchHistory) -> str:
    """What charts tell of trials, within a sentence."""
    return "bits per character on validation" if history.judged is BITS else "validation accuracy"


def _over_latency(history: SearchHistory) -> dict[str, Any]:
    return search_charts.trials(history, "latency_ms")


def _views(_here: State[SearchConfig], shown: Screen) -> None:
    """Charts that Optuna itself draws, from its own journal."""
    if shown.config is None or shown.history is None or len(shown.history.trials) < 2:
        st.caption("Optuna's own charts appear when there are trials.")
        return
    kinds = {
        "Parallel coordinates": "plot_parallel_coordinate",
        "Slices": "plot_slice",
        "T and α": "plot_contour",
        "History": "plot_optimization_history",
    }
    kind = st.segmented_control(
        "View",
        list(kinds),
        default="Parallel coordinates",
        key="search.view",
        help="Drawn by Optuna, the library that proposes the trials, from the record of this "
        "search.",
    )
    if kind is None:
        return
    try:
        study = _study(shown)
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")
        return
    if study is None:
        st.caption("The record of this search is not on this machine.")
        return
    from optuna import visualization

    options: dict[str, Any] = {}
    if kinds[kind] == "plot_contour":
        options["params"] = ["temperature", "alpha"]
    if shown.history.judged is BITS:  # Optuna itself maximises a probability
        options |= {"target": _bits_of, "target_name": BITS.label}
    figure = getattr(visualization, kinds[kind])(study, **options)
    figure.update_layout(template=None, title=None)
    shown_figure = search_charts.of_optuna(json.loads(figure.to_json()))
    live_chart(f"optuna_{kinds[kind]}", shown_figure, f"Optuna: {kind}.", 380)


def _bits_of(trial: Any) -> float:
    return judged.bits_of(trial.value)


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


def _take_away(here: State[SearchConfig], shown: Screen) -> None:
    """As on all pages; with the weights of the best, which was trained as a run of its own."""
    finished = shown.history.finished if shown.history is not None else None
    if finished is None:
        export.panel(here, shown)
        return
    best = DistilConfig.parse(finished.best["config"])
    store = workers.store()
    there = not shown.running and store.has_weights(best)
    export.panel(here, shown, run=(lambda _: best) if there else None)
    if not shown.running and not there:
        st.caption(explain.text("search", "no weights"))


WORK = Work(
    page=PAGE,
    experiment=SEARCH,
    icon="search",
    start="Search",
    words=prose.sections("search"),
    told=_told,
    progress=_progress,
    stopped=_stopped,
    file_name="kdlab-search-{dataset}",
    script="PyTorch script of the best",
    screen=SearchScreen,
)

TABS: dict[str, at_work.Draw] = {
    "The search": _course,
    "Against latency": _latency,
    "Optuna's views": _views,
    at_work.TAKE_AWAY: _take_away,
}
"""Only the open one is drawn."""
