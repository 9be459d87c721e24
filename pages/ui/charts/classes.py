"""The charts of a finished run class by class: pure functions to Plotly figures.

Classes stand below each other, from the most frequent to the rarest, in the same places in both
lists. Recalls and shares are fractions in the tables and per cent here; intervals are 95 % over
seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.run.by_class import ByClass
from kdlab.measure.intervals import interval
from kdlab.measure.per_class import Shares
from kdlab.measure.wording import signed
from kdlab.translation import say
from pages.ui.charts.base import ZERO, base_layout, list_layout
from pages.ui.charts.colour import CIVIDIS, DARK, at, on, scale
from pages.ui.charts.text import Own, brief, lines
from pages.ui.charts.traces import Dict, Spread, bars, dots, percent, rounded, whiskers
from pages.ui.shell.prose import class_names
from pages.ui.shell.theme import LOOKS

MOST = 40
"""Classes that a list has room for; of more those that gain and lose most are shown."""
LETTERS = 18
"""Of a class's name beside a list: two lists stand side by side."""
ROOM, ROW = 110, 24
"""Pixels of a list: around its rows, and of a row."""
TOP, LEAST = 64, 240
APART = 0.17
"""By how much of a row the two students of a class stand above and below its middle."""
LESS, SAME, MORE = "#A678D8", "#EAEAEA", "#EB8A3E"
"""Purple to orange, told apart by colour-blind readers; orange is the distilled student's."""
ROOM_FOR_TEXT = 10
"""Classes up to which a cell has room for its number."""
LETTERS_OF_CELLS = 10
"""Of a class's name beside a matrix: three of them stand side by side."""
LEAST_POINTS = 5.0
"""The colours of a difference reach at least this far, so that noise does not look like a
result."""
SHARE = "#009E73"


def order(found: ByClass) -> list[int]:
    """The classes of the lists, the most frequent first; of more than MOST, half of those that
    gain most and half of those that lose most."""
    return found.shown(MOST)


def height(found: ByClass) -> int:
    """Of a list, in pixels."""
    return max(LEAST, ROOM + ROW * min(MOST, len(found.names)))


def _names(found: ByClass) -> list[str]:
    """Of each class, and of how many test examples what is said of it is."""
    names = [brief(name, LETTERS) for name in class_names(found.names)]
    return [f"{name} ({count:,})" for name, count in zip(names, found.images, strict=True)]


