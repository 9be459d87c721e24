"""The pictures of a map: pure functions from a history to a Plotly figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kdlab.experiments.sweep import Axis, SweepHistory
from kdlab.measure.curve import NOTHING
from kdlab.measure.measures import ACCURACY, BITS, Measure
from kdlab.report.looks import BETTER, SAME, WORSE
from pages.ui.charts.base import banded, base_layout, fitted
from pages.ui.charts.colour import CIVIDIS, DARK, at, on
from pages.ui.charts.colour import scale as evenly
from pages.ui.charts.text import Own, lines
from pages.ui.charts.traces import Dict, course, note, upright
from pages.ui.shell.theme import LOOKS

ROOM_FOR_TEXT = 12
"""Columns and rows up to which a cell has room for its figures."""
BEST = "★"
"""The cell that validation chooses."""
LEAST_POINTS, LEAST_BITS = 2.0, 0.05
"""The colours reach at least this far, so that noise does not look like a result."""

MEASURES = {
    "test": ("Test accuracy", False),
    "fidelity": ("Fidelity: same answer as the teacher", False),
    "ece": ("Calibration error", True),
}
"""Measure -> title, and whether less is better; of text, "test" is bits per character."""
BITS_TITLE = "Bits per test character"


def title_of(history: SweepHistory, name: str) -> str:
    """What a measure is called."""
    return BITS_TITLE if name == "test" and history.judged is BITS else MEASURES[name][0]


def _scale(history: SweepHistory, name: str) -> Measure:
    """How numbers of a measure are shown: shares in per cent, of text bits."""
    return history.judged if name == "test" else ACCURACY


def ticks(history: SweepHistory) -> tuple[list[str], list[str]]:
    """The values along both axes, as a person writes them."""
    across, up = history.config.axes
    return (
        [shown(value) for value in history.config.along(across)],
        [shown(value) for value in history.config.along(up)],
    )


def shown(value: Any) -> str:
    """A value of an axis: 0.5, 1,000, all."""
    return value if isinstance(value, str) else f"{value:,g}"


def gains(history: SweepHistory, chosen: int | None) -> Dict:
    """Test accuracy of each cell; its colour is the difference to labels alone, the scale's zero.

    Cells that cannot be told apart from labels only are grey and carry the sign ≈, the one that
    validation chooses a star; on a map that is done, thin frames are round those that it cannot be
    told apart from. The one that is looked at has a thick frame. What is said of a cell when one
    points at it are its figures; while its students learn, what the figures in it are.
    """
    found = history.difference("test")
    mean, low, high = history.mean("test")
    alone = history.baseline("test").mean(axis=1)
    clear = found.clear
    equals = history.plateau if history.complete else []
    judged, name = history.judged, title_of(history, "test").lower()
    texts: list[str] = []
    hovers: list[str] = []
    for cell in range(len(mean)):
        if math.isnan(mean[cell]):
            texts.append("")
            hovers.append(lines(where(history, cell), "nothing yet, or its loss became NaN"))
            continue
        value = judged.number(mean[cell])
        points = judged.difference(found.mean[cell])
        around = _spread(found.low[cell], found.high[cell], judged.difference)
        texts.append(lines(value, points if clear[cell] else "≈"))
        if not learned(history, cell):
            figures = f"{name} {value} {judged.unit}, difference {points} {judged.units}"
            of = f"% of the test {history.noun}" if judged is ACCURACY else BITS_TITLE.lower()
            words = f"{of}, and {judged.units} against labels only"
            hovers.append(_so_far(history, cell, figures, words))
            continue
        perplexity = f", perplexity {2 ** mean[cell]:.1f}" if judged is BITS else ""
        told = [
            where(history, cell),
            f"{name} {value} {judged.unit}{_spread(low[cell], high[cell], judged.number)}"
            f"{perplexity}",
            f"labels only {judged.shown(alone[cell])}",
            f"difference {points} {judged.units}{around}",
            f"n = {history.config.seeds} seeds",
        ]
        if not clear[cell]:
            told.append("≈ cannot be told apart from labels only")
        if cell in equals:
            told.append(f"within the 95 % interval of {BEST} on validation {history.noun}")
        hovers.append(lines(*told))
    # A colour is a claim: where none can be made there is none.
    pairs = zip(found.mean.tolist(), clear.tolist(), strict=True)
    worth = judged.scale * judged.better(1.0)
    colours = [worth * v if sure or math.isnan(v) else 0.0 for v, sure in pairs]
    least = LEAST_POINTS if judged is ACCURACY else LEAST_BITS
    reach = max([least, *(abs(c) for c in colours if not math.isnan(c))])
    scale = {
        "colorscale": [[0, WORSE], [0.5, SAME], [1, BETTER]],
        "zmin": -reach,
        "zmax": reach,
        "colorbar": _bar(
            lines("points against", "labels only")
            if judged is ACCURACY
            else lines("bits less than", "labels only")
        ),
    }
    figure = _heat(history, colours, texts, hovers, scale)
    figure["layout"]["title"]["text"] = (
        "Test accuracy, %, and what the teacher adds to it"
        if judged is ACCURACY
        else f"{BITS_TITLE}, and what the teacher saves"
    )
    thin = [_frame(history, cell, PLATEAU) for cell in equals]
    figure["layout"]["shapes"] = thin + ([] if chosen is None else [_frame(history, chosen)])
    best = history.best
    figure["layout"]["annotations"] = [] if best is None else [_star(history, best)]
    return figure


def measure(history: SweepHistory, name: str, chosen: int | None) -> Dict:
    """One of MEASURES as it is, in per cent, light where it is good."""
    title, how = title_of(history, name), _scale(history, name)
    less = MEASURES[name][1] or how.less
    mean, low, high = history.mean(name)
    alone = history.baseline(name).mean(axis=1)
    values = [how.scale * v for v in mean.tolist()]
    colours, (least, most) = CIVIDIS[::-1] if less else CIVIDIS, _ends(values)
    texts = [
        ""
        if math.isnan(v)
        else on(at(colours, (v - least) / (most - least)), f"{v:.{how.digits}f}")
        for v in values
    ]
    hovers = [
        lines(
            where(history, cell),
            f"{title.lower()} {how.number(v, 2)} {how.unit}"
            f"{_spread(low[cell], high[cell], how.number)}",
            f"labels only {how.number(alone[cell], 2)} {how.unit}",
            f"n = {history.config.seeds} seeds",
        )
        if learned(history, cell)
        else _so_far(
            history,
            cell,
            f"{title.lower()} {how.number(v, 2)} {how.unit}",
            f"{title.lower()}, {how.unit}",
        )
        for cell, v in enumerate(mean)
    ]
    scale = {
        "colorscale": evenly(colours),
        "zmin": least,
        "zmax": most,
        "colorbar": _bar(how.unit),
    }
    figure = _heat(history, values, texts, hovers, scale)
    figure["layout"]["title"]["text"] = f"{title}, %" if how is ACCURACY else title
    figure["layout"]["shapes"] = [] if chosen is None else [_frame(history, chosen)]
    return figure


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Where a scale begins and ends: at the least and the greatest of what is known."""
    known = [v for v in values if not math.isnan(v)] or [0.0]
    return min(known), max(max(known), min(known) + 0.1)


