"""What can be taken away: the settings on the controls, and all that the run on screen made."""

from __future__ import annotations

import functools
import shlex

import pandas as pd
import streamlit as st

from kdlab.config.words import as_text
from kdlab.errors import KdlabError
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import device_files
from pages.ui.full_run import checks, watch
from pages.ui.shell import prose, state
from pages.ui.shell.state import State
from pages.ui.stage import device, export, offers

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
        st.code(state.full_link(config), language=None, wrap_lines=True)
        st.code(command(config, f"runs/{config.teacher}-{config.student}"), language="bash",
                wrap_lines=True)  # fmt: skip
        st.caption(prose.text("full-run", "torchrun"))
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
        for path in folder.weights():
            offer(f"Weights: {path.stem}", path, f"{shown.name}-{path.name}")
    if folder.weights() and not folder.status().alive:
        ask = (device_files.export, folder.path)
        device.panel("full-run", f"{shown.name} {history.share_done}", ask, shown.name)
    if shown.config is not None:
        st.code(command(shown.config, f"runs/{shown.name}"), language="bash", wrap_lines=True)
    st.caption(f"Its folder: {prose.plain(folder.path)}")


def command(config: FullRunConfig, out: str) -> str:
    """The command line that does the same without a browser."""
    named = {"pair": config.pair, "dataset": config.dataset, "recipe": config.recipe}
    usual = FullRunConfig.parse(named)  # what these bring need not be told
    query = {n: v for n, v in config.to_query().items() if getattr(config, n) != getattr(usual, n)}
    back = {  # settings at their default where these bring something else
        n: as_text(v) if isinstance(v, tuple) else str(v)
        for n, v in config.model_dump().items()
        if n not in query and v != getattr(usual, n)
    }
    told = named | query | back
    options = " ".join(
        f"--{name.replace('_', '-')} {shlex.quote(value)}" for name, value in told.items()
    )
    return f".venv/bin/python -m kdlab full-run {options} --out {shlex.quote(out)}"
