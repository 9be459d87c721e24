"""What a lesson or a class asks: widgets for an answer, and the answer beside what was measured.

Words of questions and answers may be anybody's: they are shown as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from kdlab.lessons import outcome
from kdlab.lessons.lesson import Prediction, Question
from kdlab.lessons.measured import Measured
from kdlab.translation import say
from pages.ui.guide import going
from pages.ui.shell import prose, speech

Asked = Prediction | Question

RIGHT, WRONG, OPEN = ":material/check_circle:", ":material/cancel:", ":material/help:"


def given(key: str, asked: Asked) -> str | None:
    """The answer that was given to ``asked`` under ``key``; None where none was, or where it is one
    to another question."""
    found = st.session_state.get(f"{key}.given")
    return found if isinstance(found, str) and outcome.sound(asked, found) else None


def forget(key: str) -> None:
    """As if nobody had answered."""
    st.session_state.pop(f"{key}.given", None)


def ask(key: str, asked: Asked) -> str | None:
    """Draw the question and the widgets for its answer; the answer once it was given, as it is kept
    (:mod:`kdlab.lessons.outcome`), and then nothing is drawn. An answer once given stays: what was
    predicted is not changed afterwards."""
    answer = given(key, asked)
    if answer is not None:
        return answer
    words = prose.plain(asked.ask)
    if isinstance(asked, Prediction) and asked.kind == "number":
        value: Any = _slider(key, asked, words)
    else:
        value = st.radio(
            words,
            outcome.answers(asked),
            index=None,
            key=speech.key(f"{key}.choice"),
            format_func=lambda each: prose.plain(outcome.in_words(asked, each)),
            horizontal=isinstance(asked, Prediction) and asked.kind == "verdict",
            help=say("Your answer. Whether it is right is shown once you have given it."),
        )
    label = say("I predict this") if isinstance(asked, Prediction) else say("Answer")
    st.button(
        label,
        key=f"{key}.give",
        disabled=value is None,
        type="primary",
        on_click=_give,
        args=(key, asked, None if value is None else str(value)),
    )
    return None


def _give(key: str, asked: Asked, answer: str | None) -> None:
    if answer is not None and outcome.sound(asked, answer):
        st.session_state[f"{key}.given"] = answer


def _slider(key: str, asked: Prediction, words: str) -> float:
    """It begins in the middle, which says nothing."""
    steps = round((asked.high - asked.low) / asked.step)
    middle = min(asked.high, asked.low + (steps // 2) * asked.step)
    unit = f" {say(asked.unit, about='measure')}" if asked.unit else ""
    return st.slider(
        words,
        float(asked.low),
        float(asked.high),
        float(middle),
        float(asked.step),
        key=f"{key}.number",
        format=f"%g{unit.replace('%', '%%')}",
        help=say("Your prediction. What was measured is shown beside it afterwards."),
    )


def reveal(key: str, asked: Asked, answer: str, result: Sequence[Measured] | None = None) -> None:
    """What was said beside what was measured, ``result`` of a prediction: one number for each of
    its measures; of a question beside the right answer, and why it is right or wrong. What is drawn
    has a key that begins with ``key``: a lesson and a class may ask the same at once."""
    if isinstance(asked, Question):
        _explain(key, asked, answer)
        return
    if not result:
        return
    found = outcome.outcome(asked, answer, result)
    icon = OPEN if found.right is None else RIGHT if found.right else WRONG
    off = f" ({prose.plain(found.off)})" if found.off and not found.right else ""
    colon = say(": ")
    st.markdown(
        f"{icon} {say('You predicted')}{colon}**{prose.plain(found.said)}**{off}  \n"
        f"{say('Measured')}{colon}**{prose.plain(found.found)}**"
    )


def _explain(key: str, asked: Question, answer: str) -> None:
    if answer == asked.right:
        st.markdown(f"{RIGHT} **{prose.plain(answer)}**  \n{prose.plain(asked.because)}")
        return
    wrong = next((each for each in asked.wrong if each.say == answer), None)
    if wrong is None:
        return
    st.markdown(
        f"{WRONG} {say('You answered')}{say(': ')}**{prose.plain(answer)}**  \n"
        f"{prose.plain(wrong.because)}"
    )
    st.markdown(f"{RIGHT} **{prose.plain(asked.right)}**  \n{prose.plain(asked.because)}")
    if wrong.see is not None:
        page = going.entry(wrong.see.path)
        title = say(page.title) if page is not None else wrong.see.path
        going.button(say("See it: {page}", page=title), f"{key}.see", wrong.see)
