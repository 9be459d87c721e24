"""What lessons ask, for a class: one is chosen, and when it was asked the next one offered. And how
a question looks before it is asked."""

from __future__ import annotations

import streamlit as st

from kdlab.lessons import outcome, shelf
from kdlab.lessons.lesson import Lesson, Link, Prediction, Question
from kdlab.translation import language, say
from pages.ui.classroom import going
from pages.ui.guide import listed
from pages.ui.guide.places import PLACES
from pages.ui.shell import prose, speech

BOX = "class.lesson"
"""The key of the box with lessons, and the beginning of that with a lesson's questions. What is
chosen stays while the instructor is on another page, as for a run."""
What = Prediction | Question


def choose() -> What | None:
    """The lesson and one of its questions, which is looked at; None where there is no lesson."""
    lessons = _lessons()
    if not lessons:
        st.caption(say("There is no lesson here that asks anything."))
        return None
    left, right = st.columns([1, 2])
    name = left.selectbox(
        say("Lesson"),
        list(lessons),
        format_func=lambda name: prose.visible(listed.title(lessons[name])),
        key=speech.key(BOX),
        persist_state="session",
        help=say("Its predictions and questions can be asked as they are."),
    )
    asked = asked_in(lessons[name])
    number = right.selectbox(
        say("Its questions"),
        range(len(asked)),
        format_func=lambda n: prose.visible(asked[n].ask),
        key=_questions_box(name),
        persist_state="session",
        help=say("What the class is asked when you press Ask."),
    )
    what = asked[min(number, len(asked) - 1)]
    look(what)
    return what


def _lessons() -> dict[str, Lesson]:
    """Those that ask something, by their names."""
    found = shelf.shelf(PLACES(), language()).lessons
    return {name: lesson for name, lesson in found.items() if asked_in(lesson)}


def _questions_box(lesson: str) -> str:
    return speech.key(f"{BOX}.{lesson}")


def asked_in(lesson: Lesson) -> list[What]:
    """All that a lesson asks, in its order."""
    found = [step.predict or step.question for step in lesson.steps]
    return [what for what in found if what is not None]


def look(what: What) -> None:
    """What the class will be offered, and where its run is."""
    if isinstance(what, Prediction) and what.kind == "number":
        told = say("A number from {low:g} to {high:g} {unit}", low=what.low, high=what.high,
                   unit=say(what.unit, about="measure"))  # fmt: skip
    else:
        told = " · ".join(outcome.in_words(what, value) for value in outcome.answers(what))
    if isinstance(what, Prediction):
        told += " · " + say("Run: {page}", page=_address(what.link))
    st.caption(prose.plain(told))


def _address(link: Link) -> str:
    values = ", ".join(f"{name} = {value}" for name, value in link.query.items())
    title = going.title(link) if going.known(link) else link.path
    return f"{title} ({values})" if values else title


def offer_the_next() -> None:
    """What the lesson asks after what was chosen; its last question stays. In a callback."""
    name = st.session_state.get(speech.key(BOX))
    if name not in _lessons():
        return
    chosen = _questions_box(name)
    last = len(asked_in(_lessons()[name])) - 1
    st.session_state[chosen] = min(int(st.session_state.get(chosen, 0)) + 1, last)
