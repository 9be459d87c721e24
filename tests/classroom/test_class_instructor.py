"""Every action of an instructor, one after the other, without the secret, with a wrong one and with
one that was renewed."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from kdlab.classroom import Instructor
from kdlab.errors import ClassError
from kdlab.hosting import key
from kdlab.lessons.lesson import Link
from tests.classroom.asking import VERDICT, visitor

pytestmark = pytest.mark.attack

ARGUMENTS = {
    "ask": (VERDICT,),
    "reveal": ({"gain": (5.9, 5.3, 6.6)},),
    "send": (Link("map"),),
    "stop": (1,),
    "allow": ({"searches", "uploads", "full runs"},),
}
"""Of the actions that need some."""
ACTIONS = [name for name, _ in inspect.getmembers(Instructor, inspect.isfunction) if name[0] != "_"]


def everything(store):
    """All rows of the file."""
    with store._file.reading() as file:
        names = [
            name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {name: file.execute(f"SELECT * FROM {name}").fetchall() for name in names}


@pytest.fixture
def asked(store, room, teacher):
    store.answer(room, teacher.ask(VERDICT), visitor(1), "helped", "Ann")
    return room


def test_these_are_the_actions():
    assert set(ARGUMENTS) < set(ACTIONS)
    assert {"close", "run", "clear", "end", "reopen", "renew", "forget", "answers", "as_csv"} < set(
        ACTIONS
    )


@pytest.mark.parametrize(
    "shown", ["", "wrong", "\ud800", "é" * 40, "0" * 40, "x" * 1_000_000, "code", "key", "cookie"]
)
def test_nobody_becomes_an_instructor_without_the_secret(store, asked, shown):
    known = {"code": asked, "key": key.secret(), "cookie": key.browser_pass()}
    with pytest.raises(ClassError, match="the secret of this class"):
        store.as_instructor(asked, known.get(shown, shown))
    with pytest.raises(ClassError):
        store.as_instructor(shown, store.secret(asked))


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("how", ["none", "of another room", "renewed"])
def test_no_action_is_done_for_who_does_not_show_it(store, asked, teacher, name, how):
    stranger = object.__new__(Instructor)  # not even by whoever gets around the constructor
    stranger.code, stranger._file, stranger._clock = asked, store._file, store._clock
    other = store.open_room("another").code
    shown = {"none": "", "of another room": store.secret(other), "renewed": store.secret(asked)}[
        how
    ]
    stranger._proven = lambda: store.instructs(asked, shown)
    if how == "renewed":
        teacher.renew()
    before = everything(store)
    with pytest.raises(ClassError, match="the secret of this class"):
        getattr(stranger, name)(*ARGUMENTS.get(name, ()))
    assert everything(store) == before


@pytest.mark.parametrize("name", ACTIONS)
def test_each_is_done_for_who_does(store, asked, name):
    store.as_instructor(asked, store.browser_pass(asked)).allow({"uploads"})
    teacher = store.as_instructor(asked, store.secret(asked))
    if name == "reveal":
        teacher.run()
    told = getattr(teacher, name)(*ARGUMENTS.get(name, ()))
    assert told if name in ("ask", "answers", "as_csv") else told is None


@pytest.mark.parametrize("name", ["close", "run", "reveal", "clear"])
def test_what_is_meant_for_a_question_is_not_done_to_the_next(store, asked, teacher, name):
    """As with two windows, of which one asks while the other still shows the question before."""
    first = store.room(asked).asked.number
    teacher.run()
    second = store.as_instructor(asked, store.browser_pass(asked))
    number = second.ask(dataclasses.replace(VERDICT, ask="With all labels?"))
    before = everything(store)
    with pytest.raises(ClassError, match=rf"question {first} is not before the class any more"):
        getattr(teacher, name)(*ARGUMENTS.get(name, ()), number=first)
    assert everything(store) == before
    if name == "reveal":
        second.run(number)
    getattr(second, name)(*ARGUMENTS.get(name, ()), number=number)
    assert everything(store) != before


def test_a_prediction_is_not_revealed_before_its_run(store, asked, teacher):
    for _ in range(2):
        with pytest.raises(ClassError, match="Run it first"):
            teacher.reveal(*ARGUMENTS["reveal"])
        teacher.close()
    assert store.room(asked).asked.result == {}
    teacher.run()
    teacher.reveal(*ARGUMENTS["reveal"])
    assert store.room(asked).asked.phase == "revealed"


def test_a_renewal_ends_secret_and_pass_and_gives_others(store, asked, teacher):
    old = store.secret(asked), store.browser_pass(asked)
    assert all(store.instructs(asked, shown) for shown in old)
    teacher.renew()
    assert not any(store.instructs(asked, shown) for shown in old)
    assert store.instructs(asked, store.secret(asked))
    assert len({*old, store.secret(asked), store.browser_pass(asked)}) == 4


def test_neither_the_file_nor_a_new_key_of_the_home_gives_a_secret_away(store, asked):
    secret = store.secret(asked)
    store.close()
    kept = b"".join(path.read_bytes() for path in store._file.path.parent.glob("class.sqlite3*"))
    assert secret.encode() not in kept
    key.renew()
    assert not store.instructs(asked, secret)


def test_a_run_that_was_stopped_can_begin_again_and_no_other_question_is_touched(
    store, asked, teacher
):
    teacher.stop(1)
    assert store.room(asked).asked.phase == "open", "nothing was on"
    teacher.run()
    teacher.stop(1)
    assert store.room(asked).asked.phase == "closed"
    teacher.run()
    assert store.room(asked).asked.phase == "running"
    number = teacher.ask(VERDICT)
    teacher.run()
    with pytest.raises(ClassError, match="question 1 is not before the class"):
        teacher.stop(1)  # of a button that was drawn for the question before
    assert (store.room(asked).asked.number, store.room(asked).asked.phase) == (number, "running")
