"""The widgets of a map: its axes, and the values along them, as a person types them."""

from __future__ import annotations

from kdlab.experiments.sweep import AXES, SweepConfig
from pages.ui.shell import state
from pages.ui.shell.state import State
from pages.ui.widgets import settings as controls
from pages.ui.widgets.choices import one_of


def axes(here: State[SweepConfig]) -> None:
    """Which two settings change, and their values. The cell that was looked at is let go."""
    varied = ("x_axis", "y_axis", *(axis.values for axis in AXES.values()))
    before = [here.values[name] for name in varied]
    drawn = set(state.hidden())
    for name in ("y_axis", "x_axis"):
        if name not in drawn:
            here.values[name] = one_of(here, name, AXES, lambda axis: AXES[axis].label)
        values = AXES[here.values[name]].values
        if values not in drawn:  # the same axis twice is said to be wrong, but can be chosen
            controls.control(here, values)
            drawn.add(values)
    if before != [here.values[name] for name in varied]:
        here.set(column=-1, row=-1)


def others(here: State[SweepConfig]) -> None:
    """All settings that are no axis."""
    varied = {AXES[here.values[name]].name for name in ("x_axis", "y_axis")}
    main = ("labels", "temperature", "alpha")
    controls.panel(here, [name for name in main if name not in varied])
    controls.popover(here, "teacher", controls.teacher)
    controls.popover(here, "student", controls.student)
    controls.panel(here, ("epochs", "seeds"))
    rare = ("method", "method_parameters", "label_noise", "train_limit", "first_seed")
    controls.more(here, [name for name in rare if name not in varied])
