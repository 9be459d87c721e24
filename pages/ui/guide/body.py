"""What stands in the panel between its head and its foot: the text of the step, what it asks, what
was measured, and why.

Beside each other where the window is wide: the browser shares all of it out between two columns, so
that neither is long while the other is empty.
"""

from __future__ import annotations

import streamlit as st

from kdlab.lessons import outcome
from kdlab.lessons.lesson import Prediction, Question
from kdlab.translation import say
from pages.ui.guide import (
    explained,
    going,
    listed,
    pointing,
    predicting,
    progress,
    runs,
    scoring,
    waiting,
)
from pages.ui.guide.progress import Open
from pages.ui.shell import prose
from pages.ui.widgets.buttons import button


def show(now: Open, path: str, *, done: bool) -> None:
    """Draw it, of the lesson that is open on the page at ``path``."""
    if now.number == 0:
        _begin(now)
        return
    step = now.step
    if step is None:
        _end(now)
        return
    asked, measured = now.asked, runs.lines(now)
    told, after = explained.words(step.text, step.after if done else "")
    if asked is None and not after and not measured:
        _text(told, now, path)
        return
    with st.container(key="guide_sides", gap="xxsmall"):
        _text(told, now, path)
        if asked is not None:
            predicting.question(asked)
            if predicting.given(now.key, asked) is None:
                with st.container(key="guide_asks", gap="xxsmall"):
                    predicting.ask(now.key, asked, worded=False)
        with st.container(key="guide_news", gap="xxsmall"):
            if asked is not None:
                _answered(now, asked)
            if measured:
                st.markdown(measured)
            if after:
                st.markdown(after)


def _text(told: str, now: Open, path: str) -> None:
    if told:
        st.markdown(told)
    if words := pointing.behind(now, path):
        with st.container(key="guide_where"):
            st.caption(words)


def _answered(now: Open, asked: Prediction | Question) -> None:
    """Once it was answered: the answer, and what was measured as soon as it is."""
    answer = predicting.given(now.key, asked)
    if answer is None:
        return
    if isinstance(asked, Question):
        predicting.reveal(now.key, asked, answer)
        return
    result = waiting.result(asked)
    if result is not None:
        predicting.reveal(now.key, asked, answer, result)
        return
    said = prose.plain(outcome.in_words(asked, answer))
    st.markdown(f"{say('You predicted')}{say(': ')}**{said}**")
    link = waiting.elsewhere(now)
    if link is not None:
        going.button(say("Put its settings on the controls"), "guide.settings", link)


def _begin(now: Open) -> None:
    lesson = now.lesson
    about, intro = explained.words(prose.plain(lesson.about), lesson.intro)
    st.markdown(f"{about}  \n{intro}")
    minutes = say("about {minutes} min", minutes=lesson.minutes)
    steps = say("{count} steps", count=now.last)
    needs = f"{say('What you need')}{say(': ')}{prose.plain(lesson.needs)}"
    st.caption(f"{steps} · {minutes} · {needs}")


def _end(now: Open) -> None:
    st.markdown(prose.text("guide", "end"))
    if words := scoring.score(now.lesson):
        st.markdown(words)
    with st.container(horizontal=True, gap="small"):
        if (following := listed.after(now.lesson)) is not None:
            title = prose.plain(following.title)
            button(
                say("Next lesson: {title}", title=title),
                "guide.next_lesson",
                "auto_stories",
                progress.stand,
                following.name,
                0,
                help_text=prose.plain(following.about),
                kind="primary",
            )
        going.button(say("All lessons"), "guide.all", going.LESSONS)
