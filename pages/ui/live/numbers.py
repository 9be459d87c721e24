"""The numbers of a run: its result in words, the charts beside the main picture, size and speed of
its networks, and what each of its stages took."""

from __future__ import annotations

import math
from statistics import fmean

import pandas as pd
import streamlit as st

from kdlab.config.schema import DistilConfig
from kdlab.events import Confusion, Regions
from kdlab.experiments.run import advice, class_advice
from kdlab.experiments.run.above_teacher import above_teacher
from kdlab.experiments.run.costs import HEAD, cost_rows
from kdlab.experiments.run.history import History, verdict_sentence
from kdlab.experiments.run.stage_costs import pays, stages
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import interval
from kdlab.measure.measures import BITS, Measure
from kdlab.translation import say
from pages.ui.charts import base
from pages.ui.charts.traces import share
from pages.ui.components.live_chart import live_chart
from pages.ui.shell import explain, images, prose
from pages.ui.shell.theme import LOOKS, TEACHER
from pages.ui.stream import watching


def numbers(view: History, config: DistilConfig | None = None) -> None:
    """The result of ``view``, of ``config``, in words and four numbers, on the test images; before
    the end, nothing."""
    finished = view.finished
    if finished is None:
        return
    gain = Gain.of(finished.gain)
    box = {"helped": st.success, "hurt": st.warning}.get(gain.verdict, st.info)
    verdict = verdict_sentence(finished, view.turns.values())
    where = say("Measured on the test {what}, curves on validation {what}.", what=say(view.noun))
    box(prose.unbroken(f"{verdict}{say(' ')}{where}"))
    for warning in advice.warnings(view, config):
        st.warning(prose.unbroken(warning), icon=":material/warning:")
    for warning in class_advice.warnings(view):
        st.warning(prose.plain(warning), icon=":material/balance:")
    if words := above_teacher(view):
        st.info(prose.unbroken(words), icon=":material/help:")
    if words := advice.by_heart(view):
        st.info(prose.unbroken(words), icon=":material/history:")
    columns = st.columns(4)
    measure = gain.measure
    known = finished.teacher_accuracy if finished.teacher_bits is None else finished.teacher_bits
    columns[0].metric(LOOKS[TEACHER].label, prose.unbroken(measure.shown(known)))
    for column, group in zip(columns[1:3], finished.groups, strict=False):
        mean, low, high = interval(group[measure.name])
        if measure.most is not None:
            low, high = share(low), share(high)
        column.metric(
            LOOKS[group["name"]].label,
            prose.unbroken(measure.shown(mean)),
            _range(measure, low, high),
            delta_color="off",
            delta_arrow="off",
            help=say(HELP[measure.name]),
        )
    if gain.verdict == "NaN":
        columns[3].metric(say("Gain"), "NaN")
        return
    columns[3].metric(
        say("Gain") if measure is not BITS else say("Gain: lower is better"),
        f"{gain.number()} {say('bits' if measure is BITS else measure.units, about='measure')}",
        f"95 %: {gain.between()}" if gain.between() else say("one seed: no interval"),
        delta_color="off",
        delta_arrow="off",
        help=say(HELP_ON_GAIN[measure.name]),
    )


HELP = {
    "accuracy": "Mean over seeds and its 95 % interval (Student's t). With few seeds the interval "
    "can reach beyond 0 or 100 %; what is shown ends there.",
    "bits": "Bits per character: how surprised the student is, on average, by what comes next; "
    "lower is better, and with 1 bit less it gives what comes twice the probability. Mean over "
    "seeds and its 95 % interval (Student's t).",
}
HELP_ON_GAIN = {
    "accuracy": "Distilled minus labels only, in percentage points: the mean of the differences, "
    "seed by seed, and its 95 % interval (Student's t).",
    "bits": "Distilled minus labels only in bits per character, lower is better: the mean of the "
    "differences, seed by seed, and its 95 % interval (Student's t).",
}


def _range(measure: Measure, low: float, high: float) -> str:
    if not math.isfinite(low):
        return say("one seed: no interval")
    return say("95 %: {low} to {high}", low=measure.number(low), high=measure.number(high))


def describe_accuracy(view: History) -> str:
    """The chart of how they learn in a sentence, for people who do not see it."""
    what, measure = say(view.noun), view.judged
    if not view.epochs:
        return say(
            "{measure} on validation {what}; no student has been trained yet",
            measure=say(measure.label),
            what=what,
        )
    found: dict[str, list[float]] = {}
    members = view.started.students if view.started else ()
    last = getattr(view.epochs[-1], measure.name)
    for (group, _), value in zip(members, last, strict=False):
        found.setdefault(group, []).append(value)
    parts = [f"{LOOKS[name].label} {measure.shown(fmean(own))}" for name, own in found.items()]
    if ready := view.teacher_ready:
        known = ready.validation_bits
        parts.append(
            f"{LOOKS[TEACHER].label} "
            f"{measure.shown(ready.validation_accuracy if known is None else known)}"
        )
    return say(
        "{measure} on validation {what} after epoch {epoch}: {values}",
        measure=say(measure.label),
        what=what,
        epoch=view.epoch,
        values=", ".join(parts),
    )


