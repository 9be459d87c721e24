"""Widgets of settings that no slider shows: one of several words, yes or no, several values,
numbers that are typed, networks. Which one a setting gets, its type or its metadata says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from kdlab import models
from kdlab.config.words import as_text
from kdlab.data import Dataset
from kdlab.errors import KdlabError
from kdlab.methods import METHODS
from kdlab.models import black_box
from kdlab.models.black_box import BLACK_BOXES, BlackBox
from kdlab.models.family import MAX_LAYERS, Family
from kdlab.translation import say
from pages.ui.shell import prose, state

T = TypeVar("T")
ENDS = ("ge", "le")
"""The limits of a field, as pydantic calls them."""

KINDS_OF_NETWORKS = {
    "points": "What the layers are. Points in the plane need an MLP.",
    "text": "What the layers are. An MLP reads the window at once; a GRU and a transformer read it "
    "character by character.",
    "table": "What the layers are. A row of a table needs an MLP.",
}
"""Kind of input -> help beside the kinds of networks."""
NO_NETWORKS = "Trees and answers in a file are not networks: only their answers are known."
TREES = (10, 30, 50, 100, 200, 300, 500, 1000)


def one_of(
    here: state.State[Any],
    name: str,
    options: Iterable[T],
    words: Callable[[T], str] = str,
    *,
    part: str = "",
    now: Any = None,
    label: str = "",
    help_text: str | None = None,
    then: Callable[[T], None] | None = None,
) -> T:
    """A box with one of ``options`` for setting ``name``, or for a ``part`` of its value that is
    ``now``; ``words`` says what each is called. What is none of them is shown as the first.
    ``then`` is told of a choice before the page is drawn."""
    field, among = here.model.model_fields[name], list(options)
    key, shown = here.shown(name, here.values[name] if now is None else now, part)
    return st.selectbox(
        label or say(field.title or name),
        among,
        among.index(shown) if shown in among else 0,
        format_func=words,
        key=key,
        help=say(field.description or "") if help_text is None else help_text,
        on_change=None if then is None else lambda: then(st.session_state[key]),
    )


def typed(
    here: state.State[Any], name: str, step: float, *, form: str | None = None, label: str = ""
) -> None:
    """A number between its field's own limits that is typed exactly, or moved by ``step``."""
    field = here.model.model_fields[name]
    kind: Any = field.annotation
    low, high = (next(getattr(m, end) for m in field.metadata if hasattr(m, end)) for end in ENDS)
    key, now = here.shown(name, kind(here.values[name]))
    here.values[name] = st.number_input(
        label or say(field.title or name),
        kind(low),
        kind(high),
        now,
        kind(step),
        format=form,
        key=key,
        help=say(field.description or ""),
    )


def fits(field: FieldInfo, extra: dict[str, Any]) -> bool:
    """Whether one of these widgets is the one for ``field``."""
    kind = field.annotation
    return get_origin(kind) is Literal or kind is bool or get_origin(kind) is tuple


def draw(here: state.State[Any], name: str, field: FieldInfo, extra: dict[str, Any]) -> Any:
    """The widget of setting ``name``; returns its value."""
    words: dict[Any, str] = extra.get("words", {})
    if get_origin(field.annotation) is Literal:
        options = get_args(field.annotation)
        return one_of(here, name, options, lambda value: say(words.get(value, str(value))))
    key, now = here.shown(name, here.values[name])
    if field.annotation is bool:
        return st.toggle(
            say(field.title or name), bool(now), key=key, help=say(field.description or "")
        )
    return _several(here, name, field, extra, key)


