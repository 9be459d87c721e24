"""What became of the controls: what a reader of the link gets, the link, the step of a lesson."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab.errors import KdlabError, LessonError
from kdlab.hosting import class_rights
from kdlab.lessons import outcome, own, writing
from kdlab.lessons.lesson import Lesson
from kdlab.translation import say
from pages.ui.exercises import basket, exercise, handing, hiding, settings
from pages.ui.exercises.exercise import Exercise
from pages.ui.guide.places import PLACES
from pages.ui.shell import prose
from pages.ui.widgets.buttons import button

KEY = "compose.made"
STYLE = prose.style(__file__)


def place() -> Any:
    """Where it is drawn: it stays in sight while somebody works at the left."""
    st.html(STYLE)
    return st.container(key="compose_made")


def show(made: Exercise) -> None:
    """All that can be done with an exercise."""
    try:
        exercise.check(made)
    except LessonError as error:  # somebody is at it
        lacks = "\n".join(prose.plain(each) for each in error.mistakes)
        words = lacks if exercise.begun(made) else prose.text("compose", "not typed yet")
        st.info(words, icon=":material/edit:")
        _refusal()
        return
    try:
        lesson = (
            own.checked(made.lesson(), "the exercise", PLACES()) if made.says_something else None
        )
    except KdlabError as error:
        handing.refused(error)
        return
    with st.container(border=True):
        st.markdown(f"**{say('What a reader of the link gets')}**")
        _preview(made, lesson)
        if lesson is None:
            address = exercise.address(made.link)
            handing.link(address, KEY)
        else:
            address = _kept(made, lesson.name)
    step = made.step()
    if lesson is not None and address:
        handing.paper(lesson, address, "exercise", KEY)
    with st.expander(say("As a step of a lesson"), icon=":material/menu_book:"):
        if step.text or step.predict or step.question:
            st.code(writing.step(step), language="markdown", wrap_lines=True)
            button(
                say("Add to my lesson"), f"{KEY}.add", "playlist_add", basket.add, step,
                help_text=say("Steps are collected below and become one lesson."),
            )  # fmt: skip
            if step in basket.steps():
                st.caption(_collected(basket.steps().index(step)))
        else:
            st.markdown(prose.text("compose", "says nothing"))


def _refusal() -> None:
    """Where words cannot be kept for this visitor he is told before he types them."""
    if not class_rights.may("uploads"):
        handing.refused(class_rights.refusal("uploads"))


def _collected(at: int) -> str:
    """Where the step that is shown stands in the lesson that is being collected."""
    return say(
        "It is step {number} of {count} in your lesson, below.",
        number=at + 1,
        count=len(basket.steps()),
    )


def _preview(made: Exercise, lesson: Lesson | None) -> None:
    """Told of the link as it is read back, not of the controls."""
    found, problems = exercise.read(exercise.address(made.link))
    for problem in problems:
        st.warning(prose.plain(problem), icon=":material/warning:")
    st.markdown(say("Page: **{title}**", title=prose.plain(say(found.page.title))))
    st.markdown(settings.told(found.config))
    if found.hide:
        names = say(", ").join(hiding.called(found.page, name) for name in found.hide)
        st.markdown(say("Hidden: {names}", names=prose.plain(names)))
    if lesson is not None:
        read(lesson)


def read(lesson: Lesson) -> None:
    """The steps of a lesson as its reader has them, without answers marked."""
    for step in lesson.steps:
        st.markdown(f"**{prose.plain(step.heading)}**")
        if step.text:
            st.markdown(step.text)
        asked = step.predict or step.question
        if asked is not None:
            lines = [
                f"- {prose.plain(outcome.in_words(asked, each))}" for each in outcome.answers(asked)
            ]
            st.markdown(f"{prose.plain(asked.ask)}\n\n" + "\n".join(lines))


def _kept(made: Exercise, name: str) -> str:
    """The address of an exercise that says something: its words are kept on this server, once
    somebody wants it. Empty before that."""
    if own.path_of(name).is_file() or st.button(
        say("Make the link"), key=f"{KEY}.keep", icon=":material/link:", type="primary",
        help=prose.text("compose", "help keep"),
    ):  # fmt: skip
        kept = handing.kept(made.lesson(), "the exercise")
        if kept is not None:
            address = exercise.address(made.link, kept)
            handing.link(address, KEY)
            return address
    return ""
