"""The instructor asks: something that a lesson asks, or a question of his own."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kdlab.classroom import Instructor
from kdlab.classroom.room import Room
from kdlab.errors import ClassError, KdlabError
from kdlab.lessons import names
from kdlab.lessons.lesson import Link, Prediction, Question, Wrong
from kdlab.translation import say
from pages.ui.classroom import beginning, going, leading, lesson_questions
from pages.ui.classroom.lesson_questions import What
from pages.ui.guide.places import PLACES
from pages.ui.shell import prose, speech

LESSON, OWN = "From a lesson", "Your own"
KINDS = {
    "verdict": "Will it help?",
    "number": "A number",
    "choice": "Which is best?",
    "question": "A right answer",
}
MOST_LETTERS = 500
"""Of a question that is typed."""


def show(room: Room) -> None:
    """Choose, look at it, ask."""
    where = st.segmented_control(
        say("What to ask"),
        [LESSON, OWN],
        default=LESSON,
        required=True,
        format_func=say,
        key=speech.key("class.where"),
        persist_state="session",
        label_visibility="collapsed",
    )
    what = lesson_questions.choose() if where == LESSON else _own()
    if isinstance(what, Prediction) and not beginning.told(room, what.link):
        what = None
    st.button(
        say("Ask the class"),
        key="class.ask",
        icon=":material/campaign:",
        type="primary",
        disabled=what is None,
        on_click=_ask,
        args=(room.code, what, where == LESSON),
        help=say("It opens on everyone's page, in place of the current question."),
    )


def _ask(code: str, what: What | None, of_lesson: bool) -> None:
    if what is None:
        return

    def ask(instructor: Instructor) -> None:
        instructor.ask(what)
        if of_lesson:
            lesson_questions.offer_the_next()

    leading.act(code, ask)


# -- a question of one's own ----------------------------------------------------------------------


def _own() -> What | None:
    """None where something is missing or wrong, which is told."""
    kind = st.segmented_control(
        say("Kind"),
        list(KINDS),
        default="verdict",
        required=True,
        format_func=lambda kind: say(KINDS[kind]),
        key=speech.key("class.kind"),
        persist_state="session",
        help=say("What the class answers with: a verdict, a number, or one of several choices."),
    )
    ask = st.text_area(
        say("Question"),
        key="class.own.ask",
        persist_state="session",
        max_chars=MOST_LETTERS,
        height=80,
    )
    build = {"question": _question}.get(kind, _prediction)
    what = _told(lambda: build(kind, ask.strip()))
    if what is None or not ask.strip():
        return None
    lesson_questions.look(what)
    return what


def _told(build: Callable[[], What | None]) -> What | None:
    try:
        return build()
    except KdlabError as error:
        st.warning(prose.plain(error), icon=":material/warning:")
        return None


def _question(_: str, ask: str) -> Question | None:
    """A question with one right answer; no run is needed."""
    left, right = st.columns(2)
    good = left.text_input(
        say("Right answer"),
        key="class.own.right",
        persist_state="session",
        max_chars=200,
        help=say("Shown when you reveal, not before."),
    )
    because = left.text_input(
        say("Why"),
        key="class.own.because",
        persist_state="session",
        max_chars=MOST_LETTERS,
        help=say("One sentence that is shown with the right answer."),
    )
    bad = right.text_area(
        say("Wrong answers, one per line"),
        key="class.own.wrong",
        persist_state="session",
        max_chars=1500,
        height=110,
    )
    wrong = tuple(Wrong(line.strip(), "") for line in bad.splitlines() if line.strip())
    if not good.strip() or not wrong:
        return None
    return Question(ask, good.strip(), because.strip(), wrong)


def _prediction(kind: str, ask: str) -> Prediction | None:
    """What a run decides: its link is checked as it is pasted."""
    text = st.text_input(
        say("Run: paste a link of the lab"),
        key="class.own.link",
        persist_state="session",
        max_chars=going.MOST_LETTERS,
        placeholder="http://…/live?labels=100",
        help=say("Set a page up as the class should see it, and copy its address."),
    )
    if not text.strip():
        return None
    link = going.read(text)
    known = names.known_at(PLACES()[link.path], link)
    if not known:
        raise ClassError(
            f"The page {going.title(link)} has no result to predict",
            ", ".join(p.title for p in PLACES().values() if p.work not in ("", "search")),
            "Paste the link of one of these",
        )
    if kind == "choice":
        return _choice(ask, link, known)
    among = [name for name in known if kind != "verdict" or name.startswith("gain")]
    measure = st.selectbox(
        say("What decides"),
        among,
        format_func=lambda name: say(name, about="number"),
        key=speech.key(f"class.own.measure.{kind}.{link.path}"),
        persist_state="session",
        width=320,
        help=say("The number of the finished run that the predictions are held against."),
    )
    if kind == "verdict":
        return Prediction(ask, "verdict", (measure,), link)
    return _number(ask, link, measure)


def _number(ask: str, link: Link, measure: str) -> Prediction:
    gain = measure.startswith("gain")
    usual = (-20.0, 20.0, 0.5) if gain else (0.0, 100.0, 1.0)
    columns = st.columns(4)
    labels = (say("From"), say("To"), say("In steps of"))
    values = [
        column.number_input(
            label,
            value=value,
            key=f"class.own.{place}.{gain}",
            persist_state="session",
            format="%g",
            help=say("Of the slider with which the class answers."),
        )
        for place, (column, label, value) in enumerate(zip(columns[:3], labels, usual, strict=True))
    ]
    unit = columns[3].selectbox(
        say("Unit"),
        ["points", "%", "bits per character", ""],
        index=0 if gain else 1,
        format_func=lambda unit: say(unit, about="measure"),
        key=speech.key(f"class.own.unit.{gain}"),
        persist_state="session",
        help=say("Shown after each number, as on the page of the run."),
    )
    low, high, step = values
    return Prediction(ask, "number", (measure,), link, (), low, high, step, unit)


def _choice(ask: str, link: Link, known: tuple[str, ...]) -> Prediction | None:
    """One answer for each number that is compared; their kind is the same."""
    picked = st.multiselect(
        say("What is compared: two or more"),
        sorted(known, key=lambda name: name.startswith("gain")),
        format_func=lambda name: say(name, about="number"),
        key=speech.key(f"class.own.choices.{link.path}"),
        persist_state="session",
        placeholder=say("Choose options"),
        help=prose.text("class_room", "help choices"),
    )
    if len(picked) < 2:
        return None
    if len({name.split()[0] for name in picked}) > 1:
        raise ClassError(
            "Numbers of different kinds are compared",
            "gains with gains, accuracies with accuracies",
            "Take one of them away",
        )
    words = st.text_area(
        say("What they are called, one per line"),
        value="\n".join(name.partition(" ")[2] or name for name in picked),
        key=f"class.own.words.{link.path}.{len(picked)}",
        persist_state="session",
        max_chars=1500,
        height=110,
    )
    choices = tuple(line.strip() for line in words.splitlines() if line.strip())
    if len(choices) != len(picked):
        raise ClassError(
            f"{len(choices)} names for {len(picked)} numbers", "one per line for each", "Name each"
        )
    return Prediction(ask, "choice", tuple(picked), link, choices)
