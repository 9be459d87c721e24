"""The charts of a run on text: how surprised the models are, not how often they are right."""

from __future__ import annotations

import math

from kdlab.experiments.run.history import History
from kdlab.measure.curve import NOTHING
from kdlab.measure.measures import BITS
from kdlab.translation import say
from pages.ui.charts.base import GROUPS, banded, base_layout, turns
from pages.ui.charts.text import Own
from pages.ui.charts.traces import Dict, course, level, line
from pages.ui.shell.theme import LOOKS, TEACHER

HOVER = Own("%{y:.2f} bits, perplexity %{customdata:.1f}")


def perplexity(bits: float) -> float | None:
    """Among how many characters, all as likely, one would be as unsure; None where that is no
    number.

    >>> perplexity(3.0)
    8.0
    """
    found = 2.0**bits if bits < 1000 else math.inf
    return round(found, 3) if math.isfinite(found) else None


def bits(history: History) -> Dict:
    """Bits per validation character over epochs; the teacher while it is trained, then a line.
    One who points at a curve also reads the perplexity."""
    look = LOOKS[TEACHER]
    axis, epochs = "Epoch", {"range": [0, 1], "showticklabels": False}
    data: list[Dict] = []
    least, most = 2.0, 5.0
    if history.epochs or (history.teacher_ready and history.started):
        epochs = {"range": [0, history.started.epochs if history.started else 1]}
        known = history.teacher_ready and history.teacher_ready.validation_bits
        if known and history.started:
            ends, words = (0, history.started.epochs), [perplexity(known)] * 2
            least = math.floor(2 * known - 0.5) / 2
            data.append(
                level(ends, known, look, look.label, width=2.5, hover=HOVER, customdata=words)
            )
        if history.started:
            most = math.log2(len(history.started.classes)) + 0.2
        curves = history.curve(BITS.name)
        for group in GROUPS:
            curve, own = curves.get(group, NOTHING), LOOKS[group]
            words = [perplexity(value) for value in curve.mean.tolist()]
            data += course(
                curve.epochs.tolist(), curve.spreads, own, own.short,
                shares=False, hover=HOVER, customdata=words,
            )  # fmt: skip
            ended = [v for v in curve.mean[-1:].tolist() if math.isfinite(v)]
            least = min([least, *(math.floor(2 * v) / 2 for v in ended)])
            most = max([most, *(v + 0.2 for v in ended)])  # who learns by heart may leave the frame
    elif history.teacher_epochs:
        axis, epochs = say("Teacher's epoch"), {"range": [0, history.teacher_epochs[0].epochs]}
        values = [e.bits or math.nan for e in history.teacher_epochs]
        told = [e.epoch for e in history.teacher_epochs]
        words = [perplexity(value) for value in values]
        data.append(
            line(told, values, look, say("Teacher, in training"), hover=HOVER, customdata=words)
        )
        told_of = [v for v in values if math.isfinite(v)]
        least, most = min([least, *told_of]), max([most, *told_of])
    seeds = len({seed for _, seed in history.started.students}) if history.started else 2
    title = banded(say("Bits per validation character: lower is better"), seeds)
    frame = {"range": [max(0.0, least), most]}
    layout = base_layout(axis, BITS.label, title, xaxis=epochs, yaxis=frame) | turns(history)
    return {"data": data, "layout": layout}
