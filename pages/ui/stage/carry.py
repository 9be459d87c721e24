"""From one page to another with the same data, networks and settings: what goes along, what not.

::

    settings of this page ──── all that both pages have ────> settings of that page
      left behind, and said: what that page finds or varies itself, or cannot take
      as that page has it:   its own settings, epochs and seeds that nobody changed here
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from kdlab.config.schema import StudentConfig
from kdlab.errors import KdlabError
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.run.language import LANGUAGE
from kdlab.experiments.search.experiment import SEARCH
from kdlab.experiments.sweep import SweepConfig
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.studies import EXPERIMENTS, STUDIES
from kdlab.translation import say
from pages.ui.shell import page_links, prose, refusals, state
from pages.ui.shell.contents import CONTENTS, Entry
from pages.ui.shell.state import State
from pages.ui.stage.session import WorkScreen

LENGTH = ("epochs", "seeds")
"""A map of hundreds of students has fewer epochs than one run: where these stand at the default of
this page, that page has its own."""
EXERCISES = ("mistakes", "claims")
"""Studies whose choice brings the settings in which it is tested: nothing is carried there."""
FIRST: dict[str, Experiment[Any, Any]] = {
    "live": DISTILL,
    "map": SWEEP,
    "search": SEARCH,
    "language-model": LANGUAGE,
}
"""Address of a page -> what it does, of those that are named first."""


@dataclass(frozen=True)
class Carried:
    """Settings for another page, None where it can have none of these, and why, as ``problem``;
    ``left`` are the titles of those that do not go along, ``own`` those that it has otherwise."""

    config: StudentConfig | None
    left: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    problem: str = ""

    def sentence(self) -> str:
        """What a visitor is told of it, as Markdown; empty where all goes along."""
        words = []
        if self.problem:
            words.append(prose.text("stage", "not carried").format(why=prose.plain(self.problem)))
        if self.left:
            words.append(prose.text("stage", "left behind").format(names=say(", ").join(self.left)))
        if self.own:
            words.append(prose.text("stage", "its own").format(names=say(", ").join(self.own)))
        return " ".join(words)


def carried(
    given: StudentConfig, to: Experiment[Any, Any], own: Mapping[str, Any] | None = None
) -> Carried:
    """``given`` as settings of ``to``, whose ``own`` settings stay as its page was left."""
    here, there = type(given).model_fields, to.config.model_fields
    values = {
        name: getattr(given, name)
        for name in StudentConfig.model_fields
        if not (name in LENGTH and getattr(given, name) == here[name].default)
    }
    kept = {n: v for n, v in (own or {}).items() if n in there and n not in here}
    try:
        config = to.config.parse({**kept, **values})
        to.possible(config)
        if to.name in STUDIES:
            STUDIES[to.name].planned(config)
    except KdlabError as error:
        return Carried(None, problem=refusals.sentence(error, to.config))
    config = _looked_at(config, given)
    return Carried(config, tuple(_left(config, given, to)), tuple(_own(config, given)))


def _looked_at(config: Any, given: StudentConfig) -> Any:
    """A map looks at the cell of these settings, where it has one."""
    if not isinstance(config, SweepConfig):
        return config
    try:
        column, row = (
            config.along(axis).index(getattr(given, axis.setting)) for axis in config.axes
        )
    except ValueError:
        column = row = -1
    return config.model_copy(update={"column": column, "row": row})


def _left(config: StudentConfig, given: StudentConfig, to: Experiment[Any, Any]) -> Iterator[str]:
    """Titles of the settings that play no part on that page."""
    normal = to.normal(config)
    unused = STUDIES[to.name].unused if to.name in STUDIES else frozenset()
    found = isinstance(config, SweepConfig) and config.column >= 0
    for name, field in type(given).model_fields.items():
        value = getattr(given, name)
        if name not in type(config).model_fields:
            gone = name in StudentConfig.model_fields or name == "schedule"
            gone = gone and value != field.default
        elif name not in StudentConfig.model_fields or (found and _is_axis(config, name)):
            gone = False
        else:
            gone = name in unused or getattr(normal, name) != getattr(config, name)
            gone = gone and value != field.default
        if isinstance(given, SweepConfig) and not isinstance(config, SweepConfig):
            gone = gone or _is_axis(given, name)  # no cell was chosen
        if gone:
            yield _title(field.title or name)


def _is_axis(config: Any, name: str) -> bool:
    return name in {axis.setting for axis in config.axes}


def _own(config: StudentConfig, given: StudentConfig) -> Iterator[str]:
    for name in LENGTH:
        value = getattr(config, name)
        if value != getattr(given, name):
            yield f"{_title(str(type(config).model_fields[name].title))} {value}"


def _title(title: str) -> str:
    return say(title)[:1].lower() + say(title)[1:]


def elsewhere(here: State[Any], shown: WorkScreen[Any, Any], config: StudentConfig | None) -> None:
    """A button whose menu leads to other pages with these settings. Nothing is made for it before
    it is opened."""
    if "elsewhere" not in state.hidden():
        with st.container(width="content"):  # a fragment takes all the room that it is given
            st.fragment(_menu)(here, shown.work.page, shown.work.experiment.name, config)


def _menu(here: State[Any], page: str, name: str, config: StudentConfig | None) -> None:
    opened = st.popover(
        say("Same settings on …"),
        icon=":material/move_up:",
        key=f"{page}.elsewhere.{state.visits()}",
        on_change="rerun",
        disabled=config is None,
        help=prose.text("stage", "help elsewhere"),
    )
    if not opened.open or config is None:
        return
    config = _of_the_cell(config, here.values)
    with opened:
        for entry, to in pages():
            if to.name != name:
                _link(entry, carried(config, to, _as_left(entry, to)))


def _of_the_cell(config: StudentConfig, values: Mapping[str, Any]) -> StudentConfig:
    """Of a map the run of the cell that was chosen, where one was."""
    if not isinstance(config, SweepConfig):
        return config
    (across, up), (column, row) = config.axes, (values["column"], values["row"])
    width, height = len(config.along(across)), len(config.along(up))
    chosen = 0 <= column < width and 0 <= row < height
    return config.cell(row * width + column) if chosen else config


def pages() -> Iterator[tuple[Entry, Experiment[Any, Any]]]:
    """Where settings can be carried, with what is done there: runs, maps and searches first."""
    entries = {entry.path: entry for part in CONTENTS.values() for entry in part}
    yield from ((entries[path], to) for path, to in FIRST.items())
    for path, entry in entries.items():
        if path in STUDIES and path not in EXERCISES:
            yield entry, EXPERIMENTS[path]


def _as_left(entry: Entry, to: Experiment[Any, Any]) -> dict[str, Any]:
    """The settings of that page as this visitor left it; empty where he has not been there."""
    page = entry.path if to.name not in STUDIES else f"study.{to.name}"
    values: dict[str, Any] = st.session_state.get(f"link.{page}", {}).get("values", {})
    return values


def _link(entry: Entry, found: Carried) -> None:
    if found.config is None:
        st.markdown(prose.plain(say(entry.title)))
        st.caption(found.sentence())
    else:
        page_links.follow(entry.script, say(entry.title), found.config, found.sentence())
