"""What a class has said, and how far that was from what was measured, in words."""

from __future__ import annotations

from collections.abc import Mapping

from kdlab.classroom.room import Asked, Tally
from kdlab.lessons import outcome
from kdlab.lessons.lesson import Prediction, Question
from kdlab.lessons.measured import Measured
from kdlab.translation import say
from pages.ui.charts.tally import Answers
from pages.ui.classroom import result

SAID = {"helped": "it helps", "hurt": "it hurts"}
CAME = {"helped": "it helped", "hurt": "it hurt"}


def labels(what: Prediction | Question) -> dict[str, str]:
    """Value -> words of each answer that there is, in the order of the screen; empty where a number
    was asked for."""
    return {value: outcome.in_words(what, value) for value in outcome.answers(what)}


def answers(asked: Asked, counts: Mapping[str, int]) -> Answers:
    """What the chart is told."""
    what, found = asked.what, result.known(asked)
    spread = (found[0].mean, found[0].low, found[0].high) if found else None
    if isinstance(what, Question) or what.kind != "number":
        return Answers(labels(what), counts, right=result.right(asked), measured=spread,
                       told=_each(what, found))  # fmt: skip
    unit = say(what.unit, about="measure")
    return Answers({}, counts, what.low, what.high, what.step, unit, measured=spread,
                   told=_each(what, found))  # fmt: skip


def measured(found: Measured) -> str:
    """ "+5.9 points (5.3 to 6.6, 5 seeds)", "91.3 % (90.8 to 91.7)"."""
    if not found.sure:
        return f"{found.amount()} ({say('one value, no interval')})"
    ends = (found.number(found.low).removeprefix("+"), found.number(found.high).removeprefix("+"))
    between = say("{low} to {high}", low=ends[0], high=ends[1])
    if found.over:
        between = say("{between}, {over}", between=between, over=found.over)
    return f"{found.amount()} ({between})"


def _each(what: Prediction | Question, found: list[Measured]) -> str:
    """What was measured; of choices, one by one."""
    if isinstance(what, Question) or what.kind != "choice":
        return "".join(map(measured, found))
    return say("; ").join(
        say(": ").join([choice, measured(each)])
        for choice, each in zip(what.choices, found, strict=False)
    )


def how_far(asked: Asked, tally: Tally) -> str:
    """How the class has done, plain text; empty before all is revealed."""
    what, everybody = asked.what, tally.answers
    if asked.phase != "revealed":
        return ""
    if not everybody:
        return _alone(asked)
    right = result.right(asked)
    count = tally.counts.get(right, 0)
    if isinstance(what, Question):
        return say(
            "{count} of {all} was right. The answer is: {answer}"
            if count == 1
            else "{count} of {all} were right. The answer is: {answer}",
            count=count,
            all=everybody,
            answer=right,
        )
    found = result.known(asked)
    if not found:
        return ""
    if what.kind == "choice":
        return _of_choices(right, count, everybody)
    if what.kind == "number":
        return _of_numbers(what, tally, found[0])
    if not right:
        return say("One seed cannot tell: {measured}.", measured=measured(found[0]))
    if right == "unclear":
        return say(
            "{count} of {all} said it is too close to tell, and it is: {measured}.",
            count=count, all=everybody, measured=measured(found[0]),
        )  # fmt: skip
    return say("{count} of {all} said {said}; {came}: {measured}.", count=count, all=everybody,
               said=say(SAID[right]), came=say(CAME[right]),
               measured=measured(found[0]))  # fmt: skip


def of_each(asked: Asked) -> outcome.Outcome | None:
    """What was measured of each choice, and what that says, for whoever has chosen none; None where
    that was not asked, or nothing is known."""
    what, found = asked.what, result.known(asked)
    if isinstance(what, Question) or what.kind != "choice" or not found:
        return None
    return outcome.outcome(what, outcome.TIED, found)


def _alone(asked: Asked) -> str:
    """The result, where nobody has answered."""
    if isinstance(asked.what, Question):
        answer = result.right(asked)
        return say("Nobody has answered. The answer is: {answer}", answer=answer)
    found = result.known(asked)
    if not found:
        return ""
    if asked.what.kind == "choice":
        return say("Nobody has answered.") + say(" ") + _best(result.right(asked))
    return say("Measured: {measured}. Nobody has answered.", measured=measured(found[0]))


def _of_choices(right: str, count: int, everybody: int) -> str:
    if right == outcome.TIED and count:  # rooms of earlier versions did not offer it
        return say("{count} of {all} said it is too close to tell, and it is.", count=count,
                   all=everybody)  # fmt: skip
    if right in ("", outcome.TIED):
        return _best(right)
    return say("{count} of {all} said “{answer}”, and that is the best.", count=count,
               all=everybody, answer=right)  # fmt: skip


def _best(right: str) -> str:
    if not right:
        return say("It is open which is best.")
    if right == outcome.TIED:
        return say("It is too close to tell which is best.")
    return say("“{answer}” is the best.", answer=right)


def _of_numbers(what: Prediction, tally: Tally, found: Measured) -> str:
    said = sorted(float(value) for value, count in tally.counts.items() for _ in range(count))
    near = sum(
        count
        for value, count in tally.counts.items()
        if outcome.outcome(what, value, [found]).right
    )
    half = len(said) // 2
    middle = said[half] if len(said) % 2 else (said[half - 1] + said[half]) / 2
    told = outcome.outcome(what, f"{middle:.10g}", [found])
    return say("{count} of {all} predicted it right: {measured}. The median prediction was "
               "{middle}.", count=near, all=len(said), measured=measured(found),
               middle=told.said)  # fmt: skip


def counted(tally: Tally) -> str:
    """How many have answered: "12 have answered."."""
    if not tally.answers:
        return say("Nobody has answered yet.")
    one = tally.answers == 1
    return say("{count} has answered." if one else "{count} have answered.", count=tally.answers)


def present(tally: Tally) -> str:
    """How many are in the room: "12 people are here."."""
    if not tally.there:
        return say("Nobody is here yet.")
    one = tally.there == 1
    return say("1 person is here." if one else "{count} people are here.", count=tally.there)


def missing(tally: Tally) -> str:
    """How many of those who are there have not, for the instructor."""
    if not tally.waiting:
        return say("Everyone who is here has answered.")
    one = tally.waiting == 1
    return say(
        "1 person here has not answered." if one else "{count} people here have not answered.",
        count=tally.waiting,
    )


def mine(asked: Asked, value: str, *, elsewhere: bool = False) -> str:
    """One's own answer, plain text: "Your prediction: It helps."; of one that was given in another
    tab, while this one asked for it, that too."""
    words = outcome.in_words(asked.what, value)
    if elsewhere:
        return say("You answered in another tab, and that counts: {answer}", answer=words)
    if isinstance(asked.what, Question):
        return say("Your answer: {answer}", answer=words)
    return say("Your prediction: {answer}", answer=words)
