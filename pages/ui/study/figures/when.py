"""What "When does it help?" draws: a small panel for each thing that is varied, all with the same
scale of gains over labels only."""

from __future__ import annotations

import math

from kdlab.measure.gain import Gain
from kdlab.measure.measures import ACCURACY
from kdlab.studies import StudyHistory, find
from kdlab.studies.factors import FACTORS, Factor
from kdlab.studies.when import WhenConfig, along, panel
from pages.ui.charts.arms import gain_words
from pages.ui.charts.base import ZERO, base_layout
from pages.ui.charts.text import Own, lines, own
from pages.ui.charts.traces import Dict, line, note, whiskers
from pages.ui.shell.theme import LOOKS
from pages.ui.stream import watching
from pages.ui.study import report

COLUMNS = 3
GAP_ACROSS, GAP_UP = 0.05, 0.24
"""Between panels, as shares of the picture."""
ABOVE = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
"""Where the name of a panel stands."""
LEAST = 0.05
"""What the scale of gains spans at least, as they are kept."""
LOOK, OWN = LOOKS["distilled"], "circle-open"
"""The configuration's own value, in every panel the same students, is an open circle."""


def panels(history: StudyHistory) -> Dict:
    """The gain over labels only, in points or in bits, with its 95 % interval, over each factor."""
    config = report.settings(history, WhenConfig)
    layout = base_layout("", "", closest=True) | {"showlegend": False, "annotations": []}
    layout["margin"] |= {"t": 26, "b": 26}
    del layout["xaxis"], layout["yaxis"]
    rows = math.ceil(len(config.factors) / COLUMNS)
    columns = min(COLUMNS, len(config.factors))
    reach, of_text = _reach(history), history.judged is not ACCURACY
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
            **ZERO,
            "showticklabels": column == 0,
            "title": {
                "text": f"Gain, {history.judged.unit if of_text else 'points'}"
                if column == 0
                else ""
            },
        }
        words = own("<b>{}</b>", factor.label)
        layout["annotations"].append(note(across[0], up[1], words, **ABOVE))
        data.append(_trace(history, factor, ends))
    return {"data": data, "layout": layout}


def _part(n: int, count: int, gap: float) -> list[float]:
    """The share of the picture that the n-th of ``count`` panels takes."""
    size = (1 - gap * (count - 1)) / count
    return [n * (size + gap), n * (size + gap) + size]


def _trace(history: StudyHistory, factor: Factor, ends: str) -> Dict:
    config = report.settings(history, WhenConfig)
    points = panel(history, factor.name)
    ticks = [str(v) if v == "all" else f"{v:g}" for v, _ in points]
    gains = [gain for _, gain in points]
    scale = history.judged.scale
    spreads = [(scale * g.mean, scale * g.ends[0], scale * g.ends[1]) for g in gains]
    own = factor.value(config)
    symbols = [OWN if value == own else LOOK.symbol for value, _ in points]
    return line(
        ticks,
        [mean for mean, _, _ in spreads],
        LOOK,
        factor.label,
        width=1.5,
        hover=Own("%{text}<extra></extra>"),
        mode="lines+markers",
        marker={"color": LOOK.colour, "size": 9, "symbol": symbols},
        text=[_told(factor, tick, gain) for tick, gain in zip(ticks, gains, strict=True)],
        xaxis=f"x{ends}",
        yaxis=f"y{ends}",
        **whiskers("y", spreads, LOOK.colour, thickness=1.5),
    )


def _told(factor: Factor, tick: str, gain: Gain) -> str:
    where = f"{factor.label}: {tick} {factor.unit}".strip()
    return lines(where, *gain_words(gain), f"n = {gain.seeds} seeds")


def _reach(history: StudyHistory) -> list[float]:
    """The scale that all panels share, with room for every interval and for zero."""
    config = report.settings(history, WhenConfig)
    ends, judged = [0.0], history.judged
    for name in config.factors:
        for _, gain in panel(history, name):
            ends += [judged.scale * end for end in gain.ends if math.isfinite(end)]
    low, high = min(ends), max(ends)
    if judged is ACCURACY:
        low, high = max(low, -100.0), min(high, 100.0)
    room = 0.06 * max(high - low, LEAST * judged.scale)
    return [low - room, high + room]


def describe(history: StudyHistory) -> str:
    """The panels in words, for people who do not see them."""
    config = report.settings(history, WhenConfig)
    parts = []
    for name in config.factors:
        told = [
            f"{value} " + ("NaN" if math.isnan(gain.mean) else gain.number())
            for value, gain in panel(history, name)
        ]
        if told:
            parts.append(f"{FACTORS[name].label}: {', '.join(told)}")
    found = "; ".join(parts) or "nothing is done yet"
    return f"Gain over labels only in {history.judged.units}, one panel a setting. {found}"


def picture(history: StudyHistory) -> None:
    """All panels, as wide as the page."""
    watching.chart("when", history, panels, describe, 400)
    report.findings(find("when"), history)
