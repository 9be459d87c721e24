"""Widgets made from the settings' own metadata: range, unit, help and scale come from the field.

A widget shows the value of :class:`pages.ui.shell.state.State` and writes it back; the state, not
the widget, is what survives a visit to another page. Every widget is given its value as its default
(``value=``), not through the session: what lies in a popover reaches the browser's widgets only
when it is opened, and these then begin with their default. Checks happen on the whole
configuration, in :func:`checked`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

import streamlit as st
from pydantic.fields import FieldInfo

from kdlab import data, methods, models
from kdlab.config.brought import brought_by
from kdlab.config.schema import StudentConfig
from kdlab.data import DATASETS
from kdlab.data.accepted import accepted
from kdlab.errors import KdlabError
from kdlab.experiments.experiment import Experiment
from kdlab.methods import METHODS
from kdlab.models import black_box
from kdlab.translation import say
from pages.ui.shell import prose, refusals, state
from pages.ui.widgets import answers, brought, choices, images, overview, tables, texts
from pages.ui.widgets.buttons import button

Config = TypeVar("Config", bound=StudentConfig)

MANTISSAS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
"""Steps of a slider on a log scale, within each power of ten."""

COUNTS = (10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)

CLASSES = tuple(range(10))
"""Stands in for the classes of images that have not been read yet."""

NAMES: dict[str, Callable[[str], Any]] = {
    "dataset": data.find,
    "teacher": choices.find_teacher,
    "student": models.find,
    "method": methods.find,
}
"""Settings that name an entry of a registry, and how it is found; for :func:`links.state`."""


def facts(field: FieldInfo) -> dict[str, Any]:
    """Group, unit, low, high, step and scale of a field; ``low`` and ``high`` from its limits where
    the slider has none of its own."""
    extra = dict(field.json_schema_extra or {})  # type: ignore[arg-type]
    for limit in field.metadata:
        if hasattr(limit, "ge"):
            extra.setdefault("low", limit.ge)
        if hasattr(limit, "le"):
            extra.setdefault("high", limit.le)
    return extra


def log_steps(low: float, high: float, value: float) -> list[float]:
    """Round numbers from ``low`` to ``high`` on a log scale, with ``value`` among them.

    >>> log_steps(0.5, 3, 0.7)
    [0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0]
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = {float(f"{m * 10.0**p:.6g}") for p in powers for m in MANTISSAS}
    steps = {s for s in steps if low <= s <= high} | {float(low), float(high), float(value)}
    return sorted(steps)


def control(here: state.State[Any], name: str, **options: Any) -> Any:
    """Draw the widget of setting ``name`` and return its value; hidden ones only return it."""
    if name in state.hidden():
        return here.values[name]
    field = here.model.model_fields[name]
    extra = facts(field)
    draw: Callable[..., Any]
    if name == "dataset":
        draw = _dataset
    elif name == "method":
        draw = _method
    elif name in ("teacher", "student") or extra.get("network"):
        draw = _model
    elif name in ("labels", "train_limit"):
        draw = _count
    elif name == "folder":
        draw = _folder
    elif name in tables.DRAWN:
        draw = tables.drawn
    elif name == "method_parameters":
        draw = choices.numbers_of_method
    elif choices.fits(field, extra):
        draw = choices.draw
    elif extra.get("scale") == "log":
        draw = _log
    elif field.annotation in (int, float):
        draw = _number
    else:
        draw = _text
    found = draw(here, name, field, extra, **options)
    if name == "teacher" and found != here.values[name]:
        _let_go(here)
    here.values[name] = found
    return found


def panel(here: state.State[Any], names: Iterable[str]) -> None:
    """The widgets of several settings, one under the other."""
    for name in names:
        control(here, name)


