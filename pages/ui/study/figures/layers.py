"""What the study of layers draws: the loss of every compared pair of layers over epochs."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from kdlab.studies import StudyHistory, find
from kdlab.studies.layers import LayersConfig
from pages.ui.charts import arms as study_charts
from pages.ui.charts.base import base_layout, log_axis
from pages.ui.charts.text import Own
from pages.ui.charts.traces import Dict, line
from pages.ui.stream import watching
from pages.ui.study import report

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "hexagon", "pentagon")


def of_layers(history: StudyHistory) -> Dict:
    """The loss of each pair of layers, before its method's weight, as a share of what it was when
    it was first told: hints and attention come in units of their own."""
    config = report.settings(history, LayersConfig)
    title = "Loss of each pair of layers"
    layout = base_layout("Epoch", "Share of its first value", title, under=-0.18, yaxis=log_axis())
    data: list[Dict] = []
    for name, look in study_charts.looks(history).items():
        told = [e for e in history.epochs(name) if e.layers]
        for n, pair in enumerate(config.pairs):
            if not told or n >= len(told[0].layers) or not told[0].layers[n] > 0:
                continue
            first = told[0].layers[n]
            data.append(
                line(
                    [e.epoch for e in told],
                    [e.layers[n] / first for e in told],
                    replace(look, dash=DASHES[n], symbol=SYMBOLS[n]),
                    f"{look.label} {pair.replace(':', ' ← ')}",
                    size=6,
                    hover=Own("%{customdata:.3g}"),
                    customdata=[e.layers[n] for e in told],
                )
            )
    return {"data": data, "layout": layout}


def describe(history: StudyHistory) -> str:
    """The chart in a sentence, for people who do not see it."""
    told = [
        f"{trace['name']} falls to {100 * trace['y'][-1]:.0f} %"
        for trace in of_layers(history)["data"]
    ]
    return f"Loss of each pair of layers over epochs. {', '.join(told) or 'Nothing is known yet'}"


def picture(history: StudyHistory) -> None:
    """Losses of layers, results and findings."""
    left, right = st.columns([4, 3], gap="medium")
    with left:
        watching.chart("layers_losses", history, of_layers, describe, 390)
    with right:
        study = find("layers")
        height = 90 + 36 * max(report.arms(history, study), 2)
        results, described = study_charts.results, study_charts.describe
        watching.chart("layers_results", history, results, described, height)
        report.findings(study, history)


def accuracies(history: StudyHistory) -> None:
    """Test accuracy of every arm over epochs."""
    report.curves(history, "layers_accuracy", 340)
