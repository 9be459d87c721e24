"""A visitor's own text: a .txt file brought through the browser or named, and what is in it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab.config.brought import budget
from kdlab.config.schema import DataConfig
from kdlab.data import train_size, uploads
from kdlab.data.accepted import TEXT
from kdlab.data.text import own
from kdlab.errors import KdlabError
from pages.ui.shell import explain, prose, state, turns
from pages.ui.shell.prose import in_html
from pages.ui.widgets.brought import Brought

STYLE = prose.style(__file__)
SHOWN, LETTERS = 8, 160
"""Lines that are shown, and characters of each."""
NOW = ("symbols", "window", "train_limit")
"""Settings whose widgets come after that of the file: they have to be asked."""


def config_of(here: state.State[Any]) -> DataConfig:
    """The data on the controls, as they stand in this run; ConfigError where they cannot be."""
    values = {name: here.values[name] for name in DataConfig.model_fields if name in here.values}
    return DataConfig.parse(values | {name: here.shown(name, values[name])[1] for name in NOW})


def _understood(here: state.State[Any], folder: str) -> None:
    """What is loaded, in a line, or what is wrong with it; :func:`overview` shows more."""
    st.markdown(f":material/description: **{prose.plain(uploads.title(folder))}**")
    try:
        with turns.aside():
            text = own.found(config_of(here).model_copy(update={"folder": folder}))
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")
        return
    st.caption(f"{text.lines:,} lines, {len(text.alphabet) - 1} different {text.symbols}")


def _suit(here: state.State[Any]) -> None:
    """A text brings how long is learned from so much of it, and from how many labels."""
    size = train_size(config_of(here))
    if size is not None:
        here.set(**{n: v for n, v in budget(size).items() if n in here.model.model_fields})


TEXTS = Brought(
    accepts=TEXT,
    label="Text file",
    endings=("txt",),
    typed="Or a text file on this machine",
    asked=lambda: prose.text("own_text", "asked"),
    understood=_understood,
    then=_suit,
)


def overview(here: state.State[Any], *, opened: bool) -> None:
    """The text on the controls: how much of it is used, what was cut, some of its lines. What is
    wrong with it stands below its control."""
    try:
        config = config_of(here)
        with turns.aside():
            text, account = own.found(config), own.account(config)
    except KdlabError:
        return
    used = sum(account.examples.values())
    label = (
        f"{prose.plain(uploads.title(config.folder))}: {account.lines_read:,} lines, "
        f"{used:,} {account.symbols} and ends used, {len(account.alphabet)} different ones"
    )
    with st.expander(label, expanded=opened, icon=":material/subject:"):
        lines = [text.words(line) for line in text.parts.train[:SHOWN]]
        st.html(f'{STYLE}<ol class="kd-lines" tabindex="0">{"".join(map(_item, lines))}</ol>')
        for said in account.lines():
            st.caption(prose.plain(said))
        st.caption(explain.text("own_text", "read"))


def _item(line: str) -> str:
    """A line as it is, in the direction in which it is read."""
    more = "…" if len(line) > LETTERS else ""
    return f'<li dir="auto">{in_html(line[:LETTERS])}{more}</li>'
