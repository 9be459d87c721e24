"""Widgets of settings that are no numbers: one of several words, yes or no, several values, and
networks other than the pair's own. Which one a setting gets, its type or its metadata says."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from kdlab.config.words import as_text
from kdlab.errors import KdlabError
from kdlab.methods import METHODS
from pages.ui.shell import state


def fits(field: FieldInfo, extra: dict[str, Any]) -> bool:
    """Whether one of these widgets is the one for ``field``."""
    kind = field.annotation
    return get_origin(kind) is Literal or kind is bool or get_origin(kind) is tuple


def draw(here: state.State[Any], name: str, field: FieldInfo, extra: dict[str, Any]) -> Any:
    """The widget of setting ``name``; returns its value."""
    key, now = here.shown(name, here.values[name])
    title, help_text = field.title or name, field.description
    if field.annotation is bool:
        return st.toggle(title, bool(now), key=key, help=help_text)
    if get_origin(field.annotation) is Literal:
        options = list(get_args(field.annotation))
        words: dict[Any, str] = extra.get("words", {})
        return st.selectbox(
            title,
            options,
            options.index(now) if now in options else 0,
            format_func=lambda value: words.get(value, str(value)),
            key=key,
            help=help_text,
        )
    return _several(here, name, field, extra, key)


def numbers_of_method(
    here: state.State[Any], name: str, field: FieldInfo, extra: dict[str, Any]
) -> tuple[float, ...]:
    """A slider for each number of the chosen method's own; () where they are as published."""
    method = METHODS[here.values["method"]]
    st.caption(f"{method.about} Loss: {method.formula}. {method.paper}.")
    published = tuple(parameter.default for parameter in method.parameters)
    now = here.values[name] if len(here.values[name]) == len(published) else published
    found = []
    for value, parameter in zip(now, method.parameters, strict=True):
        key = f"{here.key(name)}:{method.name}:{parameter.name}"
        found.append(
            st.slider(
                parameter.label,
                parameter.low,
                parameter.high,
                float(st.session_state.get(key, value)),
                key=key,
                help=f"{parameter.help}. Published: {parameter.default:g}.",
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
                field.title or name,
                list(options),
                [v for v in st.session_state.get(key, value) if v in options],
                format_func=lambda v: words.get(v, str(v)),
                key=key,
                help=field.description,
            )
        )
    text = value if isinstance(value, str) else as_text(value).replace(",", ", ")
    typed = st.text_input(
        field.title or name,
        st.session_state.get(key, text),
        key=key,
        help=f"{field.description} Separated by commas.",
    )
    try:
        return here.model.parse({name: typed}).model_dump()[name]
    except KdlabError:
        return typed  # said once, for the whole configuration
