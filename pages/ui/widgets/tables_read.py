"""What is in a table, before anything is trained on it: its classes as bars, its columns with what
becomes of them, its first rows, and what was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from kdlab.data import DATASETS, uploads
from kdlab.data.table import embedded, own
from kdlab.data.table.account import TableAccount
from kdlab.data.table.encode import CategoryColumn, NumberColumn
from kdlab.data.table.kinds import Column
from kdlab.data.table.understood import Found
from kdlab.errors import KdlabError
from pages.ui.shell import explain, prose, state, turns
from pages.ui.shell.prose import in_html
from pages.ui.widgets import rows, tables
from pages.ui.widgets.buttons import button

MOST_COLUMNS = 200
"""Shown; of a table with more the first ones."""
MOST_CELLS = 60
"""Columns of the first rows that are shown."""
KINDS = {
    "number": "numbers",
    "date": "dates",
    "text": "text",
    "identifier": "names of rows",
    "constant": "one value",
    "empty": "nothing",
}


def overview(here: state.State[Any], *, opened: bool) -> None:
    """The table on the controls; nothing where there is none yet, or none that can be read. Where
    nothing in it can be the target, its columns and first rows are shown all the same, to choose
    by."""
    record = DATASETS[here.values["dataset"]]
    brought = "folder" in record.settings
    if brought and not str(here.values["folder"]).strip():
        return
    config = tables.config_of(here)
    title = uploads.title(config.folder) if brought else record.label
    try:
        with turns.aside():
            found = own.found(config) if brought else embedded.found(record.name, config)
    except KdlabError:
        _only_read(config, title)
        return
    account = found.account
    if brought:
        _asked(here, account)
    counts = {part: sum(account.counts[part]) for part in rows.PARTS}
    said = ", ".join(f"{count:,} {rows.PARTS[part]}" for part, count in counts.items())
    label = (
        f"{prose.plain(title)}: {found.rows:,} rows, {len(account.columns):,} columns, "
        f"{len(account.classes):,} classes ({said})"
    )
    with st.expander(label, expanded=opened and brought, icon=":material/table_view:"):
        _all(found, brought=brought)
        if brought:
            for line in account.lines():
                st.caption(prose.plain(line))
            st.caption(explain.text("own_table", "read"))


def _asked(here: state.State[Any], account: TableAccount) -> None:
    """What its owner alone knows: whether the target is guessed well, and which rows belong
    together."""
    if not account.sure:
        count = f"{len(account.classes):,}"
        numbers = prose.text("own_table", "numbers").format(count=count)
        words = {"numbers": numbers if account.numbered else ""}
        _ask(here, "target", account.target, "unsure", "It is the target", words)
    if account.together is not None:
        words = {"times": f"{account.together.repeats:.1f}"}
        name = account.together.name
        _ask(here, "group_column", name, "together", "Keep its rows together", words)


def _ask(
    here: state.State[Any], setting: str, column: str, text: str, label: str, words: dict[str, str]
) -> None:
    """A question about a column, and beside it the answer yes, which sets it."""
    shown = prose.plain(prose.class_names([column])[0])
    question, yes = st.columns([7, 2], gap="small", vertical_alignment="center")
    said = prose.text("own_table", text).format(column=shown, **words)
    question.warning(said, icon=":material/help:")
    if setting not in state.hidden():
        with yes:
            key, answer = f"{here.page}.{text}.yes", lambda: here.set(**{setting: column})
            help_text = prose.text("own_table", f"help {text}")
            button(label, key, "check", answer, help_text=help_text)


def _all(found: Found, *, brought: bool) -> None:
    account = found.account
    target = in_html(prose.class_names([account.target])[0])
    why = "" if account.why == "as chosen" else f" ({in_html(account.why)})"
    becomes = {column.name: column for column in found.encoding.columns}
    st.html(
        f'{rows.STYLE}<div class="kd-table"><section><h4>Classes of <bdi>{target}</bdi>{why}</h4>'
        f"{rows.classes(account.classes, account.counts)}</section>"
        f"<section><h4>Columns</h4>{rows.columns(_lines(account, becomes))}</section></div>"
    )
    if words := rows.uneven(account.classes, account.counts):
        st.info(words, icon=":material/balance:")
    _first_rows(account.columns, account.preview, account.target, brought=brought)


def _only_read(config: Any, title: str) -> None:
    """What is in the file, where nothing of it can be the target."""
    try:
        with turns.aside():
            columns, preview = own.described(config), own.preview(config)
    except KdlabError:
        return
    label = f"{prose.plain(title)}: {len(columns):,} column{'s' * (len(columns) != 1)}"
    with st.expander(label, expanded=True, icon=":material/table_view:"):
        lines = (rows.Line(c.name, _kind(c), c.missing, *_would(c, config.target)) for c in columns)
        st.html(
            f'{rows.STYLE}<div class="kd-table-rows"><h4>Columns</h4>{rows.columns(lines)}</div>'
        )
        _first_rows(columns, preview, "", brought=True)


def _first_rows(columns: tuple[Column, ...], preview: Any, target: str, *, brought: bool) -> None:
    """They are somebody's: whoever has the link sees them as well, where they were ``brought``."""
    names = [column.name for column in columns][:MOST_CELLS]
    shown = rows.preview(names, [row[:MOST_CELLS] for row in preview], target)
    more = f", {MOST_CELLS} of {len(columns):,} columns" if len(columns) > MOST_CELLS else ""
    st.html(f'<div class="kd-table-rows"><h4>First rows{more}</h4>{shown}</div>')
    if brought:
        st.caption(explain.text("own_table", "seen"))


def _lines(
    account: TableAccount, becomes: Mapping[str, NumberColumn | CategoryColumn]
) -> Iterator[rows.Line]:
    for column in account.columns[:MOST_COLUMNS]:
        words = _becomes(column, becomes.get(column.name), account.target)
        used = column.used or column.name == account.target
        yield rows.Line(column.name, _kind(column), column.missing, words, used)


def _would(column: Column, asked: str) -> tuple[str, bool]:
    """What would become of a column, where nothing is the target yet, and whether it is used."""
    if column.name == asked:
        return "the target, as asked: see above", True
    if column.why:
        return f"left out: {column.why}", False
    return "an input" if asked else "an input, or the target", True


def _kind(column: Column) -> str:
    if column.kind == "category":
        return f"{column.different:,} words"
    return KINDS.get(column.kind, column.kind)


def _becomes(column: Column, how: NumberColumn | CategoryColumn | None, target: str) -> str:
    """What a network is shown of a column."""
    if column.name == target:
        return "the target"
    if how is None:
        return f"left out: {column.why}"
    if isinstance(how, NumberColumn):
        return "1 number" + (", and whether it is missing" if how.flag else "")
    wide = len(how.names)
    return f"{wide} numbers, each 0 or 1" if wide > 1 else "1 number, 0 or 1"
