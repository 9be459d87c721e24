"""The settings of any page as controls, drawn from the page's own model: those of a run with the
widgets that the pages have, all others by their type and limits."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab.config.schema import StudentConfig
from kdlab.config.words import as_text
from kdlab.data import DATASETS
from kdlab.errors import KdlabError
from kdlab.translation import say
from pages.ui.exercises import typed
from pages.ui.shell import page_links, prose, refusals
from pages.ui.shell import state as links
from pages.ui.shell.contents import Entry
from pages.ui.widgets import choices
from pages.ui.widgets import settings as controls

PREFIX = "compose."
LEFT_OUT = frozenset({"teacher_weights"})
"""What a link may set and nobody types: marks of files."""
FIRST = ("dataset", "labels", "temperature", "alpha")
"""Shown before anything else is chosen."""
FEW = 8
"""A page with so few settings shows all of them."""
ONLY = {"draw": ("networks", "shown_temperature", "example")}
"""Page -> the settings that its links carry, where the others follow from these."""
OF_DATA = frozenset(name for record in DATASETS.values() for name in record.settings)
ALIKE = frozenset({"dataset", "teacher", "student", "method", "folder", "labels", "train_limit"})
"""Drawn in a way of their own where a run's model has them; other models mean other things."""


def state_of(page: Entry) -> links.State[Any]:
    """The settings of ``page`` as they are being composed; the page itself is not touched."""
    assert page.settings is not None
    return links.State(PREFIX + page.path, page.settings)


def panel(here: links.State[Any]) -> None:
    """Choose settings of a page, and a widget for each of those."""
    own = offered(here)
    name = f"settings.{here.page}"
    before = [each for each in typed.now(name, first(here)) if each in own]
    chosen = st.multiselect(
        say("Settings to show here"),
        own,
        [each for each in st.session_state.get(typed.key(name), before) if each in own],
        format_func=lambda each: title(here.model, each),
        key=typed.key(name),
        placeholder=say("Choose options"),
        help=say("Only what differs from the page's defaults goes into the link."),
    )
    typed.keep(name, chosen)
    for each in chosen:
        _draw(here, each)
    if differing(here) and st.button(
        say("Back to the defaults"), key=f"{here.page}.reset", icon=":material/restart_alt:"
    ):
        here.set(**here.model().model_dump())
        st.rerun()


def offered(here: links.State[Any]) -> list[str]:
    """The names of the settings that mean something with what is chosen: a table's columns only for
    tables."""
    path = here.page.removeprefix(PREFIX)
    if path in ONLY:
        return list(ONLY[path])
    record = DATASETS.get(str(here.values.get("dataset", "")))
    used = OF_DATA if record is None else frozenset(record.settings)
    return [
        name
        for name in here.model.model_fields
        if name not in LEFT_OUT and (name not in OF_DATA or name in used)
    ]


def differing(here: links.State[Any]) -> list[str]:
    """The settings that are not at their defaults; none while they cannot be."""
    try:
        return list(here.config().to_query())
    except KdlabError:
        return []


def title(model: Any, name: str) -> str:
    """What a setting is called on the pages."""
    field = model.model_fields.get(name)
    return say(field.title or name) if field is not None else name


def told(config: Any) -> str:
    """What of the settings differs from the defaults, as Markdown, and where nothing does, what the
    link carries all the same. What somebody may have typed is shown as it is."""
    parts = [_named(config, name, value) for name, value in config.to_query().items()]
    if parts:
        return " · ".join(parts)
    ((name, value),) = page_links.query(config).items()
    return say(
        "All settings are at their defaults. The link names one of them ({name}), so opening "
        "it sets them all.",
        name=_named(config, name, value),
    )


def _named(config: Any, name: str, value: str) -> str:
    shown = prose.plain(value[:80] or say("empty"))
    return f"{prose.plain(title(type(config), name))}{say(': ')}**{shown}**"


def first(here: links.State[Any]) -> list[str]:
    """The settings that a page shows here before any was chosen: those that differ, the common
    ones, and a study's own."""
    own = offered(here)
    if len(own) <= FEW:
        return own
    extra = {name: controls.facts(here.model.model_fields[name]).get("group") for name in own}
    differs = differing(here)
    return [
        name
        for name in own
        if name in FIRST or name in differs or extra[name] in ("study", "map", "wish")
    ]


def _draw(here: links.State[Any], name: str) -> None:
    field = here.model.model_fields[name]
    extra = controls.facts(field)
    try:
        if _has_control(here.model, name, field, extra):
            controls.control(here, name)
        else:
            _text(here, name, field)
    except KdlabError as error:  # what stands there is no network, or the like
        st.error(prose.plain(refusals.sentence(error, here.model)), icon=":material/error:")


def _has_control(model: Any, name: str, field: Any, extra: dict[str, Any]) -> bool:
    """Whether the pages have a widget for it: a number needs a lower limit, and what is drawn in a
    way of its own the model of a run."""
    if field.annotation in (int, float):
        return "low" in extra
    return issubclass(model, StudentConfig) or (name not in ALIKE and choices.fits(field, extra))


def _text(here: links.State[Any], name: str, field: Any) -> None:
    """A value as a link has it; what it may be is said when it cannot be."""
    value = here.values[name]
    text = as_text(value) if isinstance(value, list | tuple) else str(value)
    key, now = here.shown(name, text)
    label, help_text = title(here.model, name), say(field.description or "")
    asked = st.text_input(label, now, key=key, help=help_text or None)
    here.values[name] = asked.strip()
