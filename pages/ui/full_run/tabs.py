"""What is below the picture: only the open tab is drawn."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import streamlit as st

from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.published import NOT_COMPARABLE, PAIRS, RECIPES
from kdlab.full_run.run.history import STAGES
from kdlab.measure.wording import duration
from pages.ui.charts import full_run
from pages.ui.full_run import export, table, watch
from pages.ui.full_run.machine import gib
from pages.ui.full_run.watch import UNREADABLE, Watched, spread
from pages.ui.shell import explain, prose
from pages.ui.shell.state import State
from pages.ui.shell.theme import LOOKS
from pages.ui.stage import stage as at_work
from pages.ui.stream import watching
from pages.ui.widgets import images

RUNS, REPORTED = "All runs", "What papers report"

Here = State[FullRunConfig]
Draw = Callable[[Here, Watched | None], None]


def tabs(here: Here) -> None:
    """All tabs. Part of a run of the whole page."""
    with st.container():
        st.fragment(_tabs)(here)


def _tabs(here: Here) -> None:
    shown = watch.watched()
    with watch.followed(shown, "tabs") if shown is not None else contextlib.nullcontext():
        _draw(here, shown)


def _draw(here: Here, shown: Watched | None) -> None:
    def draw(tab: Draw) -> None:
        try:
            tab(here, shown)
        except UNREADABLE:
            st.error(prose.text("full-run", "damaged"), icon=":material/error:")

    at_work.draw_tabs("full-run", TABS, draw)
    if st.session_state.pop("full-run.picked", False):
        st.rerun()


def _reported(here: Here, shown: Watched | None) -> None:
    """The figures of the chosen pair, or of all."""
    pair = PAIRS.get(here.values["pair"])
    if pair is not None:
        figures = pair.figures.values()
        own = [figure.told or "as its recipe" for figure in figures]
        own[:2] = ["labels alone"] * 2
        st.markdown(
            f"**{pair.teacher} → {pair.student}**, CIFAR-100, per cent of the test images\n\n"
            f"| {' | '.join(('', *pair.figures))} |\n|---|{'--:|' * len(figures)}\n"
            f"| Published | {' | '.join(f'{figure.percent:.2f}' for figure in figures)} |\n"
            f"| Run with | {' | '.join(own)} |"
        )
    else:
        st.caption(explain.text("full-run", "own pair"))
    st.caption(explain.text("full-run", "columns"))
    with st.expander("Why these columns cannot be compared"):
        st.markdown("\n".join(f"- {sentence}" for sentence in NOT_COMPARABLE))
        st.markdown(
            "Recipes: "
            + "; ".join(f"{r.label}: {r.about} ({r.source})" for r in RECIPES.values())
            + "."
        )
    with st.expander("All published pairs"):
        columns = list(dict.fromkeys(name for each in PAIRS.values() for name in each.published))
        rows = [
            {"Teacher → student": f"{each.teacher} → {each.student}"}
            | {name: each.published.get(name) for name in columns}
            for each in PAIRS.values()
        ]
        st.dataframe(rows, hide_index=True, alt="Published accuracies of all pairs, in per cent")


def _of_run(draw: Callable[[Watched], None]) -> Draw:
    """A tab on the run on screen, once it has an epoch."""

    @functools.wraps(draw)
    def drawn(here: Here, shown: Watched | None) -> None:
        if shown is None or not shown.history.epochs:
            st.caption("This appears with the first epoch of a run.")
            return
        draw(shown)

    return drawn


def _losses(shown: Watched) -> None:
    words = {
        "loss": "The whole loss of each stage",
        "hard": "The cross-entropy with the labels",
        "soft": "The method's part of the distilled student's loss",
    }
    row = [(f"full_{part}", _loss, f"{alt} over epochs.", (part,)) for part, alt in words.items()]
    watching.charts(row, shown, 300, gap="small")
    st.caption(explain.text("full-run", "losses"))


def _loss(shown: Watched, part: str) -> dict[str, Any]:
    return full_run.loss(shown.history, part)


def _of_history(shown: Watched, draw: Callable[..., Any]) -> dict[str, Any]:
    found: dict[str, Any] = draw(shown.history)
    return found


def _speed(shown: Watched) -> None:
    history = shown.history
    charts: list[tuple[str, Any, str]] = [
        ("times", full_run.times, "The share of an epoch in data, teacher, student, evaluation"),
        ("speed", full_run.speed, "Training images a second over epochs"),
        ("rate", full_run.learning_rate, "The learning rate over epochs"),
        ("memory", full_run.memory, "The peak of the memory, epoch by epoch"),
    ]
    if any(epoch.stage == "distilled" for epoch in history.epochs):
        charts.append(("answered", full_run.answered, "The share of teacher's answers computed"))
    if any(epoch.utilisation >= 0 for epoch in history.epochs):
        charts.append(("gpu", full_run.utilisation, "The GPU's utilisation, epoch by epoch"))
    places = [place for _ in charts[::3] for place in st.columns(3)]
    for place, (key, draw, alt) in zip(places, charts, strict=False):
        with place:
            watching.chart(f"full_{key}", shown, _of_history, f"{alt}.", 280, draw)
    cache = next((s.cache for s in reversed(history.stages) if s.cache), None)
    if cache is not None:
        kept = "are kept" if cache["on"] else "are not kept"
        st.caption(
            f"Teacher's answers {kept}: {prose.plain(cache['reason'])}. {cache['views']:,} views "
            f"an image, {gib(cache['bytes'])}."
        )
    st.caption(f"Steps run as {prose.plain(history.stages[-1].engine)}.")


def _results(shown: Watched) -> None:
    """Every stage that is done, seed by seed."""
    images.read_by_a_run(shown.history.data)
    for text in shown.history.remarks:
        st.caption(prose.plain(text))
    on = full_run.judged(shown.history)
    rows = [
        {
            "Stage": LOOKS[done.stage].label,
            "Seed": done.seed,
            "Test, last epoch, %": 100 * done.accuracy,
            table.BEST[on]: 100 * done.best,
            "Best epoch": done.best_epoch,
            "Fidelity, %": 100 * done.fidelity,
            "Calibration error": done.ece,
            "Images/s": done.images_per_second,
            "Time": "trained before" if done.reused else duration(done.seconds),
        }
        for done in shown.history.done
    ]
    if not rows:
        st.caption(explain.text("full-run", "no result yet"))
        return
    st.dataframe(rows, hide_index=True, column_config=table.NUMBERS,
                 alt="Results of each stage and seed")  # fmt: skip
    found = shown.history.accuracies()
    told = "; ".join(
        f"{LOOKS[name].label} {spread([100 * v for v in found[name]])} %"
        for name in STAGES
        if name in found
    )
    st.markdown(f"Mean and 95 % interval over seeds: {told}.")
    st.caption(explain.text("full-run", f"best on {on}"))


TABS: dict[str, Draw] = {
    REPORTED: _reported,
    "Loss": _of_run(_losses),
    "Speed and memory": _of_run(_speed),
    "Results": _of_run(_results),
    RUNS: table.draw,
    at_work.TAKE_AWAY: export.draw,
}
