"""The widgets of a map: its axes, and the values along them, as a person types them."""

from __future__ import annotations

import streamlit as st

from kdlab.config.words import as_text
from kdlab.errors import KdlabError
from kdlab.experiments.sweep import AXES, SweepConfig, normal, possible
from pages.ui.shell import prose, state
from pages.ui.shell.state import State
from pages.ui.widgets import settings as controls


def axes(here: State[SweepConfig]) -> None:
    """Which two settings change, and their values. The cell that was looked at is let go."""
    varied = ("x_axis", "y_axis", *(axis.values for axis in AXES.values()))
    before = [here.values[name] for name in varied]
    drawn = set(state.hidden())
    for name in ("y_axis", "x_axis"):
        if name not in drawn:
            _axis(here, name)
        values = AXES[here.values[name]].values
        if values not in drawn:  # the same axis twice is said to be wrong, but can be chosen
            _values(here, values)
            drawn.add(values)
    if before != [here.values[name] for name in varied]:
        here.set(column=-1, row=-1)


def _axis(here: State[SweepConfig], name: str) -> None:
    field = SweepConfig.model_fields[name]
    options = list(AXES)
    key = here.key(name)
    now = st.session_state.get(key, here.values[name])
    here.values[name] = st.selectbox(
        field.title or name,
        options,
        options.index(now),
        format_func=lambda axis: AXES[axis].label,
        key=key,
        help=field.description,
    )


def _values(here: State[SweepConfig], name: str) -> None:
    field = SweepConfig.model_fields[name]
    key, value = here.key(name), here.values[name]
    text = value if isinstance(value, str) else as_text(value).replace(",", ", ")
    typed = st.text_input(
        field.title or name,
        st.session_state.get(key, text),
        key=key,
        help=f"{field.description} Separated by commas.",
    )
    try:
        here.values[name] = SweepConfig.parse({name: typed}).model_dump()[name]
    except KdlabError:
        here.values[name] = typed  # said once, for the whole configuration


def checked(here: State[SweepConfig]) -> SweepConfig | None:
    """The map, or None after an error sentence where it cannot be run."""
    try:
        config = here.config()
        possible(config)
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")
        return None
    return config.model_copy(
        update={**normal(config).model_dump(), "column": config.column, "row": config.row}
    )


def others(here: State[SweepConfig]) -> None:
    """All settings that are no axis."""
    varied = {AXES[here.values[name]].name for name in ("x_axis", "y_axis")}
    if "labels" not in varied:
        controls.control(here, "labels")
    for name in ("temperature", "alpha"):
        if name not in varied:
            controls.control(here, name)
    for role, names in (
        ("teacher", None),
        ("student", ("student", "learning_rate", "batch_size")),
    ):
        if role in state.hidden():
            continue
        with st.popover(f"{role.capitalize()}: {here.values[role]}", width="stretch"):
            if names is None:
                controls.teacher(here)
            else:
                controls.panel(here, names)
    controls.panel(here, ("epochs", "seeds"))
    rare = ("method", "method_parameters", "label_noise", "train_limit", "first_seed")
    more = [name for name in rare if name not in varied and name not in state.hidden()]
    if more and "more" not in state.hidden():
        with st.expander("More"):
            controls.panel(here, more)
