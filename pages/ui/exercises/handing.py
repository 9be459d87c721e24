"""How an exercise or a lesson is handed out: link, QR code, paper, file."""

from __future__ import annotations

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.hosting.loopback import is_loopback
from kdlab.lessons import handout, own
from kdlab.lessons.lesson import Lesson
from kdlab.translation import ENGLISH, language, say, speaking
from pages.ui.exercises import exercise, results
from pages.ui.guide.places import PLACES
from pages.ui.shell import prose
from pages.ui.stage.device import code
from pages.ui.stage.offers import offer

TEXT = "compose"
LONGEST_CODE = 1500
"""Characters of an address that a phone still reads from a screen."""


def link(address: str, key: str) -> None:
    """The ``address`` to copy, to open, and as a code for phones."""
    st.code(address, language=None, wrap_lines=True)
    with st.container(horizontal=True):
        st.link_button(say("Open it"), address, icon=":material/open_in_new:")
        with st.popover(say("QR code"), icon=":material/qr_code_2:", key=f"{key}.code"):
            if len(address) <= LONGEST_CODE:
                st.image(code(address), width=240)
            else:
                st.markdown(prose.text(TEXT, "too long"))
    if is_loopback(exercise.host()):
        st.caption(prose.text(TEXT, "only here"))


def paper(lesson: Lesson, address: str, name: str, key: str) -> None:
    """Two files that print: for learners, and with answers."""

    def made(answers: bool) -> bytes:
        with speaking(lesson.language):
            measured = results.told(lesson) if answers else {}
        return handout.written(lesson, address, answers=answers, measured=measured).encode()

    if is_loopback(exercise.host()):
        st.caption(prose.text(TEXT, "paper only here"))
    with st.container(horizontal=True):
        offer("Handout", lambda: made(False), f"{name}-handout.html", key)
        offer("Handout with answers", lambda: made(True), f"{name}-answers.html", key)


def kept(content: bytes, title: str) -> str | None:
    """Keep a lesson on this server; its name, or None after a sentence for each mistake."""
    try:
        return own.keep(content, title, PLACES())
    except KdlabError as error:
        refused(error)
        return None


def refused(error: KdlabError) -> None:
    """What is wrong with a file: all of its mistakes, each on a line of its own."""
    if language() != ENGLISH:
        st.caption(say("What follows is in English only so far."))
    mistakes = getattr(error, "mistakes", ())
    if not mistakes:
        st.error(prose.plain(str(error)), icon=":material/error:")
        return
    many = say("One mistake:" if len(mistakes) == 1 else "{count} mistakes:", count=len(mistakes))
    lines = "\n".join(f"- {prose.plain(each)}" for each in mistakes)
    st.error(f"{many}\n\n{lines}", icon=":material/error:")
