"""The pictures of a search: pure functions from a history to a Plotly figure."""

from __future__ import annotations

from typing import Any

from kdlab.experiments.search.history import SearchHistory
from kdlab.experiments.search.judged import mean, measure_in, worth
from kdlab.experiments.search.words import FAR, PARAMETERS
from kdlab.measure.measures import ACCURACY
from kdlab.methods import METHODS
from pages.ui.charts.base import base_layout, list_layout, log_axis
from pages.ui.charts.text import Own, lines
from pages.ui.charts.traces import Dict, bars, dots, line
from pages.ui.shell.theme import CLASS_COLOURS, LOOKS

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "cross")
SIZES = {
    "parameters": "Parameters of the student",
    "latency_ms": "CPU milliseconds for one {one}",
    "flops_per_image": "FLOPs for one {one}",
    "bytes": "Bytes on disk",
}


def _mean(row: Dict) -> float:
    """By what a trial is judged, over its seeds: per cent, or bits."""
    return measure_in([row]).scale * mean(row)


def _axis(history: SearchHistory) -> str:
    accuracy = history.judged is ACCURACY
    return "Validation accuracy, %" if accuracy else f"{history.judged.label}, validation"


def _size(history: SearchHistory, size: str) -> str:
    """What an axis of sizes is called."""
    return SIZES[size].format(one=history.noun[:-1])


def _frame(history: SearchHistory, rows: list[Dict]) -> Dict:
    """The range of the y axis, where it is not for Plotly to find."""
    if not rows:  # a frame that says what will stand in it
        return {"range": [0, 101] if history.judged is ACCURACY else [0, 8]}
    near = [_mean(row) for row in rows if _mean(row) <= FAR]
    if history.judged is ACCURACY or len(near) in (0, len(rows)):
        return {}
    room = 0.06 * (max(near) - min(near)) or 0.5
    return {"range": [min(near) - room, max(near) + room]}


def _words(row: Dict) -> str:
    temperature = "" if row["temperature"] is None else f", T {row['temperature']:.2g}"
    pruned = [] if row["state"] == "complete" else [f"stopped early, after {row['epochs']} epochs"]
    return lines(
        f"trial {row['number']}: {row['student']}",
        f"{METHODS[row['method']].label}{temperature}, α {row['alpha']:.2f}",
        f"{row['parameters']:,} parameters, {row['latency_ms']:.3f} ms",
        *_as_int8(row),
        f"validation {_mean(row):.2f} {measure_in([row]).unit} (n = {len(row['accuracy'])} seeds)",
        *pruned,
    )


def _as_int8(row: Dict) -> list[str]:
    if "int8_bytes" not in row:
        return []
    return [f"as int8 {row['int8_bytes']:,} bytes, {row['int8_latency_ms']:.3f} ms"]


def trials(history: SearchHistory, size: str = "parameters") -> Dict:
    """Validation accuracy of each trial, of text bits per character, against its ``size`` (log),
    and the Pareto front."""
    sizes = log_axis(counts=size != "latency_ms")
    top = 48  # two lines of legend
    words, frame = _size(history, size), _frame(history, history.trials)
    layout = base_layout(words, _axis(history), top=top, closest=True, xaxis=sizes, yaxis=frame)
    pruned = [row for row in history.trials if row["state"] != "complete"]
    done = [row for row in history.trials if row["state"] == "complete"]
    data = [_points(pruned, size, "Stopped early", "rgba(128,128,128,0.45)", "x-thin-open", 7)]
    for n, method in enumerate(dict.fromkeys(row["method"] for row in done)):
        own = [row for row in done if row["method"] == method]
        colour = (CLASS_COLOURS[0], CLASS_COLOURS[2], CLASS_COLOURS[3])[n % 3]
        data.append(_points(own, size, METHODS[method].label, colour, SYMBOLS[n % 6], 9))
    on_front = _steps(done, size)
    steps = [row[size] for row in on_front], [_mean(row) for row in on_front]
    data.append(_stairs(*steps, "Best for its size (Pareto front)"))
    best = [] if history.best is None else [history.best]
    data.append(_points(best, size, "Best so far", LOOKS["distilled"].colour, "star", 16))
    for trace in data:
        trace["showlegend"] = bool(trace["x"])
    return {"data": data, "layout": layout}


def _steps(done: list[Dict], size: str) -> list[Dict]:
    """Trials that no smaller or equal one beats, from small to large."""
    found: list[Dict] = []
    for row in sorted(done, key=lambda r: (r[size], -worth(r))):
        if not found or worth(row) > worth(found[-1]):
            found.append(row)
    return found


def _points(found: list[Dict], size: str, name: str, colour: str, symbol: str, width: int) -> Dict:
    return dots(
        [row[size] for row in found],
        [_mean(row) for row in found],
        colour,
        width,
        marker={"symbol": symbol, "line": {"width": 1}},
        name=name,
        hovertext=[_words(row) for row in found],
        hoverinfo="text",
    )


def _stairs(x: list[Any], y: list[float], name: str) -> Dict:
    """The best so far as steps; one points at the trials, not at the line."""
    look = LOOKS["distilled"]
    steps = line(x, y, look, name, hover=None)
    steps["line"]["shape"] = "hv"
    return steps


def progress(history: SearchHistory) -> Dict:
    """The best validation accuracy so far, of text the fewest bits, trial by trial."""
    done = [row for row in history.trials if row["state"] == "complete"]
    frame = _frame(history, done) if done else {}
    title = "The best so far"
    layout = base_layout("Trials", _axis(history), title, closest=True, yaxis=frame)
    layout["showlegend"] = False
    so_far: list[float] = []
    better = min if history.judged.less else max
    for row in done:
        so_far.append(better([*so_far[-1:], _mean(row)]))
    numbers = [row["number"] + 1 for row in done]
    data = [
        _points(done, "number", "Trial", CLASS_COLOURS[0], "circle", 7) | {"x": numbers},
        _stairs(numbers, so_far, "The best so far"),
    ]
    return {"data": data, "layout": layout}


def importance(history: SearchHistory) -> Dict:
    """Which of the searched settings set the better trials apart."""
    found = history.finished.importance if history.finished else {}
    layout = list_layout("Share, %", "Which settings mattered (PED-ANOVA)")
    names = [PARAMETERS.get(name, name) for name in found]
    hover = Own("%{y}: %{x:.0f} %<extra></extra>")
    shares = [100 * share for share in found.values()]
    return {"data": [bars(shares, names, LOOKS["teacher"].colour, hover)], "layout": layout}


def of_optuna(figure: Dict) -> Dict:
    """A figure that Optuna drew: its hover templates are its own, its texts are names, and its
    logarithmic axes are labelled like the lab's."""
    for trace in figure["data"]:
        for key in ("hovertemplate", "texttemplate"):
            if isinstance(trace.get(key), str):
                trace[key] = Own(trace[key])
    for axis in figure["layout"].values():
        if isinstance(axis, dict) and axis.get("type") == "log":
            axis |= log_axis()
    return figure


def describe(history: SearchHistory) -> str:
    """The picture in a sentence, for people who do not see it."""
    best = history.best
    said = f"Trials of a search: {len(history.trials)} so far."
    if best is None:
        return said
    judged = history.judged
    of = (
        f"of the validation {history.noun}" if judged is ACCURACY else "per character on validation"
    )
    return (
        f"{said} The best is {best['student']} with {best['parameters']:,} parameters, "
        f"{judged.shown(mean(best))} {of}."
    )
