"""The widgets of a search: the budget, the trials, and what is not searched."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab import models
from kdlab.errors import KdlabError
from kdlab.experiments.search import SearchConfig, possible
from pages.ui.shell import prose, state
from pages.ui.shell.state import State
from pages.ui.widgets import settings

BUDGETS = {
    "max_parameters": "Parameters",
    "max_bytes": "Bytes on disk",
    "max_flops": "FLOPs per image",
    "max_milliseconds": "Milliseconds on this CPU",
}
STEPS: dict[str, float] = {
    "max_parameters": 100,
    "max_bytes": 1000,
    "max_flops": 1000,
    "max_milliseconds": 0.01,
}


def budget(here: State[SearchConfig]) -> None:
    """At most how large, how heavy, how slow; the first limit in sight, the others folded away."""
    shown = [name for name in BUDGETS if name not in state.hidden()]
    if not shown:
        return
    st.markdown("**Budget of the student**", help=prose.text("search", "budget"))
    first, *others = shown
    _limit(here, first)
    used = any(here.values[name] for name in others)
    if others:
        with st.expander("Other limits", expanded=used):
            for name in others:
                _limit(here, name)


def _limit(here: State[SearchConfig], name: str) -> None:
    field = SearchConfig.model_fields[name]
    whole = field.annotation is int
    kind: Any = int if whole else float
    key = here.key(name)
    limits = settings.facts(field)
    most = next(limit.le for limit in field.metadata if hasattr(limit, "le"))
    here.values[name] = st.number_input(
        BUDGETS[name],
        kind(limits["low"]),
        kind(most),
        st.session_state.get(key, kind(here.values[name])),
        kind(STEPS[name]),
        format=None if whole else "%.3f",
        key=key,
        help=field.description,
    )


def others(here: State[SearchConfig]) -> None:
    """Trials, data, teacher and training."""
    settings.control(here, "trials")
    if "search_teacher" not in state.hidden():
        field, key = SearchConfig.model_fields["search_teacher"], here.key("search_teacher")
        value = st.session_state.get(key, bool(here.values["search_teacher"]))
        here.values["search_teacher"] = st.toggle(
            field.title or "", value, key=key, help=field.description
        )
    settings.control(here, "labels")
    if "student" not in state.hidden():
        _family(here)
    if "teacher" not in state.hidden():
        with st.popover(f"Teacher: {here.values['teacher']}", width="stretch"):
            settings.teacher(here)
    settings.panel(here, ("epochs", "seeds"))
    rare = ("learning_rate", "batch_size", "label_noise", "train_limit", "first_seed")
    more = [name for name in rare if name not in state.hidden()]
    if more and "more" not in state.hidden():
        with st.expander("More"):
            settings.panel(here, more)


def _family(here: State[SearchConfig]) -> None:
    """The kind of student: the only thing that counts of a network's name here."""
    now = models.find(str(here.values["student"])).name
    key = here.key("student")
    families = list(models.MODELS)
    field = SearchConfig.model_fields["student"]
    chosen = st.selectbox(
        field.title or "",
        families,
        families.index(st.session_state.get(key, now)),
        format_func=lambda name: models.MODELS[name].label,
        key=key,
        help=field.description,
    )
    if chosen != now:
        here.values["student"] = models.MODELS[chosen].examples[-1]


def checked(here: State[SearchConfig]) -> SearchConfig | None:
    """The search, or None after an error sentence where it cannot be run."""
    try:
        config = here.config()
        possible(config)
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")
        return None
    return config
