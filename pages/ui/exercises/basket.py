"""The lesson that is being collected: steps in their order, taken away as a file, printed, kept."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.lessons import own, writing
from kdlab.lessons.lesson import Lesson, Link, Step
from kdlab.translation import say
from pages.ui.exercises import exercise, handing, typed
from pages.ui.guide.places import PLACES
from pages.ui.shell import prose
from pages.ui.shell.state import HIDE
from pages.ui.stage.offers import offer
from pages.ui.widgets.buttons import button

KEY = "compose.lesson"
MOST = 60


def steps() -> list[Step]:
    """The steps so far."""
    found: list[Step] = typed.now("steps", [])
    return found


def add(step: Step) -> None:
    """One more step, at the end, and a word on it; a lesson has no more than so many."""
    typed.keep("steps", [*steps(), step][:MOST])
    count = len(steps())
    st.toast(
        say("Added. Your lesson is below; steps so far: {count}.", count=count),
        icon=":material/playlist_add_check:",
    )


def show() -> None:
    """The lesson so far, and what can be done with it; nothing before its first step."""
    own_steps = steps()
    if not own_steps:
        return
    st.subheader(say("My lesson"), anchor=False)
    for number, step in enumerate(own_steps):
        with st.container(horizontal=True, vertical_alignment="center"):
            page = step.page.path if step.page is not None else ""
            st.markdown(f"{number + 1}\\. **{prose.plain(step.heading)}** · {prose.plain(page)}")
            button(
                say("Up", about="place"), f"{KEY}.up.{number}", "arrow_upward", _move, number, -1,
                off=number == 0, help_text=say("Move it one place up."),
            )  # fmt: skip
            button(
                say("Remove"), f"{KEY}.remove.{number}", "delete", _remove, number,
                help_text=say("Take this step out of the lesson."),
            )  # fmt: skip
    title = typed.line("title", say("Title of the lesson"))
    about = typed.line("about", say("What it is about, in a sentence"), most=400)
    needs = typed.line("needs", say("What it takes for granted"), most=400)
    minutes = st.number_input(
        say("Minutes"),
        1,
        600,
        int(typed.shown("minutes", 10)),
        key=typed.key("minutes"),
        help=say("How long it takes somebody who is new to it."),
    )
    typed.keep("minutes", minutes)
    if not (title and about and needs):
        st.caption(prose.text("compose", "lacks"))
        return
    made = Lesson(
        name="",
        title=writing.one_line(title),
        about=writing.one_line(about),
        minutes=int(minutes),
        needs=writing.one_line(needs),
        intro="",
        steps=stated(own_steps),
    )
    content = writing.lesson(made).encode()
    try:
        lesson = own.checked(content, "the lesson", PLACES())
    except KdlabError as error:
        handing.refused(error)
        return
    offer("The lesson as a file (.md)", content, f"{file_name(title)}.md", KEY)
    hand_out(lesson, content, title, KEY)


def stated(own_steps: list[Step]) -> tuple[Step, ...]:
    """The steps, each of which says what it hides where one of them hides something: else what an
    earlier one hides would stay hidden."""
    hiding = any(HIDE in step.page.query for step in own_steps if step.page is not None)
    return tuple(
        replace(step, page=replace(step.page, query={HIDE: ""} | dict(step.page.query)))
        if hiding and step.page is not None
        else step
        for step in own_steps
    )


def hand_out(lesson: Lesson, content: bytes, title: str, key: str) -> None:
    """Keep a lesson here, and give its link, QR code and paper."""
    if own.path_of(lesson.name).is_file() or st.button(
        say("Hand it out"), key=f"{key}.keep", icon=":material/send:", type="primary",
        help=prose.text("compose", "help keep"),
    ):  # fmt: skip
        kept = handing.kept(content, title)
        if kept is None:
            return
        address = exercise.address(first_page(lesson), kept)
        handing.link(address, key)
        handing.paper(lesson, address, file_name(title), key)


def first_page(lesson: Lesson) -> Link:
    """Where a lesson begins."""
    return next((step.page for step in lesson.steps[:1] if step.page is not None), Link("lessons"))


def file_name(title: str) -> str:
    """A name for a file, of letters, digits and hyphens; "lesson" where nothing is left."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in title.lower())
    return "-".join(part for part in kept.split("-") if part)[:60] or "lesson"


def _move(number: int, by: int) -> None:
    now = steps()
    now.insert(number + by, now.pop(number))
    typed.keep("steps", now)


def _remove(number: int) -> None:
    now = steps()
    del now[number]
    typed.keep("steps", now)
