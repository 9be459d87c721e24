"""Size and speed of a run's networks, and what each of its stages took."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.history import History
from kdlab.experiments.run.stage_costs import break_even, stages
from pages.ui.charts import base
from pages.ui.components.live_chart import live_chart
from pages.ui.shell import prose


def costs(view: History, config: DistilConfig | None = None) -> None:
    """Accuracy, size and latency of teacher and student, as charts and as a table with ratios; of a
    run of ``config`` that is finished also what each of its stages took."""
    measured, finished = view.measured, view.finished
    if measured is None:
        st.caption("Size and latency are measured at the end of a run.")
        return
    left, right = st.columns(2, gap="medium")
    if finished is not None:
        with left:
            live_chart(
                base.accuracy_by_size(measured, finished),
                key="chart_size",
                height=300,
                alt="Test accuracy against number of parameters, teacher and both students",
            )
    with right:
        live_chart(
            base.latency(measured),
            key="chart_latency",
            height=300,
            alt="CPU latency of teacher and student, median with 10th to 90th percentile",
        )
    st.dataframe(cost_table(view), hide_index=True, width="stretch")
    st.caption(
        f"Measured on {prose.plain(measured.machine)}. Latency is the median, in brackets the 10th "
        "to the 90th percentile; bytes are 32-bit weights on disk."
    )
    if config is not None and finished is not None:
        efforts(view, config)


def efforts(view: History, config: DistilConfig) -> None:
    """What each stage of the finished run ``view`` took, and when the student has paid for it."""
    st.dataframe(effort_table(view, config), hide_index=True, width="stretch")
    count = break_even(view, config)
    paid = (
        "The student answers no cheaper than the teacher: it never pays for its training."
        if count is None
        else f"After {count:,} answers instead of the teacher's the student has paid for its own "
        "training and for the answers it learned from; the teacher's training comes first in any "
        "case."
    )
    st.caption(f"A step of training counts three forward passes an image. {paid}")


def effort_table(view: History, config: DistilConfig) -> pd.DataFrame:
    """Stage, FLOPs and seconds of a finished run, as texts."""
    rows = [
        (
            stage.name,
            "" if stage.flops is None else _mega(stage.flops),
            "" if stage.seconds is None else f"{stage.seconds:.3g}",
            stage.note,
        )
        for stage in stages(view, config)
    ]
    return pd.DataFrame(rows, columns=["Stage", "MFLOPs", "Seconds", ""])


def _mega(count: int) -> str:
    """FLOPs in millions: what is below a hundred with three figures."""
    value = count / 1e6
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cost_table(view: History) -> pd.DataFrame:
    """Quantity, teacher, student, and how many times smaller the student is, as texts."""
    assert view.measured is not None
    teacher, student = (view.measured.models[name] for name in ("teacher", "student"))
    rows = [("Architecture", teacher["architecture"], student["architecture"], "")]
    for key, words in (
        ("parameters", "Parameters"),
        ("bytes", "Bytes on disk"),
        ("flops_per_image", "FLOPs per image"),
    ):
        rows.append(
            (words, f"{teacher[key]:,}", f"{student[key]:,}", _times(teacher[key], student[key]))
        )
    for size, spread in teacher["latency_ms"].items():
        other = student["latency_ms"][size]
        rows.append(
            (
                f"Milliseconds, batch of {size}",
                _spread(spread),
                _spread(other),
                _times(spread["median"], other["median"]),
            )
        )
    return pd.DataFrame(rows, columns=["", "Teacher", "Student", "Teacher / student"])


def _times(teacher: float, student: float) -> str:
    return f"{teacher / student:,.1f}x" if student else ""


def _spread(found: dict[str, float]) -> str:
    return f"{found['median']:.3f} ({found['low']:.3f} to {found['high']:.3f})"
