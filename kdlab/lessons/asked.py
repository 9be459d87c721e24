"""What a step asks: a prediction of a result, or a question with one right answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kdlab.lessons import names
from kdlab.lessons.keys import Keys
from kdlab.lessons.lesson import Link, Prediction, Question, Wrong
from kdlab.lessons.mistakes import Spot
from kdlab.lessons.places import Places

KINDS = ("verdict", "number", "choice")
LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_REASON = 500, 200, 600
MOST_CHOICES = 8
UNITS = ("%", "points", "bits per character", "")
LOWEST, HIGHEST = -1e6, 1e6
MOST_STOPS = 10_000
"""Of a slider."""

Follow = Callable[[str, Spot, str], Link | None]
"""Reads a link and tells what is wrong with it: (text, where, key)."""


def prediction(keys: Keys, follow: Follow, places: Places, here: Link | None) -> Prediction | None:
    """The prediction that ``keys`` say; the learner is at ``here``. None where it is none."""
    ask = keys.line("ask", LONGEST_QUESTION)
    kind: Any = keys.one_of("kind", KINDS)
    measures = keys.lines("measure", MOST_CHOICES)
    link = here
    if "run" in keys:
        link = follow(keys.line("run", 2000), keys.spot, "run")
    elif here is None:
        keys.spot.add("neither the step nor the prediction says on which page it is run: run = …")
    choices = keys.lines("choices", MOST_CHOICES, LONGEST_ANSWER) if kind == "choice" else ()
    numbers = _slider(keys) if kind == "number" else {}
    keys.rest("run", *(("choices",) if kind == "choice" else ()), *numbers)
    if link is not None:
        problems = {
            problem for measure in measures for problem in names.problems(measure, link, places)
        }
        for problem in sorted(problems):
            keys.spot.add(problem, "measure")
    if kind == "choice":
        _choices(keys, choices, measures)
    elif len(measures) != 1:
        keys.spot.add(f"a prediction names one measure; this one names {len(measures)}", "measure")
    elif kind == "verdict" and not measures[0].startswith("gain"):
        keys.spot.add(
            f"a verdict is about a gain, and measure is “{measures[0]}”; allowed: gain …", "measure"
        )
    if link is None or not kind:
        return None
    return Prediction(ask, kind, measures, link, choices, **numbers)


def _slider(keys: Keys) -> dict[str, Any]:
    low = keys.number("low", LOWEST, HIGHEST, 0.0)
    high = keys.number("high", LOWEST, HIGHEST, 100.0)
    step = keys.number("step", 1e-6, HIGHEST, 1.0)
    if low >= high:
        keys.spot.add(f"low is {low:g} and high is {high:g}; low has to be below high", "low")
    elif (high - low) / step > MOST_STOPS:
        keys.spot.add(f"step is {step:g}, which makes more than {MOST_STOPS:,} stops", "step")
    unit = keys.one_of("unit", UNITS) if "unit" in keys else ""
    return {"low": low, "high": high, "step": step, "unit": unit}


def _choices(keys: Keys, choices: tuple[str, ...], measures: tuple[str, ...]) -> None:
    if len(choices) < 2:
        keys.spot.add('a choice is among two or more: choices = ["…", "…"]', "choices")
    elif len(set(choices)) < len(choices):
        keys.spot.add("two choices have the same words", "choices")
    elif len(choices) != len(measures):
        keys.spot.add(
            f"there are {len(choices)} choices and {len(measures)} measures; each choice has one",
            "measure",
        )
    if len({measure.split()[0] for measure in measures if measure}) > 1:
        keys.spot.add("the measures are of different kinds; they are to be compared", "measure")


def question(keys: Keys, follow: Follow) -> Question:
    """The question that ``keys`` say."""
    ask = keys.line("ask", LONGEST_QUESTION)
    right = keys.line("right", LONGEST_ANSWER)
    because = keys.line("because", LONGEST_REASON)
    keys.known.add("wrong")
    told = keys.values.get("wrong", [])
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        keys.spot.add('wrong is a list of tables: [ { say = "…", because = "…" } ]', "wrong")
        told = []
    if not 1 <= len(told) <= MOST_CHOICES - 1:
        keys.spot.add(
            f"a question has 1 to {MOST_CHOICES - 1} wrong answers; this one has {len(told)}",
            "wrong",
        )
    wrong = []
    for number, each in enumerate(told[: MOST_CHOICES - 1], start=1):
        spot = keys.spot.at(keys.spot.lines.get("wrong", keys.spot.line))
        spot = Spot(spot.mistakes, spot.line, spot.step)
        own = Keys(spot, f"wrong answer {number}", each)
        say = own.line("say", LONGEST_ANSWER)
        reason = own.line("because", LONGEST_REASON)
        own.known.add("see")
        see = follow(own.line("see", 2000), spot, "see") if "see" in own else None
        own.rest()
        wrong.append(Wrong(say, reason, see))
    keys.rest()
    answers = [right, *(each.say for each in wrong)]
    if len(set(answers)) < len(answers):
        keys.spot.add("two answers have the same words", "wrong")
    return Question(ask, right, because, tuple(wrong))
