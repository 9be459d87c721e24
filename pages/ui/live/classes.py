"""What a job needs beyond accuracy: the tab of a finished run that looks at it class by class."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from kdlab.events import DISTILLED, LABELS_ONLY, RunFinished
from kdlab.events.single import MANY_CLASSES
from kdlab.experiments.run import class_advice
from kdlab.experiments.run.by_class import FEW_EXAMPLES, ByClass, Judged, by_class, judged
from kdlab.experiments.run.history import History
from kdlab.measure.intervals import interval
from kdlab.measure.measures import BITS
from kdlab.measure.wording import signed
from kdlab.translation import say
from pages.ui.charts import classes as charts
from pages.ui.charts.traces import ends, percent
from pages.ui.components.live_chart import charts_in_row, live_chart
from pages.ui.shell import explain, prose
from pages.ui.shell.theme import LOOKS, TEACHER

Matrix = Sequence[Sequence[int]]
MATRIX = 330
"""Pixels of a matrix."""


def tab(history: History | None) -> None:
    """All of it; before the end, and of results from before classes were counted, a sentence."""
    found = None if history is None else by_class(history)
    if history is None or found is None or history.finished is None:
        st.caption(explain.text("classes", _missing(history)))
        return
    st.dataframe(measures_table(judged(history)), hide_index=True, width="stretch")
    st.caption(explain.text("classes", "measures"))
    st.markdown(f"**{prose.plain(class_advice.in_words(history))}**")
    _lists(found)
    with st.expander(say("All numbers of each class")):
        st.dataframe(table(found), hide_index=True, width="stretch")
        st.caption(explain.text("classes", "table"))
    _confusion(history.finished, found)
    _calibration(history.finished)


def _missing(history: History | None) -> str:
    """Why there is nothing to see: the section of the text that says so."""
    if history is not None and history.judged is BITS:
        return "of text"
    return "later" if history is None or history.finished is None else "not counted"


def measures_table(measured: list[Judged]) -> pd.DataFrame:
    """Measure, teacher, both students and the gain, as texts."""
    rows = [
        {
            say("Measure"): say(each.label),
            LOOKS[TEACHER].short: each.measure.shown(each.teacher),
            **{
                LOOKS[group].short: _spread(each.students[group])
                for group in (LABELS_ONLY, DISTILLED)
            },
            say("Distilled minus labels only, points"): each.gain.bracketed(),
        }
        for each in measured
    ]
    return pd.DataFrame(rows)


def _spread(values: list[float]) -> str:
    mean, low, high = percent(*interval(values))
    return f"{mean:.1f} %{ends(low, high)}"


def _lists(found: ByClass) -> None:
    """Recall and gain, class by class."""
    tall = charts.height(found)
    left, right = st.columns([4, 3], gap="medium")
    with left:
        live_chart("recall", charts.recalls(found), describe_recall(found), tall)
    with right:
        live_chart("class_gain", charts.gains(found), describe_gains(found), tall)
    words = prose.text("classes", "lists").format(
        classes=found.gains.compared, counted=say(found.counted_in), few=FEW_EXAMPLES
    )
    shown = len(charts.order(found))
    if shown < len(found.names):
        words += " " + prose.text("classes", "some").format(shown=shown, classes=len(found.names))
    st.caption(words)


def describe_recall(found: ByClass) -> str:
    """The list of recalls in a sentence, for people who do not see it."""
    return _described(found, say("Recall of each class, labels only and distilled"), _recalls)


def describe_gains(found: ByClass) -> str:
    """The list of gains in a sentence."""
    return _described(found, say("Gain in recall of each class, in points"), _gain)


SAID = 10
"""Classes that a description names: of more it says that they are in the table."""


def _described(found: ByClass, what: str, said: Callable[[ByClass, int], str]) -> str:
    names, rows = prose.class_names(found.names), charts.order(found)
    told = "; ".join(f"{names[n]} {said(found, n)}" for n in rows[:SAID])
    rest = say("; all others are in the table") if len(names) > SAID else ""
    return f"{what}{say(': ')}{told}{rest}"


def _recalls(found: ByClass, n: int) -> str:
    means = (100 * float(found.recall[name][0][n]) for name in (LABELS_ONLY, DISTILLED))
    return say(" and ").join(f"{mean:.1f} %" for mean in means)


def _gain(found: ByClass, n: int) -> str:
    sure = say(" (clearly)") if found.hurt[n] or found.helped[n] else ""
    return f"{signed(100 * float(found.gains.mean[n]))}{sure}"


def table(found: ByClass) -> pd.DataFrame:
    """A row a class, as numbers that can be sorted: shares in per cent, gains in points."""
    share = f"{say(found.counted_in.capitalize())}, %"
    gains = found.gains
    columns = {
        say("Class"): prose.class_names(found.names),
        share: 100 * found.frequent,
        say("Test examples"): found.images,
        LOOKS[TEACHER].short: 100 * found.recall[TEACHER][0],
        LOOKS[LABELS_ONLY].short: 100 * found.recall[LABELS_ONLY][0],
        LOOKS[DISTILLED].short: 100 * found.recall[DISTILLED][0],
        say("Gain"): 100 * gains.mean,
        say("95 % from"): 100 * gains.low,
        say("to"): 100 * gains.high,
        say("All classes: from"): 100 * gains.sure_low,
        say("to "): 100 * gains.sure_high,
    }
    rows = pd.DataFrame(columns).sort_values(share, ascending=False, kind="stable")
    return rows.round(1)


def _confusion(finished: RunFinished, found: ByClass) -> None:
    """Which class is taken for which, by both students, and the difference."""
    if not finished.confusion:
        if len(found.names) > MANY_CLASSES:
            st.caption(explain.text("classes", "too many", most=MANY_CLASSES))
        return
    st.markdown(f"**{prose.text('classes', 'which')}**")
    rows = charts.order(found)
    names = [found.names[n] for n in rows]
    told = {name: ordered(matrix, rows) for name, matrix in finished.confusion.items()}
    matrices = [
        (
            f"confusion_{name.split()[0]}",
            charts.confusion(
                told[name], names, say("{who}, % of the class", who=LOOKS[name].short)
            ),
            say(
                "{who}: answers to the test examples of each class. Most often confused: {which}",
                who=LOOKS[name].label,
                which=most_confused(told[name], names),
            ),
        )
        for name in (LABELS_ONLY, DISTILLED)
    ]
    plain, distilled = told[LABELS_ONLY], told[DISTILLED]
    matrices.append(
        (
            "confusion_difference",
            charts.confusion_difference(plain, distilled, names),
            say(
                "Distilled minus labels only, in points of the examples of each class. Changed "
                "most: {which}",
                which=changed_most(plain, distilled, names),
            ),
        )
    )
    charts_in_row(matrices, MATRIX, 3, gap="small")
    st.caption(explain.text("classes", "confusion"))


def ordered(matrix: Matrix, rows: Sequence[int]) -> list[list[int]]:
    """The same classes in another order."""
    return [[matrix[n][m] for m in rows] for n in rows]


def most_confused(matrix: Matrix, names: Sequence[str]) -> str:
    """The commonest mistake in words."""
    count, n, m = max(
        (count, -n, -m) for n, row in enumerate(matrix) for m, count in enumerate(row) if n != m
    )
    if not count:
        return say("none")
    return say(
        "{one} answered {other}, {count} times",
        one=names[-n],
        other=names[-m],
        count=f"{count:,}",
    )


def changed_most(plain: Matrix, distilled: Matrix, names: Sequence[str]) -> str:
    """The answer whose share of its class distillation changes most, in words."""
    change = np.nan_to_num(charts.change(plain, distilled))
    n, m = divmod(int(np.abs(change).argmax()), len(names))
    return say(
        "{one} answered {other}, {points} points",
        one=names[n],
        other=names[m],
        points=signed(float(change[n, m])),
    )


def _calibration(finished: RunFinished) -> None:
    """How sure they are, before and after a temperature is fitted."""
    told = finished.calibration
    if not told:
        return
    st.markdown(f"**{prose.text('classes', 'sure')}**")
    left, right = st.columns([4, 3], gap="medium")
    with left:
        means = [
            f"{LOOKS[name].label} {_spread(told[name]['before'])}, {_spread(told[name]['after'])}"
            for name in LOOKS
        ]
        alt = say(
            "Calibration error before and after a temperature is fitted: {values}",
            values="; ".join(means),
        )
        live_chart("calibration", charts.calibration(told), alt, 220)
    with right:
        st.dataframe(temperatures(finished), hide_index=True, width="stretch")
    st.caption(explain.text("classes", "calibration"))


def temperatures(finished: RunFinished) -> pd.DataFrame:
    """The fitted temperatures, mean and least to most of the seeds, as texts."""
    assert finished.calibration is not None
    rows = []
    for name, look in LOOKS.items():
        own = finished.calibration[name]["temperature"]
        ends = {"low": f"{min(own):.2f}", "high": f"{max(own):.2f}"}
        spread = say(" ({low} to {high})", **ends) if len(own) > 1 else ""
        rows.append((look.label, f"{sum(own) / len(own):.2f}{spread}"))
    return pd.DataFrame(rows, columns=["", say("Fitted T, least to most")])
