"""The instructor asks: something that a lesson asks, or a question of his own."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kdlab.classroom.room import Room
from kdlab.errors import ClassError, KdlabError
from kdlab.lessons import names, outcome, shelf
from kdlab.lessons.lesson import Lesson, Link, Prediction, Question, Wrong
from kdlab.translation import language, say
from pages.ui.classroom import beginning, going, leading
from pages.ui.guide import listed
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
What = Prediction | Question


def show(room: Room) -> None:
    """Choose, look at it, ask."""
    where = st.segmented_control(
        say("What to ask"),
        [LESSON, OWN],
        default=LESSON,
        required=True,
        format_func=say,
        key=speech.key("class.where"),
        label_visibility="collapsed",
    )
    what = _of_a_lesson() if where == LESSON else _own()
    if isinstance(what, Prediction) and not beginning.told(room, what.link):
        what = None
    st.button(
        say("Ask the class"),
        key="class.ask",
        icon=":material/campaign:",
        type="primary",
        disabled=what is None,
        on_click=_ask,
        args=(room.code, what),
        help=say("It is opened on every page of the class, in place of what is asked now."),
    )


def _ask(code: str, what: What | None) -> None:
    if what is not None:
        leading.act(code, lambda instructor: instructor.ask(what))


# -- from a lesson --------------------------------------------------------------------------------


def _of_a_lesson() -> What | None:
    lessons = {
        name: lesson
        for name, lesson in shelf.shelf(PLACES(), language()).lessons.items()
        if asked_in(lesson)
    }
    if not lessons:
        st.caption(say("There is no lesson here that asks anything."))
        return None
    left, right = st.columns([1, 2])
    name = left.selectbox(
        say("Lesson"),
        list(lessons),
        format_func=lambda name: prose.visible(listed.title(lessons[name])),
        key=speech.key("class.lesson"),
        help=say("Its predictions and questions can be asked as they are."),
    )
    asked = asked_in(lessons[name])
    number = right.selectbox(
        say("Its questions"),
        range(len(asked)),
        format_func=lambda n: prose.visible(asked[n].ask),
        key=speech.key(f"class.lesson.{name}"),
        help=say("What the class is asked when you press Ask."),
    )
    what = asked[min(number, len(asked) - 1)]
    _look(what)
    return what


def asked_in(lesson: Lesson) -> list[What]:
    """All that a lesson asks, in its order."""
    found = [step.predict or step.question for step in lesson.steps]
    return [what for what in found if what is not None]


def _look(what: What) -> None:
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
        help=say("What the class answers with: a verdict, a number, or one of several choices."),
    )
    ask = st.text_area(say("Question"), key="class.own.ask", max_chars=MOST_LETTERS, height=80)
    build = {"question": _question}.get(kind, _prediction)
    what = _told(lambda: build(kind, ask.strip()))
    if what is None or not ask.strip():
        return None
    _look(what)
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
        max_chars=200,
        help=say("Shown when you reveal, not before."),
    )
    because = left.text_input(
        say("Why"),
        key="class.own.because",
        max_chars=MOST_LETTERS,
        help=say("One sentence that is shown with the right answer."),
    )
    bad = right.text_area(
        say("Wrong answers, one a line"), key="class.own.wrong", max_chars=1500, height=110
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
        max_chars=going.MOST_LETTERS,
        placeholder="http://…/live?labels=100",
        help=say("Set a page as the class shall see it, and copy its address."),
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
        help=say("Stands behind each number, as on the page of the run."),
    )
    low, high, step = values
    return Prediction(ask, "number", (measure,), link, (), low, high, step, unit)


def _choice(ask: str, link: Link, known: tuple[str, ...]) -> Prediction | None:
    """One answer for each number that is compared; their kind is the same."""
    picked = st.multiselect(
        say("What is compared: two or more"),
        known,
        format_func=lambda name: say(name, about="number"),
        key=speech.key(f"class.own.choices.{link.path}"),
        placeholder=say("Choose options"),
        help=say("The class chooses among these; the run says which one is highest."),
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
        say("What they are called, one a line"),
        value="\n".join(name.partition(" ")[2] or name for name in picked),
        key=f"class.own.words.{link.path}.{len(picked)}",
        max_chars=1500,
        height=110,
    )
    choices = tuple(line.strip() for line in words.splitlines() if line.strip())
    if len(choices) != len(picked):
        raise ClassError(
            f"{len(choices)} names for {len(picked)} numbers", "one a line for each", "Name each"
        )
    return Prediction(ask, "choice", tuple(picked), link, choices)
