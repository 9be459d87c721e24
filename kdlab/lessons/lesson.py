"""A lesson as data: steps on pages of the lab, each of which waits until the learner has done it.

How one is written as a file: :mod:`kdlab.lessons.reading`. Which pages, settings and controls there
are, the lab's pages say; here they are names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Compared = Literal["=", "!=", "<", "<=", ">", ">="]
Happened = Literal["run ended", "cell clicked", "answered", "opened"]
Kind = Literal["verdict", "number", "choice"]


@dataclass(frozen=True, slots=True)
class Setting:
    """Holds while the setting ``name`` of the step's page compares so with ``value``."""

    name: str
    compared: Compared
    value: str


@dataclass(frozen=True, slots=True)
class Event:
    """Holds once that has happened on the step's page: a run at its settings has ended, a cell of
    the map was clicked, the prediction or question of the step was answered, the page was opened by
    the learner himself."""

    happened: Happened


Condition = Setting | Event


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the lab, by its address, and what of its settings a link to it sets."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is to be predicted before a result is shown, and which number of the result decides.

    ``kind``: "verdict" (will it help, hurt, or cannot it be told), "number" (from ``low`` to
    ``high`` in steps of ``step``, in the ``unit`` of the screen), or "choice" among ``choices``, of
    which the one with the highest measure is right. ``measure`` names a number of the result of
    ``link``: see :mod:`kdlab.lessons.measured`; of a choice it is one measure for each.
    """

    ask: str
    kind: Kind
    measure: tuple[str, ...]
    link: Link
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 100.0
    step: float = 1.0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong answer, why it is wrong, and the run that shows it."""

    say: str
    because: str
    see: Link | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question with one right answer; wrong ones are explained by a run."""

    ask: str
    right: str
    because: str
    wrong: tuple[Wrong, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a few sentences (Markdown), where it takes place, which control is highlighted, and
    what ends it: all of ``until``. ``after`` (Markdown) is told once it has ended, or what was
    predicted is revealed: why."""

    heading: str
    text: str
    page: Link | None = None
    control: str = ""
    until: tuple[Condition, ...] = ()
    predict: Prediction | None = None
    question: Question | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson: ``name`` is its address, ``minutes`` how long it takes a newcomer, ``needs`` what
    it takes for granted, ``about`` one sentence, ``intro`` Markdown. ``language`` as in a folder of
    texts."""

    name: str
    title: str
    about: str
    minutes: int
    needs: str
    intro: str
    steps: tuple[Step, ...]
    language: str = "en"
