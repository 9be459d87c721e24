"""What the study of temperatures draws: a measure over T, and labels only as a band."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.studies import StudyHistory, find
from kdlab.studies.temperature import TemperatureConfig, name_of
from pages.ui.charts.base import base_layout, log_axis, share
from pages.ui.charts.text import Own, own
from pages.ui.components.live_chart import live_chart
from pages.ui.shell.theme import LOOKS, TEACHER
from pages.ui.study import report

Dict = dict[str, Any]

MEASURES = {
    "accuracy": "Test accuracy, %",
    "fidelity": "Fidelity: same answer as the teacher, %",
    "ece": "Calibration error, %",
}


def over_temperature(history: StudyHistory, measure: str = "accuracy") -> Dict:
    """``measure``, one of MEASURES, over T on a log axis: 95 % intervals over seeds, a faint dot a
    seed; labels only as a band, which T does not change."""
    config = history.config
    assert isinstance(config, TemperatureConfig)
    words = MEASURES[measure]
    layout = base_layout("Temperature T", words, f"{words.split(',')[0].split(':')[0]} over T")
    layout["margin"]["t"] = 52
    layout["hovermode"] = "closest"
    temperatures = [t for t in config.temperatures if name_of(t) in history.done]
    layout["xaxis"] |= log_axis(at=config.temperatures)
    first, last = config.temperatures[0] / 1.25, config.temperatures[-1] * 1.25
    layout["xaxis"]["range"] = [math.log10(first), math.log10(last)]
    data: list[Dict] = []
    if "labels only" in history.done:
        data += _flat(history, measure, first, last)
    if measure == "accuracy" and history.started is not None:
        data.append(_line(TEACHER, first, last, 100 * history.started.teacher_accuracy))
    look = LOOKS[DISTILLED]
    dots = [(t, 100 * v) for t in temperatures for v in history.values(name_of(t), measure)]
    data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [t for t, _ in dots],
            "y": [v for _, v in dots],
            "marker": {"color": look.colour, "size": 5, "opacity": 0.35},
            "showlegend": False,
            "hoverinfo": "skip",
        }
    )
    means = [history.mean(name_of(t), measure) for t in temperatures]
    ends = [(m, share(lo), share(hi)) if math.isfinite(lo) else (m, m, m) for m, lo, hi in means]
    data.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": look.short,
            "x": temperatures,
            "y": [100 * m for m, _, _ in ends],
            "error_y": {
                "type": "data",
                "array": [100 * (hi - m) for m, _, hi in ends],
                "arrayminus": [100 * (m - lo) for m, lo, _ in ends],
                "color": look.colour,
            },
            "line": {"color": look.colour, "dash": look.dash, "width": 2},
            "marker": {"color": look.colour, "symbol": look.symbol, "size": 10},
            "hovertemplate": Own("T = %{x}: %{y:.2f} %<extra></extra>"),
        }
    )
    return {"data": data, "layout": layout}


def _flat(history: StudyHistory, measure: str, first: float, last: float) -> list[Dict]:
    mean, low, high = history.mean("labels only", measure)
    line = _line(LABELS_ONLY, first, last, 100 * mean)
    if not math.isfinite(low):
        return [line]
    top, bottom = 100 * share(high), 100 * share(low)
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": [first, last, last, first],
        "y": [top, top, bottom, bottom],
        "fill": "toself",
        "fillcolor": LOOKS[LABELS_ONLY].faded(0.2),
        "line": {"width": 0},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    return [band, line]


def _line(who: str, first: float, last: float, value: float) -> Dict:
    look = LOOKS[who]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": look.short,
        "x": [first, last],
        "y": [value, value],
        "line": {"color": look.colour, "dash": look.dash, "width": 2},
        "hovertemplate": own("{}: %{{y:.2f}} %<extra></extra>", look.short),
    }


def describe(history: StudyHistory, measure: str = "accuracy") -> str:
    """The chart in a sentence, for people who do not see it."""
    config = history.config
    assert isinstance(config, TemperatureConfig)
    told = [
        f"T = {t:g}: {100 * history.mean(name_of(t), measure)[0]:.1f} %"
        for t in config.temperatures
        if name_of(t) in history.done
    ]
    return f"{MEASURES[measure]} over T on a log axis. {', '.join(told) or 'Nothing is done yet'}"


def picture(history: StudyHistory) -> None:
    """Accuracy over T, and what was found."""
    left, right = st.columns([4, 3], gap="medium")
    with left:
        live_chart(
            over_temperature(history),
            key="chart_temperature_accuracy",
            height=390,
            alt=describe(history),
        )
    with right:
        report.findings(find("temperature"), history)
        if not history.finished:
            st.caption("The slope over log₂ T and its interval are told at the end.")


def others(history: StudyHistory) -> None:
    """Fidelity and calibration over T."""
    for place, measure in zip(st.columns(2, gap="medium"), ("fidelity", "ece"), strict=True):
        with place:
            live_chart(
                over_temperature(history, measure),
                key=f"chart_temperature_{measure}",
                height=320,
                alt=describe(history, measure),
            )
