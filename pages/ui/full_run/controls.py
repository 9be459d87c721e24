"""The widgets of a full run: the published pair first, then what it brings and may be changed."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import streamlit as st

from kdlab.data import DATASETS
from kdlab.errors import KdlabError
from kdlab.full_run.recipe.config import SAME, FullRunConfig
from kdlab.full_run.recipe.published import DATASET, OWN, PAIRS, RECIPES, VIEWS, figure_of
from kdlab.methods import METHODS
from pages.ui.full_run import checks
from pages.ui.full_run import teacher as full_teacher
from pages.ui.shell import prose, refusals, state
from pages.ui.shell.state import State
from pages.ui.widgets import settings as controls
from pages.ui.widgets.choices import one_of, typed

MORE = {
    "Loss": ("method", "method_parameters", "temperature", "alpha", "loss_scale", "warmup"),
    "Training": (
        "learning_rate", "batch_size", "momentum", "weight_decay", "milestones", "decay",
    ),
    "Teacher": ("teacher_epochs", "teacher_learning_rate", "teacher_seed"),
    "Views": ("padding", "flip"),
    "Data and seeds": ("validation", "first_seed"),
    "Machine": ("precision", "view_cache", "engine"),
}  # fmt: skip
OF_PAIR = (
    "teacher", "student", "teacher_file", "learning_rate", "method_parameters", "temperature",
    "alpha", "loss_scale",
)  # fmt: skip
OF_RECIPE = (
    "method", "method_parameters", "temperature", "alpha", "loss_scale", "warmup",
)  # fmt: skip
"""What the choice decides; at its default where it brings nothing of the kind."""
EXACT = {"weight_decay": 0.0001, "momentum": 0.05, "decay": 0.05, "warmup": 0.01}
"""Settings that are typed, with their steps: the rounding of a slider's label would hide them."""

METHODS_HERE = [n for n, m in METHODS.items() if m.loss is not None or m.reads_features]
"""All that have a soft part: full runs may also compare hidden layers."""

Here = State[FullRunConfig]


def choose(here: Here) -> None:
    """All controls, for the sidebar."""
    _select(here, "pair", [*PAIRS, OWN], pair_label)
    _select(here, "recipe", list(RECIPES), lambda name: RECIPES[name].label)
    _published(here)
    _select(here, "dataset", list(checks.IMAGES), lambda name: DATASETS[name].label)
    controls.panel(here, (n for n in DATASETS[here.values["dataset"]].settings if n in
                          ("folder", "image_size")))  # fmt: skip
    controls.panel(here, ("epochs", "seeds"))
    controls.control(here, "train_limit", size_of=_most_images)
    controls.popover(here, "teacher", full_teacher.choose)
    controls.popover(here, "student")
    if "more" not in state.hidden():
        _more(here)
    if here.values["pair"] != OWN and not as_published(here.values):
        here.set(pair=OWN)  # the networks are not that pair's any more
        st.rerun()


def _published(here: Here) -> None:
    """What the papers have for the chosen pair and recipe: both labels above may be cut."""
    pair, column = PAIRS.get(here.values["pair"]), RECIPES[here.values["recipe"]].column
    if pair is None or "pair" in state.hidden():
        return
    told = {"teacher": "teacher", "student": "student", column: column}
    words = ", ".join(f"{name} {pair.published[key]:.2f}" for key, name in told.items()
                      if key in pair.published)  # fmt: skip
    recipe = RECIPES[here.values["recipe"]]
    figure = figure_of(pair.name, recipe.name)
    own = f", run with {figure.told}" if figure is not None and figure.told else ""
    nothing = "" if figure is not None else f"; {column}: not published"
    elsewhere = "" if here.values["dataset"] == DATASET else ", and nothing on these data"
    st.caption(
        f"{recipe.about}. Published on CIFAR-100, 240 epochs: {words} %{own}{nothing}{elsewhere}."
    )


def pair_label(name: str) -> str:
    """Both networks with their published accuracies: "resnet56 72.34 → resnet20 69.06"."""
    if name == OWN:
        return "Own pair"
    pair = PAIRS[name]
    told = pair.published
    return f"{pair.teacher} {told['teacher']:.2f} → {pair.student} {told['student']:.2f}"


def as_published(values: dict[str, Any]) -> bool:
    """Whether teacher and student are those of the chosen pair."""
    pair = PAIRS[values["pair"]]
    return (pair.teacher, pair.student) == (values["teacher"], values["student"])


def begin_with(here: Here, name: str, value: str) -> None:
    """Choose ``value`` for the pair, the recipe or the data set, and put what it brings on the
    controls. One's own pair begins with the networks that are there."""
    here.values[name] = value
    if name == "dataset":
        fields = FullRunConfig.model_fields
        usual = {each: fields[each].default for each in ("flip", "padding")}
        here.set(train_limit="all", **(usual | VIEWS.get(value, {})))
    elif (name, value) != ("pair", OWN):
        brought = FullRunConfig.brought(here.values)
        decided = OF_RECIPE if name == "recipe" else OF_PAIR
        defaults = {n: FullRunConfig.model_fields[n].default for n in decided}
        here.set(**{n: brought.get(n, default) for n, default in defaults.items()})


def checked(here: Here) -> tuple[FullRunConfig | None, str]:
    """The run on the controls, or None and the sentence that says why it cannot be."""
    try:
        config = here.config()
        checks.check(config)
    except KdlabError as error:
        return None, refusals.sentence(error, FullRunConfig)
    return config, ""


def _select(here: Here, name: str, options: list[str], words: Any) -> None:
    if name in state.hidden():
        return
    told, then = prose.text("full-run", f"help {name}"), functools.partial(begin_with, here, name)
    here.values[name] = one_of(here, name, options, words, help_text=told, then=then)


def _most_images(here: Here) -> int | None:
    """Training images that the data set has, None where it is not known."""
    try:
        return checks.train_size(here.config().model_copy(update={"train_limit": "all"}))
    except KdlabError:
        return None


def _more(here: Here) -> None:
    groups = {
        title: [name for name in names if name not in state.hidden()]
        for title, names in MORE.items()
    }
    if not any(groups.values()):
        return
    with st.expander("More settings"):
        for title, names in groups.items():
            if names:
                st.markdown(f"**{title}**")
                _panel(here, names)


def _panel(here: Here, names: Iterable[str]) -> None:
    method = METHODS[here.values["method"]]
    for name in names:
        if name == "method":
            method = METHODS[controls.control(here, "method", among=METHODS_HERE)]
        elif name == "temperature" and not method.uses_temperature:
            st.caption("The method does not use T.")
        elif name == "teacher_epochs":
            _teacher_epochs(here)
        elif name in EXACT:
            typed(here, name, EXACT[name], form="%.4f")
        else:
            controls.control(here, name)


def _teacher_epochs(here: Here) -> None:
    field = FullRunConfig.model_fields["teacher_epochs"]
    value = here.values["teacher_epochs"]
    key, same = here.shown("teacher_epochs", value == SAME, ":same")
    same = st.toggle(
        "Teacher: as many epochs as the student", bool(same), key=key, help=field.description
    )
    if same:
        here.values["teacher_epochs"] = SAME
        return
    begin = value if isinstance(value, int) else here.values["epochs"]
    key, now = here.shown("teacher_epochs", begin, ":number")
    here.values["teacher_epochs"] = st.number_input(
        field.title or "", 1, 2000, int(now), key=key, help=field.description
    )
