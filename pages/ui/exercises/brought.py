"""The foot of the page of lessons: a lesson that somebody brings, the lab's own to take away."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab.errors import KdlabError
from kdlab.hosting import class_rights
from kdlab.lessons import own, shelf
from kdlab.lessons.lesson import Lesson
from kdlab.translation import language, say
from pages.ui.exercises import basket, exercise, handing, made
from pages.ui.guide import listed
from pages.ui.guide.places import PLACES
from pages.ui.shell import instructing, page_links, prose, speech
from pages.ui.stage.offers import offer
from pages.ui.widgets import taken

KEY = "lessons.own"
TEXT = "own_lesson"
KINDS = ("md",)
MOST = f"{own.MOST_BYTES // 1000} kB"
STYLE = prose.style(__file__)


@dataclass(frozen=True)
class Brought:
    """What came last: its content, what its holder calls it, and the lesson or what is wrong."""

    content: bytes
    title: str
    lesson: Lesson | None
    error: KdlabError | None


def section() -> None:
    """Bring a lesson, see it, hand it out; take one of the lab's away."""
    st.subheader(say("Your own lesson"), anchor=False)
    if class_rights.may("uploads"):  # else the widget says why it takes nothing
        st.markdown(prose.text(TEXT))
    st.html(STYLE)
    page_links.page("pages/learn/compose.py", say("Make an exercise or a lesson here"))
    taken.uploader(
        say("A lesson as a file (.md, at most {most})", most=MOST),
        KINDS,
        f"{KEY}.upload",
        _take,
        prose.text(TEXT, "help"),
        most_mb=1,
    )
    found = st.session_state.get(KEY)
    if isinstance(found, Brought):
        _show(found)
    if class_rights.holds_class() and not instructing.instructs_any():
        return  # what a class may be asked next stands in these files, with the answers
    with st.expander(say("A lesson of this lab as a file or on paper"), icon=":material/print:"):
        _theirs()


def _take(file: UploadedFile) -> None:
    content, title = b"", file.name
    try:
        class_rights.check("uploads")
        own.check_size(title, file.size)
        content = file.read()
        found = Brought(content, title, own.checked(content, title, PLACES()), None)
    except KdlabError as error:
        found = Brought(b"", title, None, error)
    st.session_state[KEY] = found


def _show(found: Brought) -> None:
    st.markdown(f"**{prose.plain(found.title)}**")
    if found.error is not None:
        handing.refused(found.error)
        return
    assert found.lesson is not None
    count = len(found.lesson.steps)
    told = say(
        "No mistakes: “{title}”, {count}. Look at it before you hand it out.",
        title=prose.plain(found.lesson.title),
        count=say("1 step" if count == 1 else "{count} steps", count=count),
    )
    st.success(told, icon=":material/check:")
    with st.expander(say("What learners read")):
        st.markdown(prose.plain(found.lesson.about))
        if found.lesson.intro:
            st.markdown(found.lesson.intro)
        made.read(found.lesson)
    basket.hand_out(found.lesson, found.content, found.title, KEY)


def _theirs() -> None:
    lessons = shelf.shelf(PLACES(), language()).lessons
    if not lessons:
        st.caption(prose.text(TEXT, "none"))
        return
    name = st.selectbox(
        say("Lesson"),
        list(lessons),
        format_func=lambda each: listed.title(lessons[each]),
        key=speech.key(f"{KEY}.theirs"),
        help=say("Take it away and change it, or print it."),
    )
    lesson = lessons[name]
    path = shelf.path(name, language())
    if path is not None:
        offer("The lesson as a file (.md)", path, f"{name}.md", f"{KEY}.theirs")
    address = exercise.address(basket.first_page(lesson), name)
    handing.paper(lesson, address, name, f"{KEY}.theirs")
