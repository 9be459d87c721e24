"""What the pages of a room are told, and what that costs."""

from __future__ import annotations

from kdlab.classroom import RoomSource
from kdlab.errors import StoreError
from tests.classroom.asking import VERDICT, visitor


def test_it_tells_each_change_once(store, room, teacher, clock):
    source = RoomSource(store, room, visitor(1))
    assert source.told.history.room == store.room(room)
    assert not source.look()
    number = teacher.ask(VERDICT)
    assert source.look()
    assert source.told.history.room.asked.number == number
    assert not source.look()
    store.answer(room, number, visitor(2), "hurt")
    assert source.look()
    assert source.told.history.tally.counts["hurt"] == 1
    assert source.told.history.tally.there == 1
    clock.goes_on(61)
    assert source.look(), "somebody has gone"
    assert source.told.history.tally.there == 0


def test_as_one_comes_and_another_goes_those_who_wait_are_told_anew(store, room, teacher, clock):
    number = teacher.ask(VERDICT)
    store.answer(room, number, visitor("answered, then goes"), "helped")
    source = RoomSource(store, room)
    assert (source.told.history.tally.waiting, source.told.history.tally.there) == (0, 1)
    clock.goes_on(61)
    store.here(room, visitor("comes"))
    assert source.look()
    assert (source.told.history.tally.waiting, source.told.history.tally.there) == (1, 1)
    assert source.told.history.tally == store.tally(room)


def test_who_watches_is_there(store, room):
    watching, looking_on = RoomSource(store, room, visitor(1)), RoomSource(store, room)
    assert watching.key == looking_on.key
    for source in (watching, looking_on):
        source.renew()
    assert watching.look()
    assert watching.told.history.tally.there == 1


def test_a_look_at_what_has_not_changed_is_one_statement(store, room, monkeypatch):
    source = RoomSource(store, room)
    monkeypatch.setattr(store, "state", None)
    monkeypatch.setattr(store._file, "reading", None)
    assert not source.look()


def test_it_is_over_when_the_room_was_forgotten_and_not_when_it_ended(store, room, teacher):
    source = RoomSource(store, room)
    teacher.end()
    assert source.look()
    assert not source.over
    teacher.forget()
    assert source.look()
    assert source.over
    assert source.told.history.room is None
    assert RoomSource(store, "no room").over


def test_a_file_that_cannot_be_read_now_is_read_later(store, room, teacher, monkeypatch):
    source = RoomSource(store, room, visitor(1))
    teacher.ask(VERDICT)

    def refuses(*_):
        raise StoreError("it", "is", "not there")

    with monkeypatch.context() as patched:
        patched.setattr(store, "revision", refuses)
        patched.setattr(store, "here", refuses)
        source.renew()
        assert not source.look()
        assert not source.over
    assert source.look()


def test_codes_name_the_same_room_however_they_are_written(store, room):
    typed = RoomSource(store, room.lower())
    assert not typed.over
    assert typed.key == RoomSource(store, room).key