def _rows(layout: Dict, names: Sequence[str]) -> Dict:
    """Classes as rows that are counted from the top: two of one short name are two rows."""
    ticks = {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": list(names)}
    rows = {"automargin": True, "range": [len(names) - 0.4, -0.6], "showgrid": False}
    return layout | {"yaxis": ticks | rows | {"zeroline": False}}


def _spreads(values: tuple[Shares, Shares, Shares], rows: Sequence[int]) -> list[Spread]:
    mean, low, high = (part[list(rows)].tolist() for part in values)
    return list(zip(mean, low, high, strict=True))


def recalls(found: ByClass) -> Dict:
    """Of the test examples of each class the share that both students answer right; beside it, how
    many of the training examples are of the class."""
    rows, names = order(found), _names(found)
    what = say("Recall of each class (test examples)")
    title = what + (say(", 95 % intervals") if found.seeds > 1 else say(", one seed"))
    layout = list_layout(
        say("Answered right, %"), title, TOP, xaxis={"range": [0, 101], "domain": [0, 0.72]}
    )
    share_of = say("% of {part}", part=say(found.counted_in))
    layout |= {"xaxis2": {"title": {"text": share_of}, "domain": [0.78, 1], "rangemode": "tozero"}}
    layout |= {"showlegend": True, "legend": {"orientation": "h", "x": 0, "y": 1.0}}
    layout["legend"] |= {"yanchor": "bottom", "traceorder": "normal"}
    data: list[Dict] = []
    for group, aside in ((LABELS_ONLY, -APART), (DISTILLED, APART)):
        look = LOOKS[group]
        spreads = [percent(*spread) for spread in _spreads(found.recall[group], rows)]
        told = [
            lines(class_names(found.names)[n], f"{look.short} {_told(spread)}")
            for n, spread in zip(rows, spreads, strict=True)
        ]
        data.append(
            dots(
                [mean for mean, _, _ in spreads],
                [place + aside for place in range(len(rows))],
                look.colour,
                8,
                name=look.short,
                marker={"symbol": look.symbol},
                hovertext=told,
                hover=Own("%{hovertext}<extra></extra>"),
                **whiskers("x", spreads, look.colour, thickness=1.5, width=3),
            )
        )
    counts = found.images if found.training is None else found.training
    shares = [100 * float(found.frequent[n]) for n in rows]
    told = [
        lines(
            class_names(found.names)[n],
            say(
                "{count} {part} examples, {share} %",
                count=f"{counts[n]:,}",
                part=say(found.counted_in),
                share=f"{own:.1f}",
            ),
        )
        for n, own in zip(rows, shares, strict=True)
    ]
    share = bars(shares, [], SHARE, Own("%{hovertext}<extra></extra>"), hovertext=told)
    share |= {"y": list(range(len(rows))), "xaxis": "x2", "width": 0.6}
    share |= {
        "showlegend": True,
        "name": say("Share of {part} examples", part=say(found.counted_in)),
    }
    layout = _rows(layout, [names[n] for n in rows])
    return {"data": [*data, share], "layout": layout}


def _told(spread: Spread) -> str:
    mean, low, high = spread
    if not math.isfinite(low):
        return f"{mean:.1f} %"
    ends = say("95 %: {low} to {high}", low=f"{low:.1f}", high=f"{high:.1f}")
    return f"{mean:.1f} % ({ends})"


def gains(found: ByClass) -> Dict:
    """Distilled minus labels only in each class; what holds for all classes at once is filled."""
    rows, names, gain = order(found), _names(found), found.gains
    title = say("Gain of each class")
    title += say(", 95 % intervals") if found.seeds > 1 else say(", one seed")
    layout = list_layout(say("Points"), title, TOP, xaxis=dict(ZERO))
    look = LOOKS[DISTILLED]
    values = (gain.mean, gain.low, gain.high)
    spreads: list[Spread] = [(100 * m, 100 * lo, 100 * hi) for m, lo, hi in _spreads(values, rows)]
    sure = [bool(found.hurt[n] or found.helped[n]) for n in rows]
    told = []
    for n, (mean, low, high) in zip(rows, spreads, strict=True):
        own = [say("{points} points", points=signed(mean))]
        if math.isfinite(low):
            ends = (100 * float(gain.sure_low[n]), 100 * float(gain.sure_high[n]))
            own.append(say("95 %: {low} to {high}", low=signed(low), high=signed(high)))
            own.append(
                say(
                    "for all classes at once {low} to {high}",
                    low=signed(ends[0]),
                    high=signed(ends[1]),
                )
            )
        told.append(lines(class_names(found.names)[n], *own))
    trace = dots(
        [mean for mean, _, _ in spreads],
        list(range(len(rows))),
        look.colour,
        9,
        marker={"symbol": [look.symbol if holds else f"{look.symbol}-open" for holds in sure]},
        hovertext=told,
        hover=Own("%{hovertext}<extra></extra>"),
        **whiskers("x", spreads, look.colour, thickness=1.5, width=3),
    )
    return {"data": [trace], "layout": _rows(layout, [names[n] for n in rows])}


# -- confusion -----------------------------------------------------------------------------------


def confusion(matrix: Sequence[Sequence[int]], names: Sequence[str], title: str) -> Dict:
    """How often the examples of a class (row) are answered by each class (column), in per cent of
    the class."""
    shares = _of_rows(matrix)
    texts = [
        [on(at(CIVIDIS, value / 100), f"{value:.0f}") if value >= 0.5 else "" for value in row]
        for row in shares.tolist()
    ]
    coloured = {"colorscale": scale(CIVIDIS), "zmin": 0, "zmax": 100}
    return _heat(shares, texts, names, title, coloured, lambda value: f"{value:.1f} %")


def confusion_difference(
    plain: Sequence[Sequence[int]], distilled: Sequence[Sequence[int]], names: Sequence[str]
) -> Dict:
    """By how many points of the examples of a class (row) each answer is more or less frequent with
    distillation."""
    points = change(plain, distilled)
    reach = max(LEAST_POINTS, float(np.nan_to_num(np.abs(points)).max(initial=0.0)))
    texts = [
        [
            on(at((LESS, SAME, MORE), (value / reach + 1) / 2), signed(value, 0))
            if abs(value) >= 0.5
            else ""
            for value in row
        ]
        for row in points.tolist()
    ]
    colours = [[0, LESS], [0.5, SAME], [1, MORE]]
    coloured = {"colorscale": colours, "zmin": -reach, "zmax": reach}
    title = say("Distilled minus labels only, points")
    return _heat(
        points, texts, names, title, coloured, lambda v: say("{points} points", points=signed(v))
    )


def change(
    plain: Sequence[Sequence[int]], distilled: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """Of each class (row) and answer (column), in points; NaN of a class without examples."""
    found: NDArray[np.float64] = _of_rows(distilled) - _of_rows(plain)
    return found


def _of_rows(matrix: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Counts as per cent of their rows; NaN in a row without any."""
    counts = np.array(matrix, np.float64)
    total = counts.sum(1, keepdims=True)
    found: NDArray[np.float64] = 100 * counts / np.where(total > 0, total, np.nan)
    return found


def _heat(
    values: NDArray[np.float64],
    texts: Sequence[Sequence[str]],
    names: Sequence[str],
    title: str,
    coloured: Dict,
    said: Callable[[float], str],
) -> Dict:
    """Classes by answers, the first class on top; numbers where cells have room for them."""
    shown = class_names(names)
    hovers = [
        [
            lines(
                label,
                say("answered {answer}", answer=answer)
                + say(": ")
                + (say("no examples") if math.isnan(value) else said(value)),
            )
            for answer, value in zip(shown, row, strict=True)
        ]
        for label, row in zip(shown, values.tolist(), strict=True)
    ]
    trace: Dict = {
        "type": "heatmap",
        "z": [rounded(row) for row in values.tolist()],
        "hovertext": hovers,
        "hoverinfo": "text",
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"thickness": 10, "len": 0.95},
        **coloured,
    }
    if len(names) <= ROOM_FOR_TEXT:
        trace |= {"text": texts, "texttemplate": Own("%{text}"), "showscale": False}
        trace["textfont"] = {"size": 11, "color": DARK}
    count = len(names)
    ticks: Dict = {
        "tickmode": "array",
        "tickvals": list(range(count)),
        "ticktext": [brief(name, LETTERS_OF_CELLS) for name in shown],
        "showgrid": False,
    }
    layout = base_layout(say("Answer"), say("Class"), title, top=34, closest=True)
    layout["xaxis"] |= ticks | {"range": [-0.5, count - 0.5]}
    layout["yaxis"] |= ticks | {"range": [count - 0.5, -0.5]}
    return {"data": [trace], "layout": layout | {"dragmode": False}}


# -- calibration ---------------------------------------------------------------------------------


def calibration(told: Mapping[str, Mapping[str, Sequence[float]]]) -> Dict:
    """The calibration error of teacher and students on test examples, as trained and with a
    temperature that was fitted: an open sign above a filled one."""
    layout = list_layout(
        say("Calibration error, %"), say("Before (open) and after a fitted T"), top=34
    )
    layout["xaxis"] |= {"rangemode": "tozero"}
    data: list[Dict] = []
    for row, (name, look) in enumerate(LOOKS.items()):
        for part, aside in (("before", -APART), ("after", APART)):
            spread = percent(*interval(told[name][part]))
            data.append(
                dots(
                    [spread[0]],
                    [row + aside],
                    look.colour,
                    11,
                    marker={"symbol": look.symbol + "-open" * (part == "before")},
                    hovertext=[f"{look.label}, {say(part)}: {_told(spread)}"],
                    hover=Own("%{hovertext}<extra></extra>"),
                    **whiskers("x", [spread], look.colour, thickness=1.5),
                )
            )
    layout = _rows(layout, [look.label for look in LOOKS.values()])
    return {"data": data, "layout": layout}
