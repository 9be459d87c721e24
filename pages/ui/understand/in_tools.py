"""The page that reads a loss of this lab in the settings of other tools: its settings and its
parts. What each tool says comes from :mod:`kdlab.tools`; nothing here knows a tool by name.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab import tools
from kdlab.config.base import setting
from kdlab.tools import FITS, TOOLS, Answer, Tool, Wish
from kdlab.tools.record import Fit
from pages.ui.shell import explain, prose
from pages.ui.shell import state as links
from pages.ui.stage import tries
from pages.ui.widgets import choices
from pages.ui.widgets import settings as controls

PAGE = "tools"
NAMES = {"tool": tools.find}
COLUMNS = ("Tool", "Can it express this?", "T there", "α there", "β there", "λ there")
ABOUT = "Which tools can express this loss, and what T, α, β and λ mean in each"
STYLE = prose.style(__file__)
SIGNS: dict[Fit, str] = {"exactly": "✓", "factor": "≈", "average": "∼", "no": "✗"}
FORMULAS = {
    "soft-targets": r"{T}^2\,\mathrm{{KL}}(p_t\,\|\,p_s)",
    "reverse-kl": r"{T}^2\,\mathrm{{KL}}(p_s\,\|\,p_t)",
    "jsd": r"{T}^2\,\big({beta}\,\mathrm{{KL}}(p_t\,\|\,m)"
    r" + {rest}\,\mathrm{{KL}}(p_s\,\|\,m)\big), \quad m = {beta}\,p_t + {rest}\,p_s",
    "total-variation": r"{T}\cdot\tfrac12\textstyle\sum|p_t - p_s|",
    "top-k": r"{T}^2\,\mathrm{{KL}}(p_t\,\|\,p_s)\ \text{{within the {k} likeliest}}",
    "top-k-truncated": r"{T}^2\textstyle\sum_{{{k}\ \text{{likeliest}}}} p_t\log(p_t/p_s)",
}
"""Divergence -> its part of the loss, in KaTeX, with room for the numbers."""


class InTools(Wish):
    """A wish, and the tool that is looked at."""

    tool: str = setting(
        "torchdistill",
        "Tool",
        "The loss is written out in this tool's settings below the table.",
        group="view",
        max_length=40,
    )


def sidebar(here: links.State[Any]) -> None:
    """The loss that is wished for, in the lab's words, and the tool."""
    if "tool" not in links.hidden():
        chosen = choices.one_of(here, "tool", TOOLS, lambda name: TOOLS[name].label)
        here.values["tool"] = chosen
    divergence = controls.control(here, "divergence")
    controls.panel(here, ("temperature", "alpha"))
    if divergence == "jsd":
        controls.control(here, "beta")
    if divergence.startswith("top-k"):
        controls.control(here, "kept")
    controls.control(here, "own")


def try_this(here: links.State[Any]) -> None:
    """What there is to try: each a whole wish and the tool to look at."""
    offered = (
        InTools(),
        InTools(tool="trl-gkd", temperature=2.0, alpha=1.0),
        InTools(tool="verl", divergence="reverse-kl", temperature=1.0, alpha=1.0, own=1.0),
        InTools(tool="ms-swift", divergence="jsd", temperature=1.0, alpha=1.0, beta=0.02),
        InTools(tool="keras"),
    )
    names = [one.name for one in prose.tries(PAGE)]
    tries.show(here, PAGE, dict(zip(names, offered, strict=True)), ".st-key-in_tools_chosen")


def formula(wish: Wish) -> str:
    """The lab's loss with the numbers of ``wish``, as Markdown."""
    numbers = {
        "T": f"{wish.temperature:g}",
        "beta": f"{wish.beta:g}",
        "rest": f"{1 - wish.beta:g}",
        "k": wish.kept,
    }
    soft = FORMULAS[wish.divergence].format(**numbers)
    hard = rf"{1 - wish.alpha:g}\;\mathrm{{CE}}(y, z_s)"
    where = rf"p = \mathrm{{softmax}}(z/{wish.temperature:g})"
    return rf"$$L = {hard} + {wish.alpha:g}\cdot {soft}, \qquad {where}$$"


def verdicts(wish: Wish) -> dict[str, Fit]:
    """Tool -> how near it comes to ``wish``."""
    return {name: tool.answer(wish).fit for name, tool in TOOLS.items()}


def table(wish: Wish, chosen: str) -> str:
    """HTML: a row a tool, whether it can say ``wish``, and what the letters mean there."""
    head = "".join(f'<th scope="col">{prose.in_html(name)}</th>' for name in COLUMNS)
    groups: dict[str, list[str]] = {"Language models": [], "Images and more": []}
    for name, fit in verdicts(wish).items():
        group = "Images and more" if TOOLS[name].texts == "none" else "Language models"
        groups[group].append(_row(TOOLS[name], fit, name == chosen))
    bodies = "".join(
        f'<tbody><tr><th scope="colgroup" colspan="{len(COLUMNS)}">{title}</th></tr>'
        f"{''.join(rows)}</tbody>"
        for title, rows in groups.items()
    )
    return (
        f'{STYLE}<div class="kd-tools" tabindex="0" role="region" aria-label="{ABOUT}">'
        f"<table><thead><tr>{head}</tr></thead>{bodies}</table></div>"
    )


def _row(tool: Tool, fit: Fit, chosen: bool) -> str:
    knobs = (tool.knobs.temperature, tool.knobs.alpha, tool.knobs.beta, tool.knobs.own)
    cells = "".join(f"<td>{prose.in_html(words)}</td>" for words in knobs)
    said = f'<td class="kd-said{" kd-no" * (fit == "no")}">{SIGNS[fit]} {FITS[fit]}</td>'
    return (
        f'<tr{" aria-current=true" * chosen}><th scope="row">{prose.in_html(tool.label)}</th>'
        f"{said}{cells}</tr>"
    )


def show_table(wish: Wish, chosen: str) -> None:
    """How many tools can say ``wish``, and which."""
    fits = list(verdicts(wish).values())
    can = len(fits) - fits.count("no")
    st.markdown(explain.text(PAGE, "who", can=can, all=len(fits)))
    st.html(table(wish, chosen))


def show_tool(tool: Tool, wish: Wish) -> None:
    """The wish in the settings of one tool, to copy, and what to look out for."""
    answer = tool.answer(wish)
    st.subheader(tool.label, anchor=False)
    st.markdown(f"{tool.about} {told(answer)}")
    notes = "\n".join(f"- {prose.plain(note)}" for note in answer.notes)
    if notes and answer.fit == "no":
        st.warning(notes, icon=":material/warning:")
    elif notes:
        st.info(notes, icon=":material/info:")
    st.code(tool.snippet(answer.values, wish), language=tool.language)
    read = "\n".join(f"- {source.told()}" for source in tool.sources)
    st.caption(f"Its defaults: {prose.plain(tool.defaults)}.\n\nRead in:\n{read}")


def told(answer: Answer) -> str:
    """How near the tool comes, as Markdown."""
    return prose.text(PAGE, answer.fit).format(
        factor=f"{answer.factor:.4g}", rate=f"{1 / answer.factor:.4g}"
    )