def learned(history: SweepHistory, cell: int) -> bool:
    """Whether the students of the cell have all epochs behind them."""
    return history.epoch(cell) >= history.config.epochs


def _so_far(history: SweepHistory, cell: int, figures: str, words: str) -> Own:
    """Of a cell that learns: its ``figures``, or what they are where they stand in the cell itself.
    They change with every epoch, and need not be sent twice."""
    return lines(where(history, cell), "so far:", words if _roomy(history) else figures)


def where(history: SweepHistory, cell: int) -> str:
    """The cell in words: "Temperature T 4, Weight α 0.5"."""
    (across, up), (xs, ys) = history.config.axes, ticks(history)
    row, column = divmod(cell, history.shape[1])
    return f"{up.label} {ys[row]}, {across.label} {xs[column]}"


def slice_along(history: SweepHistory, axis: Axis, cell: int | None, name: str = "test") -> Dict:
    """A row or a column of the map: the measure over ``axis``, through ``cell``, with 95 % bands;
    beside it labels alone. Empty where there is no cell yet."""
    title, how = title_of(history, name), _scale(history, name)
    if cell is None:
        title = banded(title, history.config.seeds)
        layout = base_layout(axis.label, how.unit, title, xaxis={"type": "category"})
        return {"data": [], "layout": layout}
    across, up = history.config.axes
    row, column = divmod(cell, history.shape[1])
    columns = history.shape[1]
    if axis is across:
        cells, fixed, at = range(row * columns, (row + 1) * columns), up, ticks(history)[1][row]
        mark = column
    else:
        cells = range(column, history.shape[0] * columns, columns)
        fixed, at, mark = across, ticks(history)[0][column], row
    names = [shown(value) for value in history.config.along(axis)]
    title = banded(f"{title} at {fixed.label} {at}", history.config.seeds)
    layout = base_layout(axis.label, how.unit, title, xaxis={"type": "category"})
    data: list[Dict] = []
    places = list(cells)
    for group, (mean, low, high) in (
        ("labels only", history.mean(name, alone=True)),
        ("distilled", history.mean(name)),
    ):
        spreads = zip(
            mean[places].tolist(), low[places].tolist(), high[places].tolist(), strict=True
        )
        data += _lines(group, names, spreads, shares=how is ACCURACY)
    layout["shapes"] = [upright(mark, colour="rgba(128,128,128,0.8)")]
    return {"data": data, "layout": layout}


