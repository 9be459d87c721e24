"""What the pipeline draws: its four stages in a row, and the curves as far as each stage knows.

Before the last stage nobody has seen the test images; so only that stage shows them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.measure.measures import ACCURACY, BITS
from kdlab.studies import StudyHistory, find
from kdlab.studies.pipeline import PipelineConfig
from pages.ui.charts.arms import COLOURS, CURVES
from pages.ui.charts.base import base_layout, cut_words
from pages.ui.charts.traces import Dict, course, level, upright
from pages.ui.shell import explain
from pages.ui.shell.theme import LOOKS, TEACHER, Look
from pages.ui.stream import watching
from pages.ui.study import report

STAGES = ("Train big", "Distil", "Fine-tune", "Test")
HALF = Look(COLOURS[2], "dash", "triangle-up", "Fine-tuned on half", "On half", COLOURS[2])


@dataclass(frozen=True)
class Thread:
    """One way through the stages: the arm of stage ``stage`` (from 1) and how it is drawn."""

    arm: str
    look: Look
    stage: int


THREADS = (
    Thread("labels only", LOOKS[LABELS_ONLY], 2),
    Thread("distilled", LOOKS[DISTILLED], 2),
    Thread("labels tuned", LOOKS[LABELS_ONLY], 3),
    Thread("tuned", LOOKS[DISTILLED], 3),
    Thread("half", HALF, 3),
)


def stage_words(history: StudyHistory, stage: int) -> str:
    """A stage with its number and what it came to: on validation, of the last stage on test."""
    name = f"{stage} {STAGES[stage - 1]}"
    if stage == 1:
        known = history.teacher_value
        value, told = math.nan if known is None else known, "test"
    else:
        arm = "distilled" if stage == 2 else "tuned"
        measure = history.judged.name if stage == 4 else history.chooses
        value = history.mean(arm, measure)[0]
        told = "test" if stage == 4 else "validation"
    return name if math.isnan(value) else f"{name} · {history.judged.shown(value)} {told}"


LEAST = 70.0
"""Per cent at which the axis begins, where all students end well above it."""


def _lowest(history: StudyHistory) -> float:
    """Where the axis begins: LEAST, or lower where a student that learns no more is near it."""
    last = [
        min(known[-1].validation)
        for arm in history.arms
        if (known := history.epochs(str(arm["name"]))) and known[-1].epoch == known[-1].epochs
    ]
    return LEAST if all(100 * value > LEAST + 5 for value in last) else 0.0


def of_stages(history: StudyHistory, stage: int) -> Dict:
    """What is judged over the epochs of distilling and then of fine-tuning, as far as ``stage``
    goes: on validation examples (thin), and in stage 4 on test examples (thick, with bands)."""
    config = report.settings(history, PipelineConfig)
    end, judged = config.epochs + config.tuning_epochs, history.judged
    on_validation, on_test = history.chooses, CURVES[judged.name]
    title = "Validation (thin) and test (thick, 95 % bands)"
    if stage < 4:
        what = "Validation accuracy" if judged is ACCURACY else "Bits per validation character"
        title = f"{what}; the test {history.noun} are not used yet"
    lowest = _lowest(history)
    words = cut_words("Correct answers, %", lowest)
    scale: Dict = {"range": [lowest, 101]}
    if judged is BITS:
        words, scale = judged.label, {"rangemode": "normal"}
    layout = base_layout(
        "Epoch: distilling, then fine-tuning",
        words,
        title,
        under=-0.24,
        xaxis={"range": [0, end]},
        yaxis=scale,
    )
    layout["shapes"] = [upright(config.epochs)]
    data: list[Dict] = []
    for thread in THREADS:
        if thread.stage > stage:
            continue
        offset = 0 if thread.stage == 2 else config.epochs
        data += _curve(history, thread, on_validation, offset, named=stage < 4)
        if stage == 4:
            data += _curve(history, thread, on_test, offset, named=True)
    known = history.teacher_value
    if known is not None and stage in (1, 4):
        data.append(level([0, end], judged.scale * known, LOOKS[TEACHER], "Teacher (test)"))
    return {"data": data, "layout": layout}


def _curve(
    history: StudyHistory, thread: Thread, measure: str, offset: int, named: bool
) -> list[Dict]:
    curve = history.curve(thread.arm, measure)
    if not len(curve):
        return []
    thick = measure == CURVES[history.judged.name]
    traces = course(
        [offset + epoch for epoch in curve.epochs.tolist()],
        curve.spreads,
        thread.look,
        f"{history.label(thread.arm)}, {'test' if thick else 'validation'}",
        shares=history.judged is ACCURACY,
        opacity=0.14,
        width=3.5 if thick else 1.5,
        showlegend=named and (thread.stage == 2 or thread.arm == "half"),
    )
    return traces if thick else traces[-1:]


def cost_words(history: StudyHistory, stage: int) -> str:
    """What a stage costs: GFLOPs and seconds of one network, or that it costs next to nothing."""
    if history.finished is None:
        return ""
    if stage == 1:
        rows = history.finished.teachers[:1]
        flops = sum(float(t["training_flops"]) for t in rows)
        seconds = sum(float(t["seconds"]) for t in rows)
        extra = 0.0
    else:
        arm = {2: "distilled", 3: "tuned"}.get(stage)
        if arm is None:
            cost = history.done["tuned"].cost
            tests = history.started.test_size if history.started else 0
            flops = cost["flops_per_image"] * tests
            return f"{flops / 1e9:.3g} GFLOPs to answer all test {history.noun} once."
        cost = history.done[arm].cost
        flops, seconds = float(cost["training_flops"]), float(cost["seconds"])
        extra = float(cost["teacher_flops"])
    told = f"{flops / 1e9:.3g} GFLOPs of training"
    told += f", {extra / 1e9:.3g} of the teacher's answers" if extra else ""
    return told + ("." if math.isnan(seconds) or not seconds else f"; {seconds:.2g} s a network.")


def picture(history: StudyHistory) -> None:
    """The stages in a row to step through, the curves, and what the chosen stage did."""
    stage = st.segmented_control(
        "Stage",
        range(1, 5),
        default=4,
        format_func=lambda n: stage_words(history, n),
        key="pipeline.stage",
        label_visibility="collapsed",
        width="stretch",
    )
    stage = 4 if stage is None else int(stage)
    left, right = st.columns([4, 3], gap="medium")
    with left:
        watching.chart("pipeline", history, of_stages, describe, 340, stage)
    with right:
        st.markdown(explain.text("studies/pipeline", f"stage {stage}"))
        if cost := cost_words(history, stage):
            st.caption(cost)
        if stage == 4:
            report.findings(find("pipeline"), history)


def describe(history: StudyHistory, stage: int) -> str:
    """The chart in a sentence, for people who do not see it."""
    shown = history.judged.shown
    told = [
        f"{history.label(t.arm)} {shown(history.mean(t.arm, history.chooses)[0])} validation"
        + (f", {shown(history.mean(t.arm)[0])} test" if stage == 4 else "")
        for t in THREADS
        if t.stage <= stage and t.arm in history.done
    ]
    what = f"{history.judged.label} over epochs up to stage {stage}"
    return f"{what}. {'; '.join(told) or 'Nothing to see yet'}"
