"""What the study of temperatures draws: a measure over T, and labels only as a band."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.studies import StudyHistory
from kdlab.studies.temperature import TemperatureConfig, name_of
from pages.ui.charts.base import base_layout, log_axis
from pages.ui.charts.text import Own, own
from pages.ui.charts.traces import course, dots, level, line, percent, whiskers
from pages.ui.components.live_chart import live_chart
from pages.ui.shell.theme import LOOKS, TEACHER, Look
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
    ends = [config.temperatures[0] / 1.25, config.temperatures[-1] * 1.25]
    layout["xaxis"]["range"] = [math.log10(end) for end in ends]
    data: list[Dict] = []
    if "labels only" in history.done:
        look = LOOKS[LABELS_ONLY]
        spread, hover = history.mean("labels only", measure), _hover(look)
        data += course(ends, [spread, spread], look, look.short, width=2, hover=hover)
    if measure == "accuracy" and history.started is not None:
        look, value = LOOKS[TEACHER], 100 * history.started.teacher_accuracy
        data.append(level(ends, value, look, look.short, hover=_hover(look)))
    look = LOOKS[DISTILLED]
    each = [(t, 100 * v) for t in temperatures for v in history.values(name_of(t), measure)]
    data.append(
        dots(
            [t for t, _ in each],
            [value for _, value in each],
            look.colour,
            5,
            marker={"opacity": 0.35},
            showlegend=False,
        )
    )
    spreads = [percent(*history.mean(name_of(t), measure)) for t in temperatures]
    data.append(
        line(
            temperatures,
            [mean for mean, _, _ in spreads],
            look,
            look.short,
            width=2,
            size=10,
            hover=Own("T = %{x}: %{y:.2f} %<extra></extra>"),
            **whiskers("y", spreads, look.colour),
        )
    )
    return {"data": data, "layout": layout}


def _hover(look: Look) -> str:
    return own("{}: %{{y:.2f}} %<extra></extra>", look.short)


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
    until = "The slope over log₂ T and its interval are told at the end."
    with report.beside_findings("temperature", history, until):
        live_chart(
            over_temperature(history),
            key="chart_temperature_accuracy",
            height=390,
            alt=describe(history),
        )


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
