"""Lessons to begin or to go on with: a card each, on the page Lessons, and a short row on Home."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from kdlab.lessons import shelf
from kdlab.lessons.lesson import Lesson
from kdlab.lessons.shelf import Shelf
from kdlab.translation import ENGLISH, language, say
from pages.ui.guide import progress, scoring
from pages.ui.guide.places import PLACES
from pages.ui.shell import prose, reach
from pages.ui.widgets.buttons import button

COLUMNS = 3
ON_HOME = 7
WRITTEN = {ENGLISH: "in English", "zh": "in Chinese"}
"""Language -> what is said of a lesson in it, to whoever reads another."""


def found() -> Shelf:
    """All lessons, as they are on the disk now."""
    return shelf.shelf(PLACES(), language())


def title(lesson: Lesson) -> str:
    """Its title, in a row of others: in which language it is, where that is not the reader's."""
    return " · ".join([lesson.title, *_written(lesson)])


def _written(lesson: Lesson) -> list[str]:
    return [] if lesson.language == language() else [say(WRITTEN[lesson.language])]


def after(lesson: Lesson) -> Lesson | None:
    """The one that is listed after ``lesson``; None after the last, and of one that is not
    listed."""
    lessons = list(found().lessons.values())
    names = [each.name for each in lessons]
    at = names.index(lesson.name) + 1 if lesson.name in names else len(names)
    return lessons[at] if at < len(names) else None


def cards() -> None:
    """All lessons, and the files that are none."""
    told = found()
    lessons = list(told.lessons.values())
    if not lessons:
        st.info(prose.text("lessons", "none"), icon=":material/auto_stories:")
    for first in range(0, len(lessons), COLUMNS):
        row = st.columns(COLUMNS, gap="medium")
        for column, lesson in zip(row, lessons[first : first + COLUMNS], strict=False):
            with column.container(border=True, height="stretch"):
                _card(lesson)
    for path, error in told.wrong.items():
        with st.expander(say("{file} is no lesson yet", file=prose.plain(path.name))):
            st.markdown("\n".join(f"- {prose.plain(each)}" for each in error.mistakes))


def row() -> None:
    """The first lessons with a button each; nothing where there are none."""
    lessons = list(found().lessons.values())[:ON_HOME]
    if not lessons:
        return
    st.subheader(say("Guided lessons"), anchor=False)
    st.markdown(prose.text("lessons", "home"))
    with st.container(horizontal=True, gap="small", key="lessons_row"):
        for lesson in lessons:
            minutes = say("{minutes} min", minutes=lesson.minutes)
            label = f"{prose.plain(title(lesson))} · {minutes}"
            _begin(lesson, label, f"guide.home.{lesson.name}", primary=False)


def _card(lesson: Lesson) -> None:
    st.markdown(f"**{prose.plain(lesson.title)}**  \n{prose.plain(lesson.about)}")
    minutes = say("about {minutes} min", minutes=lesson.minutes)
    steps = say("{count} steps", count=len(lesson.steps))
    facts = " · ".join([steps, minutes, *_written(lesson)])
    needs = f"{say('What you need')}{say(': ')}{prose.plain(lesson.needs)}"
    st.caption(f"{facts}  \n{needs}")
    own, last = progress.of(lesson.name), len(lesson.steps)
    if own.furthest > last:
        st.caption(f"{say('Done.')} {scoring.score(lesson)}")
    elif own.furthest:
        st.caption(say("You are at step {number} of {count}.", number=own.furthest, count=last))
    with st.container(horizontal=True, gap="small"):
        going_on = 0 < own.furthest <= last
        label = say("Go on") if going_on else say("Begin again") if own.furthest else say("Begin")
        _begin(lesson, label, f"guide.begin.{lesson.name}", primary=True)
        with st.popover(say("Link"), icon=":material/link:"):
            st.caption(prose.text("lessons", "link"))
            st.code(link(lesson), language=None)


def _begin(lesson: Lesson, label: str, key: str, *, primary: bool) -> None:
    own = progress.of(lesson.name)
    number = own.furthest if 0 < own.furthest <= len(lesson.steps) else 0
    button(
        label,
        key,
        "auto_stories",
        progress.stand,
        lesson.name,
        number,
        help_text=prose.plain(lesson.about),
        kind="primary" if primary else "secondary",
    )


def link(lesson: Lesson) -> str:
    """The address that begins it, on this server, as others in the network reach it. Nothing else
    goes along: who follows it is in a class, and has a language, of his own."""
    query = urlencode({progress.STANDS.parameter: f"{lesson.name}.0"})
    return f"{reach.root()}/lessons?{query}"
