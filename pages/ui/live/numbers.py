"""The numbers of a run: its result in words, and the charts beside the main picture."""

from __future__ import annotations

import math
from statistics import fmean

import streamlit as st

from kdlab.events import Confusion, Regions
from kdlab.experiments.run.history import History, verdict_sentence
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import interval
from pages.ui.charts import base
from pages.ui.charts.traces import share
from pages.ui.components.live_chart import charts_in_row, live_chart
from pages.ui.shell import images, prose
from pages.ui.shell.theme import LOOKS, TEACHER


def numbers(view: History) -> None:
    """The result in words and four numbers, on the test images; before the end, nothing."""
    finished = view.finished
    if finished is None:
        return
    gain = Gain.of(finished.gain)
    say = {"helped": st.success, "hurt": st.warning}.get(gain.verdict, st.info)
    what = base.noun(view)
    say(f"{verdict_sentence(finished)} Measured on the test {what}, curves on validation {what}.")
    columns = st.columns(4)
    columns[0].metric(LOOKS[TEACHER].label, f"{100 * finished.teacher_accuracy:.1f} %")
    for column, group in zip(columns[1:3], finished.groups, strict=False):
        mean, low, high = interval(group["accuracy"])
        column.metric(
            LOOKS[group["name"]].label,
            f"{100 * mean:.1f} %",
            _range(share(low), share(high)),
            delta_color="off",
            delta_arrow="off",
            help="Mean over seeds and its 95 % interval (Student's t). Of few seeds the interval "
            "can reach beyond 0 or 100 %; what is shown ends there.",
        )
    if gain.verdict == "NaN":
        columns[3].metric("Gain", "NaN")
        return
    columns[3].metric(
        "Gain",
        f"{gain.points()} points",
        gain.between() or "one seed: no interval",
        delta_color="off",
        delta_arrow="off",
        help="Distilled minus labels only, seed by seed; 95 % interval (Student's t).",
    )


def _range(low: float, high: float) -> str:
    if not math.isfinite(low):
        return "one seed: no interval"
    return f"95 %: {100 * low:.1f} to {100 * high:.1f}"


def describe_accuracy(view: History) -> str:
    """The accuracy chart in a sentence, for people who do not see it."""
    what = base.noun(view)
    if not view.epochs:
        return f"Accuracy on validation {what}; no student has been trained yet"
    found: dict[str, list[float]] = {}
    members = view.started.students if view.started else ()
    for (group, _), value in zip(members, view.epochs[-1].accuracy, strict=False):
        found.setdefault(group, []).append(value)
    parts = [f"{LOOKS[name].label} {100 * fmean(values):.1f} %" for name, values in found.items()]
    if view.teacher_ready:
        parts.append(f"Teacher {100 * view.teacher_ready.validation_accuracy:.1f} %")
    return f"Accuracy on validation {what} after epoch {view.epoch}: {', '.join(parts)}"


def losses(view: History, method: str) -> None:
    """The loss's two parts, not weighted by alpha, for a run by ``method``, a name of METHODS."""
    if not view.epochs:
        st.caption("The two parts of the loss appear here while students learn.")
        return
    alt = "The {} part of the loss over epochs, both students"
    parts = ("hard", "soft")
    charts_in_row([(p, base.loss_part(view, p, method), alt.format(p)) for p in parts], 300, 2)
    st.caption(
        "Means over the batches of an epoch, before alpha weighs them: L = (1 − alpha) hard + "
        "alpha soft. The student on labels only learns from the hard part alone."
    )


def fidelity(view: History) -> None:
    """Agreement with the teacher, and the result seed by seed."""
    if not view.epochs:
        st.caption("Agreement with the teacher appears here while students learn.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        live_chart(
            base.fidelity(view),
            key="chart_fidelity",
            height=300,
            alt=f"Share of validation {base.noun(view)} on which the students give the teacher's "
            "answer",
        )
    if view.finished is not None:
        with right:
            live_chart(
                base.results(view),
                key="chart_results",
                height=300,
                alt="Test accuracy of each seed, labels only and distilled, and of the teacher",
            )
    st.caption(
        "Fidelity is how often a student gives the teacher's answer, right or wrong. It is not "
        "accuracy: a student can agree with the teacher's mistakes."
    )


def differences(view: History) -> None:
    """Images on which the two students of the first seed answer differently."""
    match view.picture:
        case Confusion() as picture:
            cards(picture, view)
        case Regions():
            st.caption(
                "These are points in the plane: where the students differ is in the regions above."
            )
        case _:
            st.caption("Images on which the two students differ appear here.")


def cards(picture: Confusion, view: History) -> None:
    """One card an image: what it is, and what teacher and students say."""
    if view.started is None:
        return
    st.caption(
        f"After epoch {picture.epoch} the two students of the first seed differ on "
        f"{picture.differ_count} of {view.started.validation_size} validation images; the first "
        f"{len(picture.differ)}:"
    )
    classes, shape = prose.class_names(view.started.classes), view.started.input_shape
    body = "".join(images.card(item, classes, shape) for item in picture.differ)
    st.html(f'<div class="kd-cards">{body}</div>')
