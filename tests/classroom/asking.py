"""Questions, visitors and a clock for the tests of a class."""

from __future__ import annotations

from kdlab.hosting.visitor import Visitor
from kdlab.lessons.lesson import Link, Prediction, Question, Wrong

LIVE = Link("live", {"labels": "100"})
VERDICT = Prediction("Will the teacher help?", "verdict", ("gain",), LIVE)
NUMBER = Prediction(
    "By how many points?", "number", ("gain",), LIVE, low=-10.0, high=10.0, step=0.5, unit="points"
)
CHOICE = Prediction(
    "Which student wins?", "choice", ("gain small", "gain large"), LIVE, ("small", "large")
)
QUESTION = Question(
    "What does T do?", "it softens", "f", (Wrong("it hardens", "g", LIVE), Wrong("nothing", "h"))
)


def visitor(name: object) -> Visitor:
    return Visitor(f"visitor {name}")


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def goes_on(self, seconds: float) -> None:
        self.now += seconds
