"""What "On a device" draws: accuracy over bytes or milliseconds in three precisions, a budget to
drag, and tables of what rounding does."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from kdlab.measure.measures import ACCURACY, BITS
from kdlab.studies import StudyHistory, find
from kdlab.studies.device import budget as budgets
from kdlab.studies.device.budget import File
from kdlab.studies.device.names import (
    BUDGETS,
    COSTS,
    DEVICE,
    FULL,
    PRECISIONS,
    UNITS,
    Cost,
)
from kdlab.studies.device.study import DeviceConfig
from pages.ui.charts import arms, limit
from pages.ui.charts.arms import drawn
from pages.ui.charts.base import base_layout
from pages.ui.charts.text import lines, own
from pages.ui.charts.traces import Dict, dots, ends, line, whiskers
from pages.ui.components.live_chart import live_chart
from pages.ui.shell import explain, prose, state
from pages.ui.shell.state import State
from pages.ui.shell.theme import LOOKS
from pages.ui.study import page, report
from pages.ui.widgets.settings import log_steps

SYMBOLS = {"fp32": "circle", "fp16": "triangle-up", "int8": "square"}
"""The coarser the numbers, the fewer corners it takes: of 32 bits a circle."""
GREY = "#808080"
NONE = "no budget"


def over_cost(history: StudyHistory, across: Cost, budget: float) -> Dict:
    """What is judged on the test part over the cost of each file: a colour a network, a symbol a
    precision, 95 % intervals over seeds, and a line at the ``budget`` (0: none)."""
    judged, files = history.judged, budgets.files(history)
    costs = [budgets.cost(history, file, across) for file in files]
    low, high = limit.ends(costs)
    title = f"{judged.label} over {_what(across)}, 95 % intervals"
    layout = base_layout(COSTS[across], arms.axis(history), title, top=78, closest=True)
    unit, name = UNITS[across], DeviceConfig.model_fields[BUDGETS[across]].title or ""
    told = limit.log_limit(budget or None, low, high, unit=unit, name=name, none=NONE)
    layout |= told | {"xaxis": layout["xaxis"] | told["xaxis"]}
    layout["legend"] |= {"entrywidth": 0.33, "entrywidthmode": "fraction"}  # networks, precisions
    data: list[Dict] = []
    for role, look in LOOKS.items():
        own_files = [file for file in files if file.role == role]
        known = [(x, f) for x, f in zip(costs, files, strict=True) if f in own_files]
        spreads = [drawn(judged, budgets.mean(history, f)) for _, f in known]
        middle = [spread[0] for spread in spreads]
        order = sorted(range(len(known)), key=lambda n, known=known: known[n][0])  # type: ignore[misc]
        xs, ys = [known[n][0] for n in order], [middle[n] for n in order]
        data.append(line(xs, ys, look, look.short, width=1.5, hover=None))
        for (x, file), spread in zip(known, spreads, strict=True):
            marker = {"symbol": SYMBOLS[file.precision], "line": {"width": 1, "color": "#FFFFFF"}}
            data.append(
                dots(
                    [x],
                    [spread[0]],
                    look.colour,
                    12,
                    marker=marker,
                    hover=own("{}<extra></extra>", lines(*_hover(history, file))),
                    showlegend=False,
                    meta={"limited": True},
                    **whiskers("y", [spread], look.colour, thickness=1.5),
                )
            )
    for precision, words in PRECISIONS.items():
        marker = {"symbol": SYMBOLS[precision]}
        data.append(dots([None], [None], GREY, 10, marker=marker, name=words))
    return {"data": data, "layout": layout}


def _what(across: Cost) -> str:
    return COSTS[across].split(",")[0].lower()


def _hover(history: StudyHistory, file: File) -> list[str]:
    """Who it is, what it gets right, and what it costs."""
    mean, low, high = drawn(history.judged, budgets.mean(history, file))
    judged, digits = history.judged, 2
    between = ends(low, high, digits)
    sizes = [budgets.quantity(budgets.cost(history, file, across), across) for across in COSTS]
    words = file.words[0].upper() + file.words[1:]
    return [words, f"{mean:.{digits}f} {judged.unit}{between}", ", ".join(sizes)]


def describe(history: StudyHistory, across: Cost, budget: float) -> str:
    """The chart in a sentence, for people who do not see it."""
    judged = history.judged
    told = [
        f"{file.words} {judged.shown(budgets.mean(history, file)[0])} for "
        f"{budgets.quantity(budgets.cost(history, file, across), across)}"
        for file in budgets.files(history)
    ]
    words = arms.axis(history).removesuffix(", %")
    return (
        f"{words} over {_what(across)}: {'; '.join(told)}. {budgets.told(history, across, budget)}"
    )


def picture(history: StudyHistory) -> None:
    """The chart with its budget, what fits best, and what was found. While the students learn,
    their curves."""
    here = State(page.page_of(find(DEVICE)), DeviceConfig)
    across: Cost = here.values["across"]
    left, right = st.columns([4, 3], gap="medium")
    if not budgets.files(history):
        with left:
            report.curves(history, "device_curves", 390)
        with right:
            st.caption("Files are written and measured when the students have learned.")
        return
    setting = BUDGETS[across]
    budget = float(here.values[setting])
    free = setting not in state.hidden()

    def leave(value: float | None) -> None:
        here.set(**{setting: 0.0 if value is None else float(f"{value:.3g}")})

    with left:
        live_chart(
            "device",
            over_cost(history, across, budget),
            describe(history, across, budget),
            360,
            on_limit=leave if free else None,
        )
    with right:
        if free:
            slider(here, history, across)
        st.markdown(prose.plain(budgets.told(history, across, budget)))
        report.findings(find(DEVICE), history)
    here.write()


def slider(here: State[DeviceConfig], history: StudyHistory, across: Cost) -> None:
    """The same budget without a mouse."""
    name = BUDGETS[across]
    field = DeviceConfig.model_fields[name]
    key, now = here.shown(name, float(here.values[name]))

    def take() -> None:
        here.values[name] = float(st.session_state[key])

    st.select_slider(
        field.title or name,
        steps(history, across, now),
        now,
        format_func=lambda value: budgets.quantity(value, across) if value else NONE,
        key=key,
        help=field.description,
        on_change=take,
    )


def steps(history: StudyHistory, across: Cost, now: float) -> list[float]:
    """What the slider offers: round numbers, the cost of each file, where one more fits, and 0 for
    no budget at its end; ``now`` is among them."""
    costs = [budgets.cost(history, file, across) for file in budgets.files(history)]
    low, high = limit.ends(costs)
    found = {*log_steps(low, high, low), *map(_up, costs)}
    return [*sorted(found | ({now} if now else set())), 0.0]


def _up(cost: float) -> float:
    """The next number of three digits, into which it fits."""
    step = 10.0 ** (math.floor(math.log10(cost)) - 2)
    return float(f"{math.ceil(cost / step - 1e-9) * step:.3g}")


def table(history: StudyHistory) -> pd.DataFrame:
    """One row a file: what it gets right, what rounding has changed in that, what it costs."""
    judged = history.judged
    rows = []
    for file in budgets.files(history):
        facts = budgets.facts(history, file)
        time = budgets.milliseconds(history, file)
        rows.append(
            _who(file)
            | {
                f"{arms.axis(history)}": _mean(history, file, judged.name),
                f"Against 32 bits, {judged.units}": _change(history, file, judged.name),
                "Same answers, %": _number(100 * budgets.mean(history, file, "alike")[0], 1),
                "kB": f"{facts['bytes'] / budgets.BYTES:,.1f}",
                "Milliseconds": f"{time['median']:.4f}{ends(time['low'], time['high'], 4)}",
                "Times as long": f"{facts['beside']['median']:.2f}",
            }
        )
    return pd.DataFrame(rows)


def soft_table(history: StudyHistory) -> pd.DataFrame:
    """One row a file: what is left of its probabilities."""
    return pd.DataFrame(
        [
            _who(file)
            | {
                "Calibration error, %": _mean(history, file, "ece"),
                "Against 32 bits, points": _change(history, file, "ece"),
                "Entropy of an answer, bits": _number(budgets.mean(history, file, "entropy")[0], 3),
                "KL from 32 bits, bits": _number(budgets.mean(history, file, "kl")[0], 5),
            }
            for file in budgets.files(history)
        ]
    )


def _who(file: File) -> dict[str, str]:
    return {"Network": LOOKS[file.role].label, "Numbers": PRECISIONS[file.precision]}


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "NaN"


def _mean(history: StudyHistory, file: File, measure: str) -> str:
    kind = BITS if measure == BITS.name else ACCURACY
    mean, low, high = drawn(kind, budgets.mean(history, file, measure))
    return f"{mean:.{kind.digits}f}{ends(low, high, kind.digits)}" if math.isfinite(mean) else "NaN"


def _change(history: StudyHistory, file: File, measure: str) -> str:
    """What rounding has changed, paired by seed; nothing for 32 bits."""
    if file.precision == FULL:
        return ""
    found = budgets.gain(history, file, File(file.role, FULL), measure)
    return found.bracketed(3 if found.measure is BITS else 2)


def files(history: StudyHistory) -> None:
    """The tab with the files."""
    _tab(history, table, "files")


def soft(history: StudyHistory) -> None:
    """The tab with the probabilities."""
    _tab(history, soft_table, "soft")


def _tab(history: StudyHistory, made: Any, words: str) -> None:
    if not budgets.files(history):
        st.caption("Files are written and measured when the students have learned.")
        return
    st.dataframe(made(history), hide_index=True, width="stretch")
    machine = prose.plain(history.exhibits[DEVICE]["machine"])
    st.caption(explain.text("studies/device", words, machine=machine))
