"""Which lesson is open and at which step, and how far this visitor is in each.

The step stands in the address (:mod:`pages.ui.shell.carried`), ``?lesson=soft-targets.3``, so that
a lesson can be left and found again. 0 is what stands before the first step, and one more than the
last step is the end. What was predicted and which steps are done is kept in the session, and in
the browser tab (:mod:`pages.ui.guide.keeping`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import streamlit as st

from kdlab.lessons import shelf
from kdlab.lessons.lesson import Lesson, Link, Prediction, Question, Step
from kdlab.lessons.reading import MOST_STEPS, NAME
from kdlab.translation import language
from pages.ui.guide.places import PLACES
from pages.ui.shell import state
from pages.ui.shell.carried import Carried

HIDDEN = "guide.hidden"
"""In the session: what was hidden before the lesson that is open, as in links."""
VALUE = re.compile(rf"({NAME.pattern})(?:\.(\d{{1,3}}))?")


def sound(value: str) -> bool:
    """Whether it can be the value of the parameter; empty closes a lesson."""
    found = VALUE.fullmatch(value)
    return not value or (found is not None and int(found[2] or 0) <= MOST_STEPS + 1)


STANDS = Carried("lesson", sound)


@dataclass(frozen=True)
class Seeds:
    """The seeds of a run, and what else it was run at: the fingerprint of its settings without
    its seeds. Gains at other settings are nothing to compare it with."""

    settings: str
    first: int
    count: int


@dataclass(frozen=True)
class Gained:
    """A gain in the units of the screen."""

    mean: float
    unit: str
    digits: int


@dataclass
class Progress:
    """Of one lesson in this session: the steps that are done, the furthest one that was opened, and
    as the step that is open began: the cell of the map, how often work was begun on its page."""

    done: set[int] = field(default_factory=set)
    furthest: int = 0
    cell: tuple[int, int] = (-1, -1)
    begins: int = 0
    right: dict[int, bool | None] = field(default_factory=dict)
    """Step -> whether what was predicted or answered there is right."""
    gains: dict[Seeds, Gained] = field(default_factory=dict)
    """Seeds of a run -> the gain that was measured with them in this lesson, the latest last."""
    taken: int = 0
    """How often work had been begun on the page when the last of them was measured."""


@dataclass(frozen=True)
class Open:
    """The lesson that is open, at step ``number``: 0 before the first, ``last + 1`` at the end."""

    lesson: Lesson
    number: int

    @property
    def last(self) -> int:
        """How many steps it has."""
        return len(self.lesson.steps)

    @property
    def step(self) -> Step | None:
        """The step; None before the first and at the end."""
        return self.lesson.steps[self.number - 1] if 0 < self.number <= self.last else None

    @property
    def where(self) -> Link | None:
        """Where the step takes place: what it, or the nearest step before it, says."""
        pages = [step.page for step in self.lesson.steps[: self.number] if step.page is not None]
        return pages[-1] if pages else None

    @property
    def asked(self) -> Prediction | Question | None:
        """What the step asks."""
        return None if self.step is None else self.step.predict or self.step.question

    @property
    def key(self) -> str:
        """Begins the keys of the step's widgets."""
        return f"guide.{self.lesson.name}.{self.number}"

    @property
    def progress(self) -> Progress:
        """Of this lesson."""
        return of(self.lesson.name)


def named() -> tuple[str, int] | None:
    """(name, step) as the address says; None where no lesson is open."""
    found = VALUE.fullmatch(STANDS.value)
    return (found[1], int(found[2] or 0)) if found else None


def opened() -> Open | None:
    """The lesson that is open; None where none is, or where there is none of that name."""
    said = named()
    lesson = shelf.lesson(said[0], PLACES(), language()) if said else None
    if said is None or lesson is None:
        return None
    return Open(lesson, min(said[1], len(lesson.steps) + 1))


def of(name: str) -> Progress:
    """How far this visitor is in the lesson ``name``."""
    kept: dict[str, Progress] = st.session_state.setdefault("guide.progress", {})
    return kept.setdefault(name, Progress())


def stand(name: str, number: int) -> None:
    """Open the lesson ``name`` at that step; in a callback, or before the page."""
    STANDS.put(f"{name}.{number}")
    st.session_state.pop("guide.folded", None)


def leave() -> None:
    """Close the lesson; what was done is remembered. What its steps had hidden is there again."""
    STANDS.put("")
    if HIDDEN in st.session_state:
        state.hide(st.session_state.pop(HIDDEN))


def began(number: int, last: int, *, arrives: bool) -> None:
    """Step ``number`` of ``last`` begins: remember what is hidden before a lesson hides anything,
    and before the first step and at the end hide no more than that. Who ``arrives`` by a link into
    the midst of it has what the link hides, and that is the lesson's."""
    if HIDDEN not in st.session_state:
        st.session_state[HIDDEN] = "" if arrives and number else state.hides()
    if number == 0 or number > last:
        state.hide(st.session_state[HIDDEN])
