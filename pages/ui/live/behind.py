"""How the students learn, in the main chart; where a run is pinned, its curves stand faintly
behind.

They are an argument of the chart: what the hub tells of each epoch is what has changed, and they do
not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.compared.terms import one_axis
from kdlab.experiments.run.history import History
from kdlab.measure.measures import BITS
from kdlab.translation import say
from pages.ui.charts import base, language
from pages.ui.charts import compared as charts
from pages.ui.charts.traces import Dict
from pages.ui.live import numbers, pinned
from pages.ui.live.session import LiveScreen
from pages.ui.shell.state import State


@dataclass(frozen=True)
class Behind:
    """The curves of a pinned run: which run it is, by what it is judged, and its traces."""

    run: str
    measure: str
    traces: tuple[Dict, ...] = field(compare=False)


def of(here: State[DistilConfig], shown: LiveScreen) -> Behind | None:
    """What stands behind the curves of the run on screen: the pinned one, where it is another one
    on the same data, and finished."""
    held = pinned.compared_with(here)
    if held is None or held.config is None:
        return None
    mine = shown.config
    if mine is None or mine == held.config or not one_axis(mine, held.config):
        return None
    history = held.known
    return Behind(held.config.fingerprint(), history.judged.name, tuple(charts.faint(history)))


def learning(history: History, behind: Behind | None) -> dict[str, Any]:
    """The chart, in the measure by which the students are judged."""
    figure = language.bits(history) if history.judged is BITS else base.accuracy(history)
    if behind is None or history.started is None or behind.measure != history.judged.name:
        return figure
    return figure | {"data": [*behind.traces, *figure["data"]]}


def describe(history: History, behind: Behind | None) -> str:
    """The chart in a sentence."""
    words = numbers.describe_accuracy(history)
    return (
        words
        if behind is None
        else say("{words}. The pinned run stands faintly behind", words=words)
    )