def teacher(here: state.State[Any]) -> None:
    """The teacher's network and training; for weights that were loaded, a way to let go of them;
    for a teacher that is a file, that file."""
    top = st.container()  # above the network, which decides whether the weights still count
    control(here, "teacher")
    if mark := here.values["teacher_weights"]:
        with top:
            st.markdown(f"{say('Loaded weights')} `{mark[:8]}`")
            if "teacher_weights" not in state.hidden():
                key, remove = f"{here.page}.remove_weights", lambda: here.set(teacher_weights="")
                words = say("Train the teacher here instead of using the weights from a file.")
                button(say("Remove"), key, "delete", remove, help_text=words)
        return  # how these weights were trained cannot be changed
    box = black_box.find(here.values["teacher"])
    if box is None:
        panel(here, ("teacher_epochs", "teacher_learning_rate", "teacher_seed"))
    elif box.numbered:
        panel(here, ("teacher_seed",))
    else:
        answers.panel(here)


def popover(
    here: state.State[Any], name: str, draw: Callable[[state.State[Any]], object] | None = None
) -> None:
    """A network's setting, drawn by ``draw`` behind a button that says its value: it has too many
    widgets to lie open."""
    if name not in state.hidden():
        title = say(here.model.model_fields[name].title or name)
        now = str(here.values[name])
        if name == "teacher" and here.values.get("teacher_weights"):
            now += say(", loaded")
        # By its key it stays the same one, and open, whatever it says and what comes above it.
        key = f"{here.page}.popover.{name}"
        with st.popover(title + say(": ") + now, width="stretch", key=key):
            control(here, name) if draw is None else draw(here)


def student(here: state.State[Any]) -> None:
    """The student's network and training."""
    panel(here, ("student", "learning_rate", "batch_size"))


def dataset(
    here: state.State[Any], without: Collection[str] = (), among: Iterable[str] = DATASETS
) -> None:
    """The data set, one ``among`` these, and its own settings; how many examples are used is among
    the rare ones."""
    control(here, "dataset", among=among)
    own = DATASETS[here.values["dataset"]].settings
    shown = [name for name in own if name != "train_limit" and name not in without]
    panel(here, [name for name in shown if name not in tables.RARE])
    rare = [name for name in shown if name in tables.RARE and name not in state.hidden()]
    if rare:
        with st.expander(say("How the table is read"), expanded=tables.asks(here)):
            panel(here, rare)


def more(here: state.State[Any], names: Iterable[str]) -> None:
    """The widgets of settings that are rarely changed, folded away."""
    shown = [name for name in names if name not in state.hidden()]
    if shown and "more" not in state.hidden():
        with st.expander(say("More")):
            panel(here, shown)


def checked(here: state.State[Config], experiment: Experiment[Config, Any]) -> Config | None:
    """The configuration, or None after an error sentence where ``experiment`` cannot be run with
    these settings; an invitation where data, or a teacher's answers, have yet to be brought."""
    if overview.waited_for(here.values):
        overview.invite(DATASETS[here.values["dataset"]].kind)
        return None
    if answers.waited_for(here):
        answers.invite(DATASETS[here.values["dataset"]].kind)
        return None
    try:
        config = here.config()
        experiment.possible(config)
        if config.dataset == "table":
            tables.found(here)
        answers.check(here)
    except KdlabError as error:
        words = refusals.sentence(error, here.model)
        st.error(prose.plain(words), icon=":material/error:")
        return None
    return experiment.normal(config)


def known(config: StudentConfig) -> None:
    """A KdlabError where a setting names what no registry has: no widget could show it."""
    for name, find in NAMES.items():
        find(getattr(config, name))


def _help(field: FieldInfo, extra: dict[str, Any]) -> str:
    unit = say(" Unit: {unit}.", unit=say(extra["unit"])) if extra.get("unit") else ""
    return say(field.description or "") + unit


def _number(here: state.State[Any], name: str, field: FieldInfo, extra: dict[str, Any]) -> Any:
    kind: Any = field.annotation
    value = kind(here.values[name])
    help_text = _help(field, extra)
    if "high" not in extra or extra["high"] > 100_000:
        key, now = here.shown(name, value)
        return st.number_input(
            say(field.title or name),
            min_value=kind(extra["low"]),
            value=now,
            key=key,
            help=help_text,
        )
    # A link may ask for more than the slider offers; what is allowed can always be shown.
    low, high = (kind(extra[end]) for end in ("low", "high"))
    low, high = min(low, value), max(high, value)
    step = kind(extra.get("step", 1 if kind is int else (high - low) / 100))
    key, now = here.shown(name, value)
    now = min(max(now, low), high)
    return st.slider(say(field.title or name), low, high, now, step, key=key, help=help_text)


