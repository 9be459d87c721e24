"""The widgets of a search: the budget, the trials, and what is not searched."""

from __future__ import annotations

import streamlit as st

from kdlab import models
from kdlab.data import DATASETS, noun_of
from kdlab.experiments.search import SearchConfig
from pages.ui.shell import prose, state
from pages.ui.shell.state import State
from pages.ui.widgets import settings
from pages.ui.widgets.choices import families_for, one_of, typed

BUDGETS = {
    "max_parameters": "Parameters",
    "max_bytes": "Bytes on disk",
    "max_flops": "FLOPs per {one}",
    "max_milliseconds": "Milliseconds on this CPU",
    "max_int8_bytes": "Bytes as int8 (ONNX)",
    "max_int8_milliseconds": "Milliseconds as int8 (onnxruntime)",
}
STEPS: dict[str, float] = {
    "max_parameters": 100,
    "max_bytes": 1000,
    "max_flops": 1000,
    "max_milliseconds": 0.01,
    "max_int8_bytes": 1000,
    "max_int8_milliseconds": 0.001,
}


def budget(here: State[SearchConfig]) -> None:
    """At most how large, how heavy, how slow; the first limit in sight, the others folded away."""
    shown = [name for name in BUDGETS if name not in state.hidden()]
    if not shown:
        return
    st.markdown("**How large the student may be**", help=prose.text("search", "budget"))
    first, *others = shown
    _limit(here, first)
    used = any(here.values[name] for name in others)
    if others:
        with st.expander("Other limits", expanded=used):
            for name in others:
                _limit(here, name)


def _limit(here: State[SearchConfig], name: str) -> None:
    whole = SearchConfig.model_fields[name].annotation is int
    form = None if whole else "%.3f"
    label = BUDGETS[name].format(one=noun_of(here.values["dataset"])[:-1])
    typed(here, name, STEPS[name], form=form, label=label)


def others(here: State[SearchConfig]) -> None:
    """Trials, data, teacher and training."""
    settings.panel(here, ("trials", "search_teacher", "labels"))
    if "student" not in state.hidden():
        _family(here)
    settings.popover(here, "teacher", settings.teacher)
    settings.panel(here, ("epochs", "seeds"))
    settings.more(here, ("learning_rate", "batch_size", "label_noise", "train_limit", "first_seed"))


def _family(here: State[SearchConfig]) -> None:
    """The kind of student: the only thing that counts of a network's name here."""
    now = models.find(str(here.values["student"])).name
    offered = families_for(DATASETS[here.values["dataset"]].kind, now)
    chosen = one_of(here, "student", offered, lambda n: models.MODELS[n].label, now=now)
    if chosen != now:
        here.values["student"] = models.MODELS[chosen].examples[-1]
