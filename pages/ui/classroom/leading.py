"""The instructor's part: what he does with the question that is before the class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from kdlab.classroom import Instructor
from kdlab.classroom.room import Asked, Room, Tally
from kdlab.classroom.source import Now
from kdlab.errors import KdlabError
from kdlab.lessons.lesson import Link, Prediction
from kdlab.translation import say
from pages.ui.classroom import answering, going, membership, result, seen
from pages.ui.shell import prose
from pages.ui.stream import watching
from pages.ui.widgets.buttons import button

CAME_OF_IT = "class.came"
"""In the session: the room, whether what the instructor did last there was done, and a sentence on
it."""


def act(code: str, call: Callable[[Instructor], Any], done: str = "") -> None:
    """Do something as the instructor of the room. For callbacks of buttons: what cannot be done is
    told in the next run."""
    st.session_state.pop(CAME_OF_IT, None)
    seen.hush()
    try:
        call(membership.instructor(code))
    except KdlabError as error:
        st.session_state[CAME_OF_IT] = (code, False, str(error))
        return
    if done:
        st.session_state[CAME_OF_IT] = (code, True, done)


def told(code: str) -> None:
    """What came of the last thing he did in the room, where that is to be told: once."""
    there, done, words = st.session_state.pop(CAME_OF_IT, ("", True, ""))
    if there != code:
        return
    if done:
        st.toast(prose.plain(words), icon=":material/check:")
    else:
        st.error(prose.plain(words), icon=":material/error:")


def question(room: Room, tally: Tally, *, height: int) -> None:
    """What is asked, how many have answered and what, and what can be done with it now."""
    asked = room.asked
    if asked is None:
        return
    if asked.phase == "revealed":
        answering.revealed(room, tally, "", height=height)
    else:
        left, right = st.columns([3, 4], gap="medium", vertical_alignment="center")
        with left:
            with st.container(key="class_asks"):
                st.markdown(prose.plain(asked.what.ask))
            watching.markdown("class_count", Now(room, tally), seen.waited)
        with right:
            answering.histogram(Now(room, tally), "", height)


def line(room: Room, tally: Tally, *, height: int) -> None:
    """The same in a few lines, for pages that have a picture of their own; once it is revealed with
    the chart, which the class has too."""
    asked = room.asked
    if asked is None:
        return
    if asked.phase == "revealed":
        answering.revealed(room, tally, "", height=height)
        return
    st.markdown(prose.plain(asked.what.ask))
    watching.markdown("class_count", Now(room, tally), seen.waited)


def buttons(room: Room, path: str, here: Link | None) -> None:
    """What can be done now. ``here``: the page that this one is, to which all can be sent; None on
    that of the class."""
    asked, code = room.asked, room.code
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if asked is not None:
            _of_question(code, asked, path)
        if here is not None:
            button(
                say("Send all here"), "class.send_here", "send", act, code,
                lambda instructor: instructor.send(here), say("All pages were sent here."),
                help_text=say("Everyone's page opens this one once, with these settings."),
            )  # fmt: skip


def _of_question(code: str, asked: Asked, path: str) -> None:
    what, phase = asked.what, asked.phase
    number = asked.number  # another question may be asked in another window before one is pressed
    if phase == "open":
        button(
            say("Close", about="class"), "class.close", "lock", act, code,
            lambda instructor: instructor.close(number),
            help_text=say("No more answers are taken."),
        )  # fmt: skip
    if isinstance(what, Prediction) and phase in ("open", "closed") and going.known(what.link):
        button(
            say("Run for all"), "class.run", "play_arrow", act, code,
            lambda instructor: instructor.run(number),
            help_text=say("Every page opens {page}, and all see the same run.",
                          page=going.title(what.link)),
            kind="primary",
        )  # fmt: skip
    if isinstance(what, Prediction) and phase == "running":
        if not _reveal_run(code, asked, path):
            button(
                say("Stop"), "class.stop", "stop_circle", act, code,
                lambda instructor: instructor.stop(number),
                help_text=say("The run ends on every page. It can be run for all again."),
            )  # fmt: skip
    elif not isinstance(what, Prediction) and phase in ("open", "closed"):
        button(
            say("Reveal"), "class.reveal", "visibility", act, code,
            lambda instructor: instructor.reveal({}, number),
            help_text=say("Everybody sees the right answer, and how the class has done."),
            kind="primary",
        )  # fmt: skip
    button(
        say("Clear"), "class.clear", "backspace", act, code,
        lambda instructor: instructor.clear(number),
        help_text=say("Nothing is asked any more. The answers are kept for the table."),
    )  # fmt: skip


def _reveal_run(code: str, asked: Asked, path: str) -> bool:
    """Once the run has ended well here; before that the way to it. Whether it has."""
    what = asked.what
    assert isinstance(what, Prediction), "only these have a run"
    history = going.ended(what.link)
    button(
        say("Reveal"), "class.reveal", "visibility", _reveal, code, asked, history,
        help_text=say("Everybody sees what was measured, and how far the class was off."),
        kind="primary", off=history is None,
    )  # fmt: skip
    if history is not None:
        st.caption(say("The run has ended: reveal it once everyone has seen it."), width="content")
        return True
    if what.link.path != path:
        if st.button(say("Go to the run"), key="class.go", icon=":material/arrow_forward:"):
            going.go(what.link)
    else:
        st.caption(say("It can be revealed when the run has ended."), width="content")
    return False


def _reveal(code: str, asked: Asked, history: Any) -> None:
    what = asked.what
    assert isinstance(what, Prediction), "only these have a run"
    act(code, lambda instructor: instructor.reveal(result.of_run(what, history), asked.number))