def _log(here: state.State[Any], name: str, field: FieldInfo, extra: dict[str, Any]) -> float:
    value = float(here.values[name])
    low, high = min(extra["low"], value), max(extra["high"], value)
    key, now = here.shown(name, value)
    return st.select_slider(
        say(field.title or name),
        log_steps(low, high, float(now)),
        float(now),
        format_func=lambda v: f"{v:g}",
        key=key,
        help=_help(field, extra),
    )


def _train_size(here: state.State[Any]) -> int | None:
    """How many training images the student could have labels for, None where it is not known."""
    try:
        return data.train_size(here.config())
    except KdlabError:
        return None


def _count(
    here: state.State[Any],
    name: str,
    field: FieldInfo,
    extra: dict[str, Any],
    size_of: Callable[[state.State[Any]], int | None] = _train_size,
) -> Any:
    """Round numbers below what the data set has, by ``size_of``."""
    key, now = here.shown(name, here.values[name])
    most = size_of(here)
    numbers = {n for n in COUNTS if most is None or n < most}
    if isinstance(now, int):
        numbers.add(now)
    return st.select_slider(
        say(field.title or name),
        [*sorted(numbers), "all"],
        now,
        format_func=lambda v: say(v) if v == "all" else f"{v:,}",
        key=key,
        help=_help(field, extra),
    )


def _text(here: state.State[Any], name: str, field: FieldInfo, extra: dict[str, Any]) -> str:
    key, now = here.shown(name, here.values[name])
    return st.text_input(say(field.title or name), now, key=key, help=_help(field, extra)).strip()


def _folder(here: state.State[Any], name: str, field: FieldInfo, extra: dict[str, Any]) -> str:
    what = {"text": texts.TEXTS, "table": tables.TABLES}
    kind = DATASETS[here.values["dataset"]].kind
    return brought.folder(here, name, _help(field, extra), what.get(kind, images.IMAGES))


def _dataset(
    here: state.State[Any],
    name: str,
    field: FieldInfo,
    extra: dict[str, Any],
    among: Iterable[str] = DATASETS,
) -> str:
    then = functools.partial(_begin_with, here)
    return choices.one_of(here, name, among, lambda n: say(DATASETS[n].label), then=then)


def _begin_with(here: state.State[Any], name: str) -> None:
    """A data set brings the pair that suits it, and no more labels than it has."""
    record, fields = DATASETS[name], here.model.model_fields
    before = brought_by(here.values["dataset"])
    here.values["dataset"] = record.name
    folder = str(here.values.get("folder", ""))
    if "folder" in record.settings and not brought.fits(folder, accepted(record.kind)):
        here.set(folder="")  # an archive is no text
    own = brought_by(name)
    budget = {n: own.get(n, fields[n].default) for n in {*before, *own} if n in fields}
    pair = {"teacher": record.teacher, "student": record.student, "teacher_weights": ""}
    here.set(**budget | pair)
    most = _train_size(here)
    if most is not None and here.values["labels"] != "all" and here.values["labels"] > most:
        here.set(labels="all")


def _method(
    here: state.State[Any],
    name: str,
    field: FieldInfo,
    extra: dict[str, Any],
    among: Iterable[str] = methods.RESPONSE,
) -> str:
    def other(chosen: str) -> None:
        # Known before the page is drawn: T is drawn above it. Numbers of the old one do not fit.
        here.values.update(method=chosen, method_parameters=())

    return choices.one_of(here, name, among, lambda n: say(METHODS[n].label), then=other)


def _model(here: state.State[Any], name: str, field: FieldInfo, extra: dict[str, Any]) -> str:
    record = DATASETS[here.values["dataset"]]
    if name != "teacher":
        return choices.network(here, name, field, record.kind)
    boxes, other = choices.boxes_for(record), functools.partial(_let_go, here)
    return choices.network(here, name, field, record.kind, boxes, other)


def _let_go(here: state.State[Any]) -> None:
    """Weights that were loaded were another network's."""
    if here.values.get("teacher_weights"):
        here.set(teacher_weights="")
