"""A visitor's own table: a file brought through the browser or named, which of its columns is the
target, which are left out, how it is read, and what is in it.

What the setting of a column is empty for is guessed, and the box says what that came to.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st
from pydantic.fields import FieldInfo

from kdlab.config.brought import budget_of_rows
from kdlab.config.schema import DataConfig
from kdlab.data import uploads
from kdlab.data.accepted import TABLE
from kdlab.data.table import own
from kdlab.data.table.understood import Found, names_in
from kdlab.errors import KdlabError
from pages.ui.shell import explain, prose, state, turns
from pages.ui.widgets import choices
from pages.ui.widgets.brought import Brought

HOW = ("separator", "decimal", "encoding")
"""Settings of how a file is read."""
ONE_COLUMN = ("target", "group_column", "split_column")
RARE = ("group_column", "split_column", *HOW)
"""Settings that are folded away: most tables need none of them."""
DRAWN = frozenset({"target", "left_out", *RARE})
"""Settings whose widgets are made here."""
WORDS = {
    "separator": {"": "recognised", "comma": "comma ,", "semicolon": "semicolon ;", "bar": "bar |"},
    "decimal": {"": "recognised", "point": "point: 0.5", "comma": "comma: 0,5"},
    "encoding": {
        "": "recognised",
        "utf-8": "UTF-8",
        "utf-16": "UTF-16",
        "cp1252": "Windows 1252",
        "latin-1": "Latin-1",
    },
}
"""Setting -> value -> what it is called, where that is another word."""
NOT_SURE = "does not say its encoding"
"""In what is said of letters that were recognised by what they look like."""


def config_of(here: state.State[Any], folder: str | None = None) -> DataConfig:
    """The data on the controls as they stand in this run, also on those that are drawn later;
    ConfigError where they cannot be. ``folder``: where that one has just been named."""
    values = {name: here.values[name] for name in DataConfig.model_fields if name in here.values}
    plain = (*HOW, "train_limit")
    values |= {name: here.shown(name, values[name])[1] for name in plain}
    values["folder"] = values["folder"] if folder is None else folder
    config = DataConfig.parse(values)
    try:
        mark = _mark(_names(config))
    except KdlabError:
        return config
    now = {name: here.shown(name, values[name], mark)[1] for name in ONE_COLUMN}
    now["left_out"] = _chosen(here, mark)
    return config.model_copy(update=now)


def known(here: state.State[Any]) -> Found | None:
    """What the table on the controls is understood as; None where it cannot be used: why is said on
    the page, where it is also seen with the side bar closed."""
    try:
        return found(here)
    except KdlabError:
        return None


def found(here: state.State[Any], folder: str | None = None) -> Found:
    """The same; a KdlabError says why it cannot be used."""
    with turns.aside():
        return own.found(config_of(here, folder))


def _understood(here: state.State[Any], folder: str) -> None:
    """What is loaded, in a line; :mod:`pages.ui.widgets.overview` shows more."""
    st.markdown(f":material/table: **{prose.plain(uploads.title(folder))}**")
    try:
        read = found(here, folder)
    except KdlabError:
        st.caption(explain.text("own_table", "not yet"))
        return
    wide = len(read.account.columns)
    st.caption(f"{read.rows:,} rows, {wide:,} columns, {len(read.classes):,} classes")


def _suit(here: state.State[Any]) -> None:
    """Another table has other columns, and brings how long is learned from so many rows and from
    how many labels."""
    here.set(**{name: here.model.model_fields[name].default for name in DRAWN})
    read = known(here)
    if read is not None:
        suits = budget_of_rows(read.sizes[0], len(read.classes))
        here.set(**{n: v for n, v in suits.items() if n in here.model.model_fields})


TABLES = Brought(
    accepts=TABLE,
    label="Table",
    endings=TABLE.kinds,
    typed="Or a table on this machine",
    asked=lambda: prose.text("own_table", "asked"),
    understood=_understood,
    then=_suit,
)


def asks(here: state.State[Any]) -> bool:
    """Whether how the table is read has to be in sight: something of it is set, what was recognised
    is not sure, or the file could not be read as a table of columns."""
    if any(here.values.get(name) for name in RARE):
        return True
    if not str(here.values["folder"]).strip():
        return False
    try:
        with turns.aside():
            columns = own.described(config_of(here))
    except KdlabError:
        return True
    read = known(here)
    unsure = read is not None and any(NOT_SURE in words for words in read.account.done)
    return unsure or len(columns) == 1


def drawn(here: state.State[Any], name: str, field: FieldInfo, extra: dict[str, Any]) -> Any:
    """The widget of one of the settings DRAWN; returns its value."""
    if name in HOW:
        words = WORDS[name]
        return choices.one_of(
            here, name, get_args(field.annotation), lambda value: words.get(value, str(value))
        )
    try:
        with turns.aside():
            columns = _names(config_of(here))
    except KdlabError:
        columns = ()
    if name == "left_out":
        return _several(here, columns, field)
    return _one(here, name, columns, field)


def _one(here: state.State[Any], name: str, columns: Sequence[str], field: FieldInfo) -> str:
    """A box with the columns. One that a link names and the table lacks is offered, too: that it
    cannot be used is said once, for the whole table."""
    value = str(here.values[name])
    options = ["", *columns, *([value] if value and value not in columns else [])]
    shown = _shown(columns)
    nothing = _guessed(here, name, shown)

    def words(column: str) -> str:
        if not column:
            return nothing
        return shown.get(column, f"{prose.visible(column)} (not in this table)")

    return choices.one_of(
        here, name, options, words, part=_mark(columns), help_text=field.description
    )


def _guessed(here: state.State[Any], name: str, shown: dict[str, str]) -> str:
    """What an empty setting comes to."""
    read = known(here)
    if read is None:
        return {"target": "guessed", "split_column": "recognised"}.get(name, "none")
    account = read.account
    now = {"target": account.target, "split_column": account.split_column}.get(name, "")
    if now not in shown:
        return "none"
    weak = name == "target" and not account.sure
    return f"{shown[now]} (guessed: please choose)" if weak else f"{shown[now]} (guessed)"


def _several(here: state.State[Any], columns: Sequence[str], field: FieldInfo) -> str:
    """A box for several columns; returns them as a line with commas."""
    mark = _mark(columns)
    key, now = here.shown("left_out", list(names_in(here.values["left_out"])), mark)
    options = [*columns, *(name for name in now if name not in columns)]
    st.multiselect(
        field.title or "",
        options,
        now,
        format_func=_shown(options).__getitem__,
        key=key,
        help=field.description,
        placeholder="None",
    )
    return _chosen(here, mark)


def _chosen(here: state.State[Any], mark: str) -> str:
    """The columns that are left out, as their setting has them; as it is where it says the same."""
    value = str(here.values["left_out"])
    before = list(names_in(value))
    _, now = here.shown("left_out", before, mark)
    return value if list(now) == before else line_of(now)


def line_of(names: Sequence[str]) -> str:
    """Names of columns as a setting: the reverse of :func:`kdlab.data.table.understood.names_in`.

    >>> line_of(["age", "weight, kg"])
    'age,"weight, kg"'
    """
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(names)
    return stream.getvalue()


def _names(config: DataConfig) -> tuple[str, ...]:
    return tuple(column.name for column in own.described(config))


def _shown(columns: Sequence[str]) -> dict[str, str]:
    """Name of a column -> as it is shown."""
    return dict(zip(columns, prose.class_names(columns), strict=True))


def _mark(columns: Sequence[str]) -> str:
    """Part of a widget's key, another one for other columns: it starts again with other options."""
    return ":" + hashlib.sha256("\n".join(columns).encode("utf-8", "replace")).hexdigest()[:12]
