"""A nickname is kept with each answer of a visitor, whichever came first."""

from __future__ import annotations

import pytest

from kdlab.classroom.nicknames import MOST_CHANGES
from kdlab.errors import ClassError
from tests.classroom.asking import QUESTION, VERDICT, visitor


def named(teacher):
    return [(each.value, each.nickname) for each in teacher.answers()]


def test_it_is_attached_to_what_was_answered_before(store, room, teacher, clock):
    store.answer(room, teacher.ask(VERDICT), visitor(1), "helped")
    store.answer(room, teacher.ask(QUESTION), visitor(2), "nothing", "Ben")
    clock.goes_on(1)
    store.answer(room, 2, visitor(1), "it softens")
    assert store.nicknames.put(room, visitor(1), " Ann ") == "Ann"
    assert named(teacher) == [("helped", "Ann"), ("nothing", "Ben"), ("it softens", "Ann")]
    assert store.nicknames.of(room, visitor(1)) == "Ann"


def test_an_answer_without_one_takes_none_away(store, room, teacher, clock):
    number = teacher.ask(VERDICT)
    store.answer(room, number, visitor(1), "helped", "Ann")
    clock.goes_on(1)
    store.answer(room, number, visitor(1), "hurt")
    store.answer(room, teacher.ask(QUESTION), visitor(1), "nothing")
    assert named(teacher) == [("hurt", "Ann"), ("nothing", "Ann")]
    store.nicknames.put(room, visitor(1), "")
    assert named(teacher) == [("hurt", ""), ("nothing", "")]


def test_it_is_of_one_room_and_one_visitor(store, room, teacher):
    other = store.open_room("another").code
    store.answer(room, teacher.ask(VERDICT), visitor(1), "helped", "Ann")
    assert store.nicknames.of(other, visitor(1)) == ""
    assert store.nicknames.of(room, visitor(2)) == ""
    assert store.nicknames.of("no code", visitor(1)) == ""
    store.nicknames.put(other, visitor(1), "Eve")
    store.nicknames.put(room, visitor(2), "Eve")
    assert named(teacher) == [("helped", "Ann")]


@pytest.mark.attack
def test_it_is_one_short_line_and_not_changed_all_the_time(store, room, teacher, clock):
    store.answer(room, teacher.ask(VERDICT), visitor(1), "helped", "Ann")
    for name in ("x" * 41, "a\x00b", "\u202eevil", "\U0001fbff"):
        with pytest.raises(ClassError, match="nickname"):
            store.nicknames.put(room, visitor(1), name)
    for number in range(MOST_CHANGES):
        store.nicknames.put(room, visitor(1), f"Ann {number}")
    with pytest.raises(ClassError, match="the nickname was changed several times"):
        store.nicknames.put(room, visitor(1), "Eve")
    assert named(teacher) == [("helped", f"Ann {MOST_CHANGES - 1}")]
    clock.goes_on(60)
    store.nicknames.put(room, visitor(1), "Ann")
    assert named(teacher) == [("helped", "Ann")]
