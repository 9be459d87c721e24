"""What "When does it help?" draws: a small panel for each thing that is varied, all with the same
scale of gains over labels only."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from kdlab.measure.gain import Gain
from kdlab.measure.wording import signed
from kdlab.studies import StudyHistory, find
from kdlab.studies.factors import FACTORS, Factor
from kdlab.studies.when import WhenConfig, along, panel
from pages.ui.charts.base import base_layout
from pages.ui.charts.text import Own, lines, own
from pages.ui.components.live_chart import live_chart
from pages.ui.shell.theme import LOOKS
from pages.ui.study import report

Dict = dict[str, Any]

COLUMNS = 3
GAP_ACROSS, GAP_UP = 0.05, 0.24
"""Between panels, as shares of the picture."""
LOOK, OWN = LOOKS["distilled"], "circle-open"
"""The configuration's own value, in every panel the same students, is an open circle."""


def panels(history: StudyHistory) -> Dict:
    """The gain over labels only, in points, with its 95 % interval, over each factor."""
    config = history.config
    assert isinstance(config, WhenConfig)
    layout = base_layout("", "")
    layout |= {"showlegend": False, "hovermode": "closest", "annotations": []}
    layout["margin"] |= {"t": 26, "b": 26}
    del layout["xaxis"], layout["yaxis"]
    rows = math.ceil(len(config.factors) / COLUMNS)
    columns = min(COLUMNS, len(config.factors))
    reach = _reach(history)
    data: list[Dict] = []
    for n, name in enumerate(config.factors):
        factor, ends = FACTORS[name], "" if n == 0 else str(n + 1)
        row, column = divmod(n, columns)
        across, up = _part(column, columns, GAP_ACROSS), _part(rows - 1 - row, rows, GAP_UP)
        ticks = [str(v) if v == "all" else f"{v:g}" for v in along(config, factor)]
        layout[f"xaxis{ends}"] = {
            "domain": across,
            "anchor": f"y{ends}",
            "type": "category",
            "categoryorder": "array",
            "categoryarray": ticks,
            "range": [-0.5, len(ticks) - 0.5],
        }
        layout[f"yaxis{ends}"] = {
            "domain": up,
            "anchor": f"x{ends}",
            "range": reach,
            "zeroline": True,
            "zerolinewidth": 2,
            "zerolinecolor": "#808080",
            "showticklabels": column == 0,
            "title": {"text": "Gain, points" if column == 0 else ""},
        }
        layout["annotations"].append(
            {
                "text": own("<b>{}</b>", factor.label),
                "x": across[0],
                "y": up[1],
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
            }
        )
        data.append(_trace(history, factor, ends))
    return {"data": data, "layout": layout}


def _part(n: int, count: int, gap: float) -> list[float]:
    """The share of the picture that the n-th of ``count`` panels takes."""
    size = (1 - gap * (count - 1)) / count
    return [n * (size + gap), n * (size + gap) + size]


def _trace(history: StudyHistory, factor: Factor, ends: str) -> Dict:
    config = history.config
    assert isinstance(config, WhenConfig)
    rows = panel(history, factor.name)
    ticks = [str(v) if v == "all" else f"{v:g}" for v, _ in rows]
    gains = [gain for _, gain in rows]
    spans = [gain.ends for gain in gains]
    own = factor.value(config)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": ticks,
        "y": [100 * gain.mean for gain in gains],
        "xaxis": f"x{ends}",
        "yaxis": f"y{ends}",
        "error_y": {
            "type": "data",
            "array": [100 * (s[1] - g.mean) for s, g in zip(spans, gains, strict=True)],
            "arrayminus": [100 * (g.mean - s[0]) for s, g in zip(spans, gains, strict=True)],
            "color": LOOK.colour,
            "thickness": 1.5,
        },
        "line": {"color": LOOK.colour, "width": 1.5},
        "marker": {
            "color": LOOK.colour,
            "size": 9,
            "symbol": [OWN if v == own else LOOK.symbol for v, _ in rows],
        },
        "text": [_told(factor, tick, gain) for tick, gain in zip(ticks, gains, strict=True)],
        "hovertemplate": Own("%{text}<extra></extra>"),
    }


def _told(factor: Factor, tick: str, gain: Gain) -> str:
    told = [
        f"{factor.label}: {tick} {factor.unit}".strip(),
        f"{gain.points(2)} points",
    ]
    if gain.ci95:
        told.append(f"95 % {gain.between(2)}")
    return lines(*told, f"n = {gain.seeds} seeds")


def _reach(history: StudyHistory) -> list[float]:
    """The scale that all panels share, with room for every interval and for zero."""
    config = history.config
    assert isinstance(config, WhenConfig)
    ends = [0.0]
    for name in config.factors:
        for _, gain in panel(history, name):
            ends += [100 * end for end in gain.ends]
    low, high = max(min(ends), -100.0), min(max(ends), 100.0)
    room = 0.06 * max(high - low, 5.0)
    return [low - room, high + room]


def describe(history: StudyHistory) -> str:
    """The panels in words, for people who do not see them."""
    config = history.config
    assert isinstance(config, WhenConfig)
    parts = []
    for name in config.factors:
        told = [
            f"{value} " + ("NaN" if math.isnan(gain.mean) else signed(100 * gain.mean))
            for value, gain in panel(history, name)
        ]
        if told:
            parts.append(f"{FACTORS[name].label}: {', '.join(told)}")
    found = "; ".join(parts) or "nothing is done yet"
    return f"Gain over labels only in points, one panel a setting. {found}"


def picture(history: StudyHistory) -> None:
    """All panels, as wide as the page."""
    live_chart(panels(history), key="chart_when", height=400, alt=describe(history))
    if not history.finished:
        return
    with st.expander("In words"):
        report.findings(find("when"), history)
