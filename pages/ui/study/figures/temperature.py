"""What the study of temperatures draws: a measure over T, and labels only as a band."""

from __future__ import annotations

import math

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.measure.measures import ACCURACY, BITS
from kdlab.studies import StudyHistory
from kdlab.studies.temperature import TemperatureConfig, name_of
from pages.ui.charts.arms import drawn, each_seed, stand, teacher
from pages.ui.charts.base import base_layout, log_axis
from pages.ui.charts.text import NAMED, Own, own
from pages.ui.charts.traces import Dict, course, dots, line, whiskers
from pages.ui.shell.theme import LOOKS
from pages.ui.stream import watching
from pages.ui.study import report

MEASURES = {
    "accuracy": "Test accuracy, %",
    "bits": "Bits per test character",
    "fidelity": "Fidelity: same answer as the teacher, %",
    "ece": "Calibration error, %",
}


def over_temperature(history: StudyHistory, measure: str = "") -> Dict:
    """``measure``, one of MEASURES, empty for that of the study, over T on a log axis: 95 %
    intervals over seeds, a faint dot a seed; labels only as a band,
    which T does not change. Students that learn are where they stand."""
    config = report.settings(history, TemperatureConfig)
    measure = measure or history.judged.name
    words, kind = MEASURES[measure], BITS if measure == BITS.name else ACCURACY
    found = {t: stand(history, name_of(t), measure) for t in config.temperatures}
    known = {t: drawn(kind, spread) for t, spread in found.items() if spread}
    ends = [config.temperatures[0] / 1.25, config.temperatures[-1] * 1.25]
    scale = log_axis(at=config.temperatures) | {"range": [math.log10(end) for end in ends]}
    title = f"{words.split(',')[0].split(':')[0]} over T; bars and grey band: 95 % intervals"
    layout = base_layout("Temperature T", words, title, top=52, closest=True, xaxis=scale)
    data: list[Dict] = []
    if alone := stand(history, LABELS_ONLY, measure):
        look = LOOKS[LABELS_ONLY]
        hover = Own(f"%{{y:.2f}} {kind.unit}") if kind is BITS else own(NAMED, look.short)
        shares = kind is not BITS
        data += course(ends, [alone, alone], look, look.short, width=2, hover=hover, shares=shares)
    if measure == history.judged.name:
        data += teacher(history, ends)
    look = LOOKS[DISTILLED]
    each = [(t, kind.scale * v) for t in known for v in each_seed(history, name_of(t), measure)]
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
    data.append(
        line(
            list(known),
            [mean for mean, _, _ in known.values()],
            look,
            look.short,
            width=2,
            size=10,
            hover=Own(f"T = %{{x}}: %{{y:.2f}} {kind.unit}<extra></extra>"),
            **whiskers("y", list(known.values()), look.colour),
        )
    )
    return {"data": data, "layout": layout}


def describe(history: StudyHistory, measure: str = "") -> str:
    """The chart in a sentence, for people who do not see it."""
    measure = measure or history.judged.name
    kind = BITS if measure == BITS.name else ACCURACY
    config = report.settings(history, TemperatureConfig)
    told = [
        f"T = {t:g}: {kind.shown(history.mean(name_of(t), measure)[0])}"
        for t in config.temperatures
        if name_of(t) in history.done
    ]
    return f"{MEASURES[measure]} over T on a log axis. {', '.join(told) or 'Nothing is done yet'}"


def picture(history: StudyHistory) -> None:
    """What is judged over T, and what was found."""
    until = "The slope over log₂ T and its interval appear at the end."
    with report.beside_findings("temperature", history, until):
        watching.chart("temperature_accuracy", history, over_temperature, describe, 390)


def others(history: StudyHistory) -> None:
    """Fidelity and calibration over T."""
    row = [(f"temperature_{m}", over_temperature, describe, (m,)) for m in ("fidelity", "ece")]
    watching.charts(row, history, 320, 2)