def losses(history: History | None, method: str) -> None:
    """The loss's two parts, not weighted by alpha, for a run by ``method``, a name of METHODS."""
    if history is None:
        st.caption(say("The two parts of the loss appear here while students learn."))
        return
    alts = {
        "hard": say("The hard part of the loss over epochs, both students"),
        "soft": say("The soft part of the loss over epochs, both students"),
    }
    row = [(part, base.loss_part, alt, (part, method)) for part, alt in alts.items()]
    watching.charts(row, history, 300, 2)
    st.caption(explain.text("live", "losses"))


def fidelity(history: History | None) -> None:
    """Agreement with the teacher, and the result seed by seed."""
    if history is None:
        st.caption(say("Agreement with the teacher appears here while students learn."))
        return
    left, right = st.columns(2, gap="medium")
    with left:
        watching.chart("fidelity", history, base.fidelity, _describe_fidelity, 300)
    if history.finished is not None:
        with right:
            live_chart(
                "results",
                base.results(history),
                say("Test accuracy of each seed, labels only and distilled, and of the teacher"),
                300,
            )
    st.caption(explain.text("live", "fidelity"))


def _describe_fidelity(history: History) -> str:
    return say(
        "Share of validation {what} on which the students give the teacher's answer",
        what=say(history.noun),
    )


def differences(history: History | None) -> None:
    """Examples on which the two students of the first seed answer differently."""
    if history is None:
        st.caption(say("Examples on which the two students differ appear here."))
    elif isinstance(history.picture, Regions):
        st.caption(
            say("These are points in the plane: the regions above show where the students differ.")
        )
    else:
        watching.html("differ", history, cards)


def cards(history: History) -> str:
    """One card an image on which they differ, as HTML: what it is, and what teacher and students
    say."""
    picture, started = history.picture, history.started
    if not isinstance(picture, Confusion) or started is None:
        return f"<p>{say('Examples on which the two students differ appear here.')}</p>"
    classes, shape = started.classes, started.input_shape
    body = "".join(images.card(item, classes, shape) for item in picture.differ)
    words = say(
        "After epoch {epoch} the two students of the first seed differ on {count} of {size} "
        "validation {what}; the first {shown}:",
        epoch=picture.epoch,
        count=picture.differ_count,
        size=started.validation_size,
        what=say(history.noun),
        shown=len(picture.differ),
    )
    return f'<p>{words}</p><div class="kd-cards">{body}</div>'


# -- size and speed ------------------------------------------------------------------------------


def costs(view: History | None, config: DistilConfig | None = None) -> None:
    """Accuracy, size and latency of teacher and student, as charts and as a table with ratios; of a
    run of ``config`` that is finished also what each of its stages took."""
    if view is None or (measured := view.measured) is None:
        st.caption(say("Size and latency are measured at the end of a run."))
        return
    finished = view.finished
    left, right = st.columns(2, gap="medium")
    if finished is not None:
        with left:
            live_chart(
                "size",
                base.accuracy_by_size(measured, finished),
                say("Test accuracy against number of parameters, teacher and both students"),
                300,
            )
    with right:
        live_chart(
            "latency",
            base.latency(measured),
            say("CPU latency of teacher and student, median with 10th to 90th percentile"),
            300,
        )
    st.dataframe(cost_table(view), hide_index=True, width="stretch")
    machine = prose.plain(measured.machine)
    st.caption(explain.text("live", "measured", machine=machine))
    if config is not None and finished is not None:
        stage_table(view, config)


def stage_table(view: History, config: DistilConfig) -> None:
    """What each stage of the finished run ``view`` took, and when the student has paid for it."""
    st.dataframe(effort_table(view, config), hide_index=True, width="stretch")
    words = say(
        "A step of training costs about three times as much for each {one} as an answer.",
        one=say(view.noun[:-1]),
    )
    st.caption(f"{words} {pays(view, config)}")


def effort_table(view: History, config: DistilConfig) -> pd.DataFrame:
    """Stage, FLOPs and seconds of a finished run, as texts."""
    rows = [
        (
            say(stage.name),
            "" if stage.flops is None else _mega(stage.flops),
            "" if stage.seconds is None else f"{stage.seconds:.3g}",
            stage.note,
        )
        for stage in stages(view, config)
    ]
    return pd.DataFrame(rows, columns=[say("Stage"), "MFLOPs", say("Seconds"), ""])


def _mega(count: int) -> str:
    """FLOPs in millions: what is below a hundred with three figures."""
    value = count / 1e6
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cost_table(view: History) -> pd.DataFrame:
    """Quantity, teacher, student, and how many times smaller the student is, as texts."""
    assert view.measured is not None
    return pd.DataFrame(
        cost_rows(view.measured.models, view.noun), columns=[say(word) for word in HEAD]
    )
