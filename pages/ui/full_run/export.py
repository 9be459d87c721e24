"""What can be taken away: the settings on the controls, and all that the run on screen made."""

from __future__ import annotations

import functools

import pandas as pd
import streamlit as st

from kdlab.errors import KdlabError
from kdlab.full_run.recipe.command import command as command
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import device_files
from kdlab.report import build, words
from pages.ui.full_run import checks, watch
from pages.ui.shell import explain, page_links, prose
from pages.ui.shell.state import State
from pages.ui.stage import device, export, offers, report

EVENTS = "events.jsonl"
offer = functools.partial(offers.offer, page="full-run")


def draw(here: State[FullRunConfig], shown: watch.Watched | None) -> None:
    """The link, the command and the files."""
    export.message(here)
    st.markdown("**The settings on the controls**, as a link and as a command")
    try:
        config = here.config()
        checks.check(config)
    except KdlabError:
        st.info(export.NOT_POSSIBLE)
    else:
        st.code(page_links.full_link(config), language=None, wrap_lines=True)
        st.code(command(config, f"runs/{config.teacher}-{config.student}"), language="bash",
                wrap_lines=True)  # fmt: skip
        st.caption(explain.text("full-run", "torchrun"))
        offers.offer("Settings, JSON", config.to_json(), "full-run.json")
    if shown is not None:
        _run(shown)
    # the controls are outside of the tabs' fragment
    whole_page = functools.partial(st.session_state.update, {"full-run.picked": True})
    export.bring_settings(here, "full-run", checks.known, whole_page)


def _run(shown: watch.Watched) -> None:
    st.markdown(f"**The run on screen**, {prose.plain(shown.name)}")
    history, folder = shown.history, shown.folder
    with st.container(horizontal=True):
        if shown.config is not None:
            text = shown.config.to_json()
            offer("Configuration, JSON", text, f"{shown.name}.json")
        if (folder.path / EVENTS).is_file():
            offer("Events, JSON lines", folder.path / EVENTS, f"{shown.name}.jsonl")
        if history.epochs:
            curves = str(pd.DataFrame(history.rows()).to_csv(index=False))
            offer("Curves, CSV", curves, f"{shown.name}-curves.csv")
        if history.done:
            results = str(history.results().to_csv(index=False))
            offer("Results, CSV", results, f"{shown.name}-results.csv")
        if history.finished is not None:
            report.offer(lambda: build.of_full_run(folder), shown.name, "full-run")
        for path in folder.weights():
            offer(f"Weights: {path.stem}", path, f"{shown.name}-{path.name}")
    if folder.weights() and not folder.status().alive:
        ask = (device_files.export, folder.path)
        device.panel("full-run", f"{shown.name} {history.share_done}", ask, shown.name)
    if shown.config is not None:
        st.code(command(shown.config, f"runs/{shown.name}"), language="bash", wrap_lines=True)
        for text in words.elsewhere(shown.config):
            st.caption(prose.plain(text))
    st.caption(f"Its folder: {prose.plain(folder.path)}")
