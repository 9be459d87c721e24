"""What is asked beside the page: nothing, a question with answers to choose from, or whether the
teacher will help."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from kdlab.lessons.lesson import Link, Prediction, Question, Wrong
from kdlab.lessons.writing import one_line
from kdlab.translation import say
from pages.ui.exercises import typed

MOST_WRONG = 4
LETTERS, REASON_LETTERS, ASK_LETTERS = 200, 600, 500

Kind = Literal["nothing", "question", "prediction"]
KINDS: dict[Kind, str] = {
    "nothing": "Nothing, or a question in the text without answers",
    "question": "A question with answers to choose from",
    "prediction": "A prediction: will the teacher help, or hurt?",
}


def panel(predicts: bool, link: Link) -> Prediction | Question | None:
    """Choose what is asked; ``predicts``: the page measures a gain that can be predicted, of the
    run at ``link``."""
    kinds = [kind for kind in KINDS if predicts or kind != "prediction"]
    before = typed.shown("kind", "nothing")
    kind = st.radio(
        say("What is asked"),
        kinds,
        kinds.index(before) if before in kinds else 0,
        format_func=lambda each: say(KINDS[each]),
        key=typed.key("kind"),
        help=say("The learner answers before the answer, or the measured result, is shown."),
    )
    typed.keep("kind", kind)
    if kind == "nothing":
        return None
    ask = one_line(typed.line("ask", say("Question"), most=ASK_LETTERS))
    if kind == "prediction":
        return Prediction(ask, "verdict", ("gain",), link)
    right = one_line(typed.line("right", say("Right answer"), most=LETTERS))
    because = one_line(
        typed.line("right.because", say("Why it is right (optional)"), most=REASON_LETTERS)
    )
    wrong: list[Wrong] = []
    for number in range(1, MOST_WRONG + 1):
        label = say("Wrong answer {number}", number=number)
        words = one_line(typed.line(f"wrong{number}", label, most=LETTERS))
        if not words:
            break
        label = say("Why {number} is wrong (optional)", number=number)
        why = one_line(typed.line(f"wrong{number}.because", label, most=REASON_LETTERS))
        wrong.append(Wrong(words, why or say("Right is: {answer}", answer=right)))
    return Question(ask, right, because or say("That is the right answer."), tuple(wrong))
