"""A visitor of a class: predicts, waits, sees what came of it."""

from __future__ import annotations

import streamlit as st

from kdlab.classroom.room import Asked, Room, Tally
from kdlab.classroom.source import Now
from kdlab.errors import KdlabError
from kdlab.lessons.lesson import Prediction, Question
from kdlab.translation import say
from pages.ui.classroom import following, going, membership, result, seen, words
from pages.ui.guide import predicting
from pages.ui.shell import prose
from pages.ui.stream import watching

CHANGES = "class.changes"
"""In the session: the question whose answer this visitor is about to change."""
HERE = "here"
"""In the session, behind the key of a question: that this browser tab has asked it. An answer that
is not its own was then given in another one."""
REFUSED = "class.nickname.refused"
"""In the session: why the nickname that was typed last cannot be kept."""


def mine(room: Room) -> str:
    """What this visitor has answered to what is asked; empty where nothing yet."""
    if room.asked is None:
        return ""
    return membership.store().answered(room.code, room.asked.number, membership.me()) or ""


def show(room: Room, tally: Tally, path: str, *, height: int) -> None:
    """What he is asked on the page ``path``, or how he has done, the chart in ``height`` pixels;
    one line while nothing is asked."""
    asked = room.asked
    if asked is None:
        st.markdown(prose.plain(say("No question is open. This page updates by itself.")))
        return
    own = mine(room)
    if asked.phase == "open":
        _open(room, asked, tally, own)
    elif asked.phase == "revealed":
        revealed(room, tally, own, height=height)
    else:
        _waits(room, asked, tally, own, path)


def _open(room: Room, asked: Asked, tally: Tally, own: str) -> None:
    """The question and what answers it; whoever has answered may change that."""
    changes = st.session_state.get(CHANGES) == (room.code, asked.number)
    key = _key(room.code, asked.number)
    place = st.empty()
    if not own or changes:
        with place.container():
            given = predicting.ask(key, asked.what)
        st.session_state[f"{key}.{HERE}"] = True
        if given is None:
            return
        try:
            nickname = str(st.session_state.get(membership.NICKNAME, ""))
            membership.store().answer(room.code, asked.number, membership.me(), given, nickname)
        except KdlabError as error:
            predicting.forget(key)
            st.error(prose.plain(error), icon=":material/error:")
            return
        st.session_state.pop(CHANGES, None)
        own, tally = given, membership.store().tally(room.code)
    with place.container():
        _question(asked)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            elsewhere = predicting.given(key, asked.what) != own
            asked_here = bool(st.session_state.get(f"{key}.{HERE}"))
            told = words.mine(asked, own, elsewhere=elsewhere and asked_here)
            st.markdown(f"**{prose.plain(told)}**", width="content")
            st.button(
                say("Change"),
                key=f"class.change.{asked.number}",
                type="tertiary",
                on_click=_change,
                args=(room.code, asked.number),
                help=say("You may answer again for as long as the question is open."),
            )
        _count(Now(room, tally))


def _key(code: str, number: int) -> str:
    return f"class.{code}.{number}"


def _change(code: str, number: int) -> None:
    predicting.forget(_key(code, number))
    st.session_state[CHANGES] = (code, number)


def _waits(room: Room, asked: Asked, tally: Tally, own: str, path: str) -> None:
    """Closed, or its run is on: who is not there has a way to it."""
    _question(asked)
    if asked.phase == "running":
        line = _of_the_run(asked, path)
    elif isinstance(asked.what, Question):
        line = say("The answers are closed. The right one is shown soon.")
    else:
        line = say("The answers are closed. The run begins soon.")
    told = words.mine(asked, own) if own else say("You have not answered.")
    st.markdown(f"**{prose.plain(told)}** {prose.plain(line)}")
    _count(Now(room, tally))
    if asked.phase == "running":
        _way_to_the_run(room, path)


def _of_the_run(asked: Asked, path: str) -> str:
    """How it stands, as far as the page ``path`` knows: another one than that of the run is not
    told when that ends."""
    assert isinstance(asked.what, Prediction), "only these have a run"
    known = going.known(asked.what.link)
    outcome = going.outcome(asked.what.link) if known else None
    if outcome == "finished":
        return say("The run has ended. How the class did is shown when the instructor reveals it.")
    if outcome == "failed":
        return say("The run has ended without a result. The instructor may run it again.")
    if outcome == "in training" and asked.what.link.path == path:
        return say("It runs now, for all of you at once.")
    return say("The run for all has begun.")


def _way_to_the_run(room: Room, path: str) -> None:
    if following.due(room, path):
        st.caption(say("Your page cannot begin it. It watches as soon as another one has begun."))
        return
    away = not following.is_there(room, path)
    if away and st.button(say("Go to the run"), key="class.go", icon=":material/arrow_forward:"):
        following.fetch(room, path)


def revealed(room: Room, tally: Tally, own: str, *, height: int) -> None:
    """What was measured, beside what he and the class have said."""
    asked = room.asked
    assert asked is not None, "what is revealed was asked"
    with st.container(key="class_asks"):
        _question(asked)
    left, right = st.columns([3, 4], gap="medium", vertical_alignment="center")
    with left:
        st.markdown(f"**{prose.plain(words.how_far(asked, tally))}**")
        if own:
            predicting.reveal(_key(room.code, asked.number), asked.what, own, result.known(asked))
        elif (found := words.of_each(asked)) is not None:
            st.markdown(f"{prose.plain(found.why)}\n\n{predicting.listed(found)}")
    with right:
        histogram(Now(room, tally), own, height)


def histogram(now: Now, own: str, height: int) -> None:
    """The answers of the class, drawn anew by itself."""
    watching.chart("class_answers", now, seen.histogram, seen.described, height, own)


def _question(asked: Asked) -> None:
    st.markdown(prose.plain(asked.what.ask))


def _count(now: Now) -> None:
    watching.markdown("class_count", now, seen.counted)


def nickname(room: Room) -> None:
    """May be left empty; whoever types one is called so in the table that the instructor takes
    away, and nowhere else. Who loads the page anew finds the name that he had."""
    if membership.NICKNAME not in st.session_state:
        st.session_state[membership.NICKNAME] = membership.store().nicknames.of(
            room.code, membership.me()
        )
    st.text_input(
        say("Nickname (optional)"),
        key=f"{membership.NICKNAME}.typed",
        max_chars=40,
        value=str(st.session_state.get(membership.NICKNAME, "")),
        on_change=_named,
        args=(room.code,),
        help=prose.text("class_room", "help nickname"),
        width=320,
    )
    if problem := st.session_state.get(REFUSED):
        st.error(prose.plain(problem), icon=":material/error:")


def _named(code: str) -> None:
    """It goes with the answers that were given, too; one that cannot be kept is told here, where it
    was typed."""
    st.session_state.pop(REFUSED, None)
    typed = " ".join(str(st.session_state.get(f"{membership.NICKNAME}.typed", "")).split())
    try:
        st.session_state[membership.NICKNAME] = membership.store().nicknames.put(
            code, membership.me(), typed
        )
    except KdlabError as error:
        st.session_state[REFUSED] = str(error)
