"""The state of a page is its address: read on arrival, written back when it changes.

One door for every page. A page says which settings it has (a frozen model with defaults and
limits), and gets a :class:`State`:

* on arrival the link is read through the model; what does not validate falls back to the default
  and a sentence says so;
* the values live in the session, so that they survive a visit to another page;
* :meth:`State.write` puts the settings that differ from the defaults back into the address.

What a page has in its address beside settings, such as a pinned run, is its ``beside``: read and
written with them.

``?hide=alpha,train`` hides controls, so that a teacher can hand out an exercise as a link; it is
kept in the address and in shared links.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import streamlit as st

from kdlab.config.base import Settings
from kdlab.errors import ConfigError, KdlabError
from kdlab.experiments.run.language import Language
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.studies import EXPERIMENTS
from kdlab.tools import Wish
from pages.ui.components import loss_lab, modes, soft_targets
from pages.ui.shell import carried, prose, refusals

ROOT = Path(__file__).resolve().parents[3]

HIDE = "hide"
PARTS = ("train", "player", "try", "takeaway", "more", "elsewhere", "pin")
"""What a link may hide besides settings and the parts of a component."""

HIDEABLE = frozenset(
    {*PARTS, "examples", "shown_temperature", "tool"}
    | {*soft_targets.PARTS, *loss_lab.PARTS, *modes.PARTS}
    | FullRunConfig.model_fields.keys()
    | Language.model_fields.keys()
    | Wish.model_fields.keys()
    | {name for experiment in EXPERIMENTS.values() for name in experiment.config.model_fields}
)
"""All that a link may hide, on any page: hidden names go along when the visitor moves on. From the
registry, not told by the pages: a link may open the first of them, and the others are not imported
yet."""
ECHO_SECONDS = 1.5
"""For so long the browser may still send an address that this page has since replaced."""

Model = TypeVar("Model", bound=Settings)


class State(Generic[Model]):
    """The settings of one page in one session.

    ``values`` are the settings as they stand on the widgets: a combination of them may be
    impossible, so they are checked by :meth:`config`, not on assignment.
    """

    def __init__(
        self,
        page: str,
        model: type[Model],
        names: Mapping[str, Callable[[str], Any]] | None = None,
        beside: Collection[str] = (),
    ) -> None:
        self.page = page
        self.model = model
        self._names = names or {}
        self._beside = beside
        memory = st.session_state.setdefault(f"link.{page}", {})
        self._memory: dict[str, Any] = memory
        self.values: dict[str, Any] = memory.setdefault("values", model().model_dump())
        self.problems: list[str] = memory.setdefault("problems", [])
        self.beside: dict[str, str] = memory.setdefault("beside", {})

    def config(self) -> Model:
        """The checked settings; ConfigError where they cannot be."""
        return self.model.parse(self.values)

    def key(self, name: str) -> str:
        """The key of the widget that shows setting ``name``."""
        revision = self._memory.setdefault("revisions", {}).get(name, 0)
        return f"{self.page}.{name}" + (f"#{revision}" if revision else "")

    def shown(self, name: str, value: Any, part: str = "") -> tuple[str, Any]:
        """The key of the widget of setting ``name``, or of a ``part`` of it, and what it shows in
        this run: ``value`` where it has not been drawn yet."""
        key = self.key(name) + part
        return key, st.session_state.get(key, value)

    def set(self, **values: Any) -> None:
        """Change settings from outside their widgets: before these are drawn, or in a callback.

        A widget that showed another value is replaced by a new one: the browser repeats the values
        of all widgets with every message, and what it still says of the old one is then ignored.
        """
        for name, value in values.items():
            drawn = any(str(key).startswith(self.key(name)) for key in st.session_state)
            if drawn and self.values[name] != value:
                revisions = self._memory.setdefault("revisions", {})
                revisions[name] = revisions.get(name, 0) + 1
            self.values[name] = value

    def write(self) -> None:
        """Put the settings into the address, if it says something else. Starts no rerun."""
        try:
            target = self.config().to_query()
        except ConfigError:
            return  # an impossible combination is not a link to share
        if hide := _hide():
            target[HIDE] = ",".join(sorted(hide))
        others = {
            name: value
            for name, value in st.query_params.items()
            if name not in self.model.model_fields and name not in (HIDE, *self._beside)
        }
        target = carried.told(others | target | self.beside)
        # A link within the app tells the server where it leads, but not the browser's address bar.
        if target != dict(st.query_params) or self._memory.pop("followed", False):
            self._remember(st.query_params)
            st.query_params.from_dict(target)
        self._remember(target)

    def _remember(self, target: Mapping[str, str]) -> None:
        """Keep what was written: the browser echoes it with the next interaction. Without what goes
        along from page to page, which says nothing of the settings."""
        target = carried.without(target)
        now = time.monotonic()
        echoes = [(t, q) for t, q in self._memory.get("echoes", []) if now - t < ECHO_SECONDS]
        self._memory["echoes"] = [*echoes, (now, target)]
        self._memory["written"] = target

    def _read(self) -> None:
        """Take the settings from the address if a link was followed."""
        found = carried.without(st.query_params)
        asked = {name: value for name, value in found.items() if name in self.model.model_fields}
        beside = {name: found[name] for name in self._beside if name in found}
        now = time.monotonic()
        again = visit(self.page)
        echo = found == self._memory.get("written") or any(
            found == query and now - t < ECHO_SECONDS for t, query in self._memory.get("echoes", [])
        )
        if not asked and not beside and not (again and "written" in self._memory):
            self._memory["written"] = found
            return  # a menu leads here without settings: the page is as it was left
        if echo:
            return
        config, problems = self.model.from_query(asked)
        values = config.model_dump()
        for name, find in self._names.items():
            try:
                find(values[name])
            except KdlabError as error:
                # read again without it: what it would have brought has no place either
                asked.pop(name, None)
                values = self.model.from_query(asked)[0].model_dump()
                problems.append(
                    f"{error.received}. Allowed: {error.allowed}. Used instead: {values[name]}."
                )
        self.set(**values)
        self.problems[:] = problems
        if again or beside:  # who comes from another page finds what stands beside as he left it
            self.beside.clear()
            self.beside.update(beside)
        self._memory["followed"] = "written" in self._memory
        self._remember(found)


def state(
    page: str,
    model: type[Model],
    names: Mapping[str, Callable[[str], Any]] | None = None,
    beside: Collection[str] = (),
) -> State[Model]:
    """The settings of ``page``, after reading the address. Call it first, before any widget.

    ``names``: settings that name an entry of a registry, with the function that finds it and
    raises a KdlabError where there is none. ``beside``: parameters of the page that are no
    settings.
    """
    here = State(page, model, names, beside)
    here._read()
    return here


def visit(page: str) -> bool:
    """Note that ``page`` is shown; whether it was also the last page that this session saw.

    Pages with a :class:`State` need not call it. On all of them a link may hide something: the
    exercise goes on from Home, too.
    """
    if (hide := st.query_params.get(HIDE)) is not None:
        st.session_state["link.hide"] = [h.strip() for h in hide.split(",")]
    same = bool(st.session_state.get("link.page") == page)
    st.session_state["link.page"] = page
    st.session_state["link.visits"] = visits() + (not same)
    return same


def visits() -> int:
    """How often this session has come to a page: what was opened on an earlier visit is closed, in
    the browser too, where it goes by another name."""
    return int(st.session_state.get("link.visits", 0))


def warn(here: State[Any]) -> None:
    """Show a sentence for each setting of a link that could not be used, and for each name in its
    ``hide`` that hides nothing."""
    for problem in here.problems:
        words = refusals.in_labels(problem, here.model)
        st.warning(prose.plain(words), icon=":material/warning:")
    unknown = sorted(hidden() - HIDEABLE - here.model.model_fields.keys())
    if unknown:
        names = ", ".join(repr(name[:40]) for name in unknown[:5])
        sentence = (
            f"The link asks to hide {names}, but there is nothing of that name. Allowed: names of "
            f"settings as in links, like alpha, and {', '.join(PARTS)}."
        )
        st.warning(prose.plain(sentence), icon=":material/warning:")


def hidden() -> frozenset[str]:
    """The controls that the link hides: names of settings, and names like "train". Who hides the
    method hides its numbers."""
    found = _hide()
    return found | {"method_parameters"} if "method" in found else found


def hides() -> str:
    """What the link hides, as it stands in links."""
    return ",".join(sorted(_hide()))


def hide(names: str) -> None:
    """From now on these are hidden, as if a link had said so; commas between them, empty for
    nothing. In a callback, or before the page is drawn."""
    st.session_state["link.hide"] = [each.strip() for each in names.split(",")]
    if names:
        st.query_params[HIDE] = names
    elif HIDE in st.query_params:
        del st.query_params[HIDE]


def _hide() -> frozenset[str]:
    """The names in the link's ``hide``."""
    return frozenset(h for h in st.session_state.get("link.hide", []) if h)


def along() -> dict[str, str]:
    """What the address of another page carries besides its settings, where it is opened in a tab of
    its own: what this link hides, and what goes along from page to page."""
    hide = _hide()
    return carried.told({HIDE: ",".join(sorted(hide))} if hide else {})