def numbers_of_method(
    here: state.State[Any], name: str, field: FieldInfo, extra: dict[str, Any]
) -> tuple[float, ...]:
    """A slider for each number of the chosen method's own; () where they are as published."""
    method = METHODS[here.values["method"]]
    loss = say("Loss: {formula}.", formula=method.formula)
    st.caption(f"{say(method.about)} {loss} {method.paper}{say('.')}")
    published = tuple(parameter.default for parameter in method.parameters)
    now = here.values[name] if len(here.values[name]) == len(published) else published
    found = []
    for value, parameter in zip(now, method.parameters, strict=True):
        key = f"{here.key(name)}:{method.name}:{parameter.name}"
        found.append(
            st.slider(
                say(parameter.label),
                parameter.low,
                parameter.high,
                float(st.session_state.get(key, value)),
                key=key,
                help=say(parameter.help)
                + say(". Published: {value}.", value=f"{parameter.default:g}"),
            )
        )
    return () if tuple(found) == published else tuple(found)


def _several(
    here: state.State[Any], name: str, field: FieldInfo, extra: dict[str, Any], key: str
) -> Any:
    """Several values: chosen from ``options`` of the metadata, else typed, with commas between."""
    value = here.values[name]
    if options := extra.get("options"):
        words: dict[Any, str] = extra.get("words", {})
        return tuple(
            st.multiselect(
                say(field.title or name),
                list(options),
                [v for v in st.session_state.get(key, value) if v in options],
                format_func=lambda v: say(words.get(v, str(v))),
                key=key,
                help=say(field.description or ""),
            )
        )
    text = value if isinstance(value, str) else as_text(value).replace(",", ", ")
    typed = st.text_input(
        say(field.title or name),
        st.session_state.get(key, text),
        key=key,
        help=f"{say(field.description or '')}{say(' Separated by commas.')}",
    )
    try:
        return here.model.parse({name: typed}).model_dump()[name]
    except KdlabError:
        return typed  # said once, for the whole configuration


def families_for(kind: str, now: str) -> list[str]:
    """The families whose networks read inputs of ``kind``, points, a table, text or images; and
    ``now``, which may be of a link."""
    reads = "points" if kind == "table" else kind  # a row of numbers, too
    return [n for n, f in models.MODELS.items() if reads in f.accepts or n == now]


def find_teacher(name: str) -> Family | BlackBox:
    """What the teacher ``name`` is of; ModelError where there is no such network either."""
    return black_box.find(name) or models.find(name)


def boxes_for(record: Dataset) -> list[BlackBox]:
    """Teachers of data of this ``record`` that are no networks: trees, and for somebody's own table
    or images a file of answers."""
    if record.kind == "text":
        return []
    own = "folder" in record.settings
    return [box for box in BLACK_BOXES.values() if box.asks or own]


def network(
    here: state.State[Any],
    name: str,
    field: FieldInfo,
    kind: str,
    boxes: Iterable[BlackBox] = (),
    other: Callable[[], object] = lambda: None,
) -> str:
    """The family of a network, then its layers by sliders, or one of its fixed names. For inputs of
    ``kind``, points, a table, text or images; returns the network's name. A teacher may be one of
    the ``boxes`` instead, of which nothing but answers is known. ``other`` is told of another
    network before the page is drawn."""

    def then() -> None:
        # Known before the page is drawn: the button in front of these, and T, are drawn above them.
        found = named(here, name)
        if found != here.values[name]:
            here.values[name] = found
            other()

    value = here.values[name]
    box = black_box.find(value)
    now = box or models.find(value)
    known: Mapping[str, Any] = {**models.MODELS, **BLACK_BOXES}
    besides = [each.name for each in boxes]
    if box is not None and box.name not in besides:
        besides.append(box.name)  # of a link
    about = st.container()
    family = one_of(
        here,
        name,
        [*families_for(kind, now.name if box is None else ""), *besides],
        lambda n: say(str(known[n].label)),
        part=":family",
        now=now.name,
        label=say("Kind of teacher") if besides else say("Kind of network"),
        help_text=say(KINDS_OF_NETWORKS.get(kind, "What the layers are."))
        + (say(" ") + say(NO_NETWORKS) if besides else ""),
        then=lambda _: then(),
    )
    if family in BLACK_BOXES:  # has no layers that names of networks would tell
        return _black_box(here, name, BLACK_BOXES[family], then)
    about.caption(say(field.description or ""))
    return _layers(here, name, models.MODELS[family], then)


