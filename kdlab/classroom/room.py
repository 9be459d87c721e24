"""What is known of a room and of what is asked in it: plain records, the same for all who look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kdlab.hosting.class_rights import Right
from kdlab.lessons.lesson import Link, Prediction, Question

Phase = Literal["open", "closed", "running", "revealed"]
Permission = Right
SENT_SECONDS = 300.0
"""For so long after a sending, who comes to the class goes where the others were sent."""


Interval = tuple[float, float, float]
"""Mean, low, high, all of them equal where there is no interval: what earlier versions kept."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured number: its mean, the ends of its 95 % interval, None where it has none, as with
    one seed, and what that is ``over``, in English: "5 seeds"; empty where that is not known.
    ``ahead``, of one of several: by how much the best is better, seed by seed."""

    mean: float
    low: float | None = None
    high: float | None = None
    over: str = ""
    ahead: Interval | None = None


Result = Mapping[str, Estimate]
"""A prediction's measured values by their names."""


def estimate(told: Estimate | Interval) -> Estimate:
    """``told`` as a number with or without an interval."""
    if isinstance(told, Estimate):
        return told
    mean, low, high = told
    return Estimate(mean) if low == high else Estimate(mean, low, high)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is, or was, before the class: a prediction of a run, or a question with a
    right answer. ``phase``: answers are taken while it is "open"; "running" is the one run for all;
    "revealed" has the ``result`` (empty for a question, whose right answer it holds itself) shown
    to everybody. ``answers``: how many have come."""

    number: int
    what: Prediction | Question
    phase: Phase = "open"
    answers: int = 0
    result: Result = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Room:
    """A class. ``code`` is in the address for everybody; ``revision`` grows with each change that
    anybody in it can see; ``sent`` is where the instructor has sent all pages (None: nowhere, or
    something was asked or cleared since), ``sent_at`` when, in seconds since 1970, and ``sending``
    grows with each sending, so that a page follows it once."""

    code: str
    title: str
    revision: int
    asked: Asked | None = None
    sent: Link | None = None
    sending: int = 0
    allowed: frozenset[Permission] = frozenset()
    ended: bool = False
    sent_at: float = 0.0

    def goal(self, now: float) -> Link | None:
        """Where a page goes that has not followed the last sending; None where that was long
        ago."""
        return self.sent if now - self.sent_at < SENT_SECONDS else None


@dataclass(frozen=True, slots=True)
class Tally:
    """The answers to one question, without names: value -> how many, in the order of the choices,
    or of the numbers; ``waiting``: how many who are there have not answered; ``there``: how many
    are there."""

    counts: Mapping[str, int] = field(default_factory=dict)
    answers: int = 0
    waiting: int = 0
    there: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, for the instructor: ``nickname`` is empty where none was typed; ``seconds`` went
    by between the question and this answer, the last of a visitor who changed his."""

    asked: Asked
    value: str
    nickname: str
    seconds: float