def curves(history: SweepHistory, cell: int | None) -> Dict:
    """Test accuracy over epochs: the cell, where there is one, and the labels-only student beside
    it."""
    epochs = {"range": [0, history.config.epochs]}
    how = history.judged
    title = banded(f"{title_of(history, 'test')} over epochs", history.config.seeds)
    found = {} if cell is None else history.curve(cell, "test")
    over = cell is not None and learned(history, cell)
    ends = [curve.spreads[-1] for curve in found.values() if over and len(curve)]
    yaxis = fitted("%", ends) if how is ACCURACY else {}
    layout = base_layout("Epoch", how.unit, title, xaxis=epochs, yaxis=yaxis)
    data: list[Dict] = []
    for group in ("labels only", "distilled"):
        curve = found.get(group, NOTHING)
        data += _lines(group, curve.epochs.tolist(), curve.spreads, shares=how is ACCURACY)
    return {"data": data, "layout": layout}


def _lines(
    group: str, x: list[Any], spreads: Iterable[tuple[float, ...]], *, shares: bool
) -> list[Dict]:
    """A line and its band, ``shares`` in per cent; markers where they have room."""
    look = LOOKS[group]
    return course(x, spreads, look, look.short, shares=shares, size=7 if len(x) <= 32 else 0)


def _heat(
    history: SweepHistory,
    values: list[float],
    texts: Sequence[str],
    hovers: Sequence[str],
    scale: Dict,
) -> Dict:
    rows, columns = history.shape
    (across, up), (xs, ys) = history.config.axes, ticks(history)

    def grid(flat: Sequence[Any]) -> list[Sequence[Any]]:
        return [flat[row * columns : (row + 1) * columns] for row in range(rows)]

    numbers = [None if math.isnan(v) else round(v, 3) for v in values]
    trace: Dict = {
        "type": "heatmap",
        "x": xs,
        "y": ys,
        "z": grid(numbers),
        "hovertext": grid(hovers),
        "hoverinfo": "text",
        "xgap": 2,
        "ygap": 2,
        **scale,
    }
    if _roomy(history):
        trace["text"] = grid(texts)
        trace["texttemplate"] = Own("%{text}")
        trace["textfont"] = {"size": 12, "color": DARK}
    layout = base_layout(
        across.label, up.label, top=34, closest=True, xaxis=_names(xs), yaxis=_names(ys)
    ) | {"dragmode": False}
    return {"data": [trace], "layout": layout}


def _names(values: Sequence[str]) -> Dict:
    """An axis with all its values, also before there is a cell."""
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": list(values),
        "range": [-0.5, len(values) - 0.5],
        "showgrid": False,
    }


def _roomy(history: SweepHistory) -> bool:
    """Whether a cell has room for its figures."""
    return max(history.shape) <= ROOM_FOR_TEXT


def _bar(title: str) -> Dict:
    return {"title": {"text": title, "font": {"size": 11}}, "thickness": 12, "len": 0.95}


LOOKED_AT = {"width": 3, "color": LOOKS["teacher"].colour}
PLATEAU = {"width": 1, "color": DARK}


def _frame(history: SweepHistory, cell: int, line: Dict = LOOKED_AT) -> Dict:
    row, column = divmod(cell, history.shape[1])
    return {
        "type": "rect",
        "x0": column - 0.47,
        "x1": column + 0.47,
        "y0": row - 0.47,
        "y1": row + 0.47,
        "line": line,
    }


def _star(history: SweepHistory, cell: int) -> Dict:
    row, column = divmod(cell, history.shape[1])
    font = {"size": 15, "color": DARK}
    return note(column + 0.34, row + 0.3, BEST, font=font, captureevents=False)


def _spread(low: float, high: float, number: Callable[[float], str]) -> str:
    """The interval in words; nothing where there is none."""
    return "" if math.isnan(low) else f" (95 %: {number(low)} to {number(high)})"


def describe(history: SweepHistory) -> str:
    """The map in a sentence, for people who do not see it."""
    rows, columns = history.shape
    across, up = history.config.axes
    title = title_of(history, "test")
    said = f"{title} map: {columns} values of {across.label} by {rows} of {up.label}."
    best = history.best
    if best is None:
        return f"{said} Nothing is trained yet."
    return (
        f"{said} Best on validation {history.noun}: {where(history, best)}, "
        f"{history.gain(best).amount()} against labels only on test {history.noun}."
    )
