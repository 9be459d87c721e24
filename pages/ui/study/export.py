"""What can be taken away from a study: its link, settings, numbers, and the script."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from kdlab import checks
from kdlab.data import DATASETS
from kdlab.errors import KdlabError
from kdlab.export import file_name, study_script
from kdlab.studies import Study, StudyConfig, StudyHistory
from pages.ui.shell import prose, state
from pages.ui.shell.state import State
from pages.ui.stage import export
from pages.ui.stage.session import WorkScreen


def take_away(study: Study, here: State[Any], shown: WorkScreen[StudyConfig, StudyHistory]) -> None:
    """The study on the controls as a link, as JSON and as a script; the numbers on screen."""
    export.message(here)
    try:
        config = here.config()
        checks.possible(config)
    except KdlabError:
        st.info("These settings cannot be run; the message at the top of the page says why.")
        return
    st.code(state.full_link(config), language=None, wrap_lines=True)
    name = f"kdlab-{study.name}-{checks.normal(config).fingerprint()[:8]}"
    history = shown.history
    with st.container(horizontal=True):
        export.offer("Settings, JSON", config.to_json(), f"{name}.json", "application/json")
        if history is not None and history.done:
            results = history.rows().to_csv(index=False)
            export.offer("Results, CSV", results, f"{name}-results.csv", "text/csv")
            export.offer("Curves, CSV", curves_csv(history), f"{name}-curves.csv", "text/csv")
        problem = _script(study, checks.normal(config), history)
    st.caption(problem or "The script trains all arms with PyTorch alone, without this lab.")
    export.bring_settings(here, f"study {study.name}")


def _script(study: Study, config: StudyConfig, history: StudyHistory | None) -> str:
    """The button that saves the script of the study on the controls; why there is none, else ""."""
    exhibits: dict[str, Any] = {}
    if study.tuned is not None:
        if history is None or not history.finished or history.config != config:
            return "The script comes with the study: it holds what is tuned on validation images."
        exhibits = history.exhibits
    try:
        text = export.ready(
            f"script {study.name} {config.fingerprint()}",
            lambda: script_of(study, config, exhibits),
        )
    except KdlabError as error:
        return f"No script: {prose.plain(error)}"
    export.offer("PyTorch script", text, file_name(config, study.name), "text/x-python")
    return ""


def script_of(study: Study, config: StudyConfig, exhibits: dict[str, Any]) -> str:
    """The study as one file. Of images of one's own the classes are not known before they are read:
    they are then taken to be ten."""
    classes = DATASETS[config.dataset].classes or tuple("0123456789")
    plan = study.plan(config, classes)
    if study.tuned is not None:
        plan = study.tuned(plan, exhibits)
    return study_script(config, plan, study.title, config.teachers_drawn)


def curves_csv(history: StudyHistory) -> str:
    """One row an arm, epoch and seed."""
    seeds = history.started.seeds if history.started else ()
    rows = [
        {
            "arm": arm["name"],
            "epoch": event.epoch,
            "seed": seed,
            "validation_accuracy": event.validation[n],
            "test_accuracy": event.test[n],
            "fidelity": event.fidelity[n],
        }
        for arm in history.arms
        for event in history.epochs(str(arm["name"]))
        for n, seed in enumerate(seeds)
    ]
    return str(pd.DataFrame(rows).to_csv(index=False))