def named(here: state.State[Any], name: str) -> str:
    """The network that the widgets of setting ``name`` say, also in a run that has yet to draw
    them."""
    value = str(here.values[name])
    now = find_teacher(value)
    _, family = here.shown(name, now.name, ":family")
    if family in BLACK_BOXES:
        box = BLACK_BOXES[family]
        return f"{box.name}-{_trees(here, name, box)[1]}" if box.numbered else box.name
    chosen = models.MODELS[family]
    if chosen.choices:
        _, shown = here.shown(name, value, f":{chosen.name}")
        return str(shown) if shown in chosen.choices else chosen.choices[0]
    _, depth = _depth(here, name, chosen)
    widths = [_width(here, name, chosen, n)[1] for n in range(1 if chosen.uniform else depth)]
    return chosen.name_of(tuple(widths * depth if chosen.uniform else widths))


def _black_box(
    here: state.State[Any], name: str, chosen: BlackBox, then: Callable[[], None]
) -> str:
    """How many trees it has, where it has any; returns its name."""
    st.caption(prose.plain(f"{say(chosen.about)} {chosen.paper}".strip()))
    if not chosen.numbered:
        return chosen.name
    key, count = _trees(here, name, chosen)
    count = st.select_slider(
        say(chosen.unit.capitalize()),
        sorted({*TREES, count}),
        count,
        key=key,
        help=say(chosen.about),
        on_change=then,
    )
    return f"{chosen.name}-{count}"


def _layers(here: state.State[Any], name: str, chosen: Family, then: Callable[[], None]) -> str:
    """The layers of a network of one family, or which one of its fixed names; returns its name."""
    if chosen.choices:
        return one_of(
            here,
            name,
            chosen.choices,
            part=f":{chosen.name}",
            label=say("Network"),
            help_text=say(chosen.about),
            then=lambda _: then(),
        )
    key, depth = _depth(here, name, chosen)
    about = say(chosen.about)
    depth = st.slider(say("Layers"), 1, MAX_LAYERS, depth, key=key, help=about, on_change=then)
    found = []
    for n in range(1 if chosen.uniform else depth):
        key, width = _width(here, name, chosen, n)
        options = sorted({*chosen.sizes, width})
        which = say("All layers") if chosen.uniform else say("Layer {n}", n=n + 1)
        label = f"{which}{say(': ')}{say(chosen.unit)}"
        found.append(
            st.select_slider(label, options, width, key=key, help=say("Width."), on_change=then)
        )
    return chosen.name_of(tuple(found * depth if chosen.uniform else found))


def _trees(here: state.State[Any], name: str, chosen: BlackBox) -> tuple[str, int]:
    value = here.values[name]
    count = chosen.trees(value if chosen.fits(value) else chosen.examples[-1])
    return here.shown(name, count, f":{chosen.name}")


def _depth(here: state.State[Any], name: str, chosen: Family) -> tuple[str, int]:
    return here.shown(name, len(_sizes(here, name, chosen)), f":{chosen.name}:depth")


def _width(here: state.State[Any], name: str, chosen: Family, n: int) -> tuple[str, int]:
    sizes = _sizes(here, name, chosen)
    return here.shown(name, sizes[min(n, len(sizes) - 1)], f":{chosen.name}:{n}")


def _sizes(here: state.State[Any], name: str, chosen: Family) -> tuple[int, ...]:
    """The layers of what the setting says, or of an example where that is of another family."""
    value = here.values[name]
    example = chosen.examples[-1 if name == "student" else 0]  # the last one is a small one
    return tuple(chosen.sizes_in(value if chosen.pattern.fullmatch(value) else example))
