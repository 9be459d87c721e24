"""The run on the live page beside the one that is pinned: one chart, one table, one sentence."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.compared import report
from kdlab.experiments.run.compared.comparison import Comparison, compare
from kdlab.experiments.run.compared.report import Line
from kdlab.translation import say
from pages.ui.charts import compared as charts
from pages.ui.components.live_chart import live_chart
from pages.ui.live import pinned
from pages.ui.live.session import LiveScreen
from pages.ui.shell import explain, page_links, projector, prose, state
from pages.ui.shell.prose import in_html
from pages.ui.shell.state import State
from pages.ui.stage import offers

STYLE = prose.style(__file__)
HEIGHT = 380
PARTS = {
    "settings": "Settings that differ",
    "results": "On the test part",
    "costs": "Size and time",
}
"""Parts of the table, in its order -> what stands above each."""


def section(here: State[DistilConfig], shown: LiveScreen) -> None:
    """Draw the comparison, where both runs are finished and are two."""
    held = pinned.compared_with(here)
    if held is None or held.config is None:
        return
    if shown.config is None or shown.outcome != "finished" or shown.config == held.config:
        return
    found = compare(held.config, held.known, shown.config, shown.known)
    with st.container(key="compared"):
        st.subheader(say("Compared with the pinned run"), anchor=False)
        st.info(prose.plain(found.sentence), icon=":material/balance:")
        _chart(found)
        with projector.aside("compared"):
            st.caption(explain.text("compared", "curves"))
        st.html(table(found))
        with projector.aside("compared_notes"):
            st.caption(prose.plain(" ".join(_notes(found))))
        if "takeaway" not in state.hidden():
            _take_away(here, found)


def table(found: Comparison) -> str:
    """The table as HTML: settings that differ, unless the link hides them, results and costs, with
    B minus A."""
    lines = [
        line
        for line in report.lines(found)
        if line.part != "settings" or line.name not in state.hidden()
    ]
    head = "".join(
        f'<th scope="col">{words}</th>' for words in (say("A: pinned"), say("B: this run"), "B − A")
    )
    both = say("Both runs")
    body = "".join(_part(name, [e for e in lines if e.part == name]) for name in PARTS)
    return (
        f'{STYLE}<div class="kd-compared"><table aria-label="{both}">'
        f"<thead><tr><td></td>{head}</tr></thead>{body}</table></div>"
    )


def _part(name: str, lines: Iterable[Line]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{in_html(say(line.title))}</th>'
        f"{_cell(line, line.a)}{_cell(line, line.b)}{_cell(line, line.difference)}</tr>"
        for line in lines
    )
    if not rows:
        return ""
    head = f'<tr><th scope="rowgroup" colspan="4">{in_html(say(PARTS[name]))}</th></tr>'
    return f'<tbody class="{name}">{head}{rows}</tbody>'


def _cell(line: Line, text: str) -> str:
    if line.part == "settings":
        return f"<td>{in_html(pinned.value(line.name, text))}</td>"
    value, bracket, ends = in_html(text).partition("(")
    return f"<td>{value}<span>{bracket}{ends}</span></td>"


def _chart(found: Comparison) -> None:
    """Both in one chart, or side by side where they have no axis in common."""
    runs = {"A": found.a.history, "B": found.b.history}
    if found.terms.together:
        figure = charts.curves(runs, HEIGHT)
        live_chart("compared", figure, charts.describe(runs), HEIGHT, about=_about(found))
        return
    for place, (letter, history) in zip(st.columns(2), runs.items(), strict=True):
        with place:
            alone = {letter: history}
            key, words = f"compared_{letter}", charts.describe(alone)
            live_chart(key, charts.curves(alone, HEIGHT), words, HEIGHT, about=_about(found))


def _about(found: Comparison) -> str:
    """What a picture of the chart says of the settings."""
    told = [
        f"{say(each.title)}: A {pinned.value(each.name, each.a)}, "
        f"B {pinned.value(each.name, each.b)}"
        for each in found.settings
        if each.name not in state.hidden()
    ]
    return "; ".join(told) or say("Two runs")


def _notes(found: Comparison) -> list[str]:
    hidden = any(each.name in state.hidden() for each in found.settings)
    return [*([prose.text("compared", "hidden")] if hidden else []), *found.notes]


def _take_away(here: State[DistilConfig], found: Comparison) -> None:
    """The comparison as a link and as a table."""
    config = found.b.config
    st.caption(explain.text("compared", "link"))
    st.code(page_links.full_link(config, beside=here.beside), language=None, wrap_lines=True)
    names = "-".join(side.config.fingerprint()[:8] for side in (found.a, found.b))
    text = report.table(found).to_csv(index=False)
    offers.offer(say("Comparison, CSV"), text, f"kdlab-compared-{names}.csv")
