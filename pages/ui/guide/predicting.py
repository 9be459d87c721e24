"""What a lesson or a class asks: widgets for an answer, and the answer beside what was measured.

Words of questions and answers may be anybody's: they are shown as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kdlab.lessons import outcome
from kdlab.lessons.lesson import Prediction, Question
from kdlab.lessons.measured import Measured
from kdlab.translation import say
from pages.ui.guide import going
from pages.ui.shell import prose, speech

Asked = Prediction | Question

LONGEST_IN_A_ROW = 12
"""Characters of a choice."""
RIGHT, WRONG, OPEN = ":material/check_circle:", ":material/cancel:", ":material/help:"


def given(key: str, asked: Asked) -> str | None:
    """The answer that was given to ``asked`` under ``key``; None where none was, or where it is one
    to another question."""
    found = st.session_state.get(f"{key}.given")
    return found if isinstance(found, str) and outcome.sound(asked, found) else None


def forget(key: str) -> None:
    """As if nobody had answered."""
    st.session_state.pop(f"{key}.given", None)
    st.session_state.pop(f"{key}.moved", None)


def question(asked: Asked) -> None:
    """Draw the words of it, which stay where they are once it was answered."""
    st.markdown(f"**{prose.plain(asked.ask)}**")


def ask(key: str, asked: Asked, *, worded: bool = True) -> str | None:
    """Draw the question, where it is not ``worded`` elsewhere, and the widgets for its answer; the
    answer once it was given, as it is kept (:mod:`kdlab.lessons.outcome`), and then nothing is
    drawn. An answer once given stays: what was predicted is not changed afterwards."""
    answer = given(key, asked)
    if answer is not None:
        return answer
    if isinstance(asked, Prediction) and asked.kind == "number":
        if worded:
            help_text = say("Your prediction. What was measured is shown beside it afterwards.")
            st.markdown(prose.plain(asked.ask), help=help_text)
        _number(key, asked)
        return None
    if worded:
        help_text = say("Your answer. Whether it is right is shown once you have given it.")
        st.markdown(prose.plain(asked.ask), help=help_text)
    value = st.radio(
        prose.visible(asked.ask),
        outcome.answers(asked),
        index=None,
        key=speech.key(f"{key}.choice"),
        format_func=lambda each: prose.plain(outcome.in_words(asked, each)),
        horizontal=isinstance(asked, Prediction) and _short(asked),
        label_visibility="collapsed",
    )
    label = say("I predict this") if isinstance(asked, Prediction) else say("Answer")
    _button(key, asked, label, value)
    return None


def _short(asked: Prediction) -> bool:
    """Whether its answers fit beside each other."""
    return all(len(each) <= LONGEST_IN_A_ROW for each in asked.choices)


def _button(key: str, asked: Asked, label: str, value: object, *, ready: bool = True) -> None:
    """``value`` is what is answered; there is no answer yet where it is None. It stands out once it
    is ``ready``."""
    st.button(
        label,
        key=f"{key}.give",
        disabled=value is None,
        type="primary" if ready else "secondary",
        on_click=_give,
        args=(key, asked, None if value is None else str(value)),
    )


def _give(key: str, asked: Asked, answer: str | None) -> None:
    if answer is not None and outcome.sound(asked, answer):
        st.session_state[f"{key}.given"] = answer


def _number(key: str, asked: Prediction) -> None:
    """A slider, which begins in the middle. That nobody has chosen, so the button names what it
    gives, and stands out once the slider was moved. What it was moved to is kept beside the widget,
    which forgets it where it is not drawn."""
    steps = round((asked.high - asked.low) / asked.step)
    middle = min(asked.high, asked.low + (steps // 2) * asked.step)
    moved = st.session_state.get(f"{key}.moved")
    chosen = isinstance(moved, float) and asked.low <= moved <= asked.high
    unit = f" {say(asked.unit, about='measure')}" if asked.unit else ""
    value = st.slider(
        prose.visible(asked.ask),
        float(asked.low),
        float(asked.high),
        float(moved if isinstance(moved, float) and chosen else middle),
        float(asked.step),
        key=f"{key}.number",
        format=f"%g{unit.replace('%', '%%')}",
        on_change=_moved,
        args=(key,),
        label_visibility="collapsed",
    )
    words = prose.plain(outcome.in_words(asked, str(value)))
    _button(key, asked, say("I predict {number}", number=words), value, ready=chosen)


def _moved(key: str) -> None:
    st.session_state[f"{key}.moved"] = float(st.session_state[f"{key}.number"])


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
    off = f" ({prose.plain(found.off)})" if found.off else ""
    colon = say(": ")
    said = f"{icon} {say('You predicted')}{colon}**{prose.plain(found.said)}**{off}"
    if not found.each:
        st.markdown(f"{said}  \n{say('Measured')}{colon}**{prose.plain(found.found)}**")
        return
    st.markdown(f"{said}  \n{prose.plain(found.why)}\n\n{listed(found)}")


def listed(found: outcome.Outcome) -> str:
    """What was measured of each choice on a line of its own, that which was predicted marked, as
    Markdown."""
    over = prose.plain(found.over)
    head = say("Measured, with 95 % intervals over {over}:", over=over) if over else ""
    lines = [head or f"{say('Measured')}{say(': ')}".rstrip(), ""]
    for name, told in found.each:
        words = f"{prose.plain(name)}{say(': ')}{prose.plain(told)}"
        mine = name == found.said
        lines.append(f"- **{words}** ← {say('your prediction')}" if mine else f"- {words}")
    return "\n".join(lines)


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
