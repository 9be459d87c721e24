"""Rooms, questions, answers and who is there: what is kept, what is refused, what others see."""

from __future__ import annotations

import math

import pytest

from kdlab.classroom import choices, open_store
from kdlab.classroom.room import Estimate, Tally
from kdlab.errors import ClassError
from kdlab.lessons.lesson import Link
from kdlab.lessons.outcome import TIED
from tests.classroom.asking import CHOICE, LIVE, NUMBER, QUESTION, VERDICT, visitor

GAIN = {"gain": Estimate(5.9, 5.3, 6.6, "5 seeds")}


def test_a_question_from_its_asking_to_its_result(store, room, teacher):
    number = teacher.ask(VERDICT)
    assert store.room(room).asked.what == VERDICT
    for name, value in enumerate(["helped", "helped", "hurt"]):
        store.answer(room, number, visitor(name), value)
    assert store.tally(room).counts == {"helped": 2, "hurt": 1, "unclear": 0}
    assert store.answered(room, number, visitor(2)) == "hurt"
    assert store.answered(room, number, visitor(3)) is None
    teacher.run()
    assert store.room(room).asked.phase == "running"
    with pytest.raises(ClassError, match="while its question is open"):
        store.answer(room, number, visitor(3), "helped")
    teacher.reveal(GAIN)
    asked = store.room(room).asked
    assert (asked.phase, asked.result, asked.answers) == ("revealed", GAIN, 3)
    teacher.clear()
    assert store.room(room).asked is None
    assert store.tally(room, number).answers == 3, "what was answered stays"


def test_everything_is_there_again_after_a_restart(store, room, teacher, again):
    store.answer(room, teacher.ask(QUESTION), visitor(1), "it softens", "Ann")
    teacher.send(LIVE)
    teacher.allow({"searches"})
    store.close()
    later = again()
    assert later.room(room) == store.room(room)
    assert later.secret(room) == store.secret(room)
    assert later.tally(room) == store.tally(room)


@pytest.mark.parametrize("what", [VERDICT, NUMBER, CHOICE, QUESTION])
def test_every_kind_of_question_comes_back_as_it_was_asked(store, room, teacher, what):
    teacher.ask(what)
    assert store.room(room).asked.what == what


def test_the_answers_do_not_begin_with_the_right_one_and_are_the_same_for_all():
    assert sorted(choices(QUESTION)) == sorted(["it softens", "it hardens", "nothing"])
    assert choices(QUESTION) == choices(QUESTION)
    assert choices(CHOICE) == ("small", "large", TIED)


def test_an_answer_may_be_changed_while_the_question_is_open(store, room, teacher, clock):
    number = teacher.ask(VERDICT)
    store.answer(room, number, visitor(1), "helped", "Ann")
    clock.goes_on(5)
    store.answer(room, number, visitor(1), "hurt")
    assert store.tally(room).counts == {"helped": 0, "hurt": 1, "unclear": 0}
    assert [(each.value, each.nickname, each.seconds) for each in teacher.answers()] == [
        ("hurt", "Ann", 5.0)
    ]


@pytest.mark.parametrize(
    ("value", "kept"),
    [("2.5", "2.5"), ("-0.0", "0"), ("1e1", "10"), (" 3 ", "3"), ("-10", "-10")],
)
def test_numbers_are_kept_as_the_slider_has_them(store, room, teacher, value, kept):
    store.answer(room, teacher.ask(NUMBER), visitor(1), value)
    assert store.tally(room).counts == {kept: 1}


def test_numbers_are_counted_in_their_order(store, room, teacher):
    number = teacher.ask(NUMBER)
    for name, value in enumerate(["10", "-2", "9.5", "-2"]):
        store.answer(room, number, visitor(name), value)
    assert list(store.tally(room).counts.items()) == [("-2", 2), ("9.5", 1), ("10", 1)]


@pytest.mark.parametrize("value", ["11", "-10.5", "0.3", "nan", "inf", "", "helped", "1" * 199])
def test_other_numbers_are_refused(store, room, teacher, value):
    with pytest.raises(ClassError, match="from -10 to 10 in steps of"):
        store.answer(room, teacher.ask(NUMBER), visitor(1), value)
    assert store.tally(room).answers == 0


@pytest.mark.attack
@pytest.mark.parametrize("value", ["Helped", "<b>", "helped\n", "x" * 1_000_000, "\ud800"])
def test_other_answers_are_refused_in_a_short_sentence(store, room, teacher, value):
    with pytest.raises(ClassError) as caught:
        store.answer(room, teacher.ask(VERDICT), visitor(1), value)
    assert len(str(caught.value)) < 300
    assert store.tally(room).answers == 0


@pytest.mark.attack
@pytest.mark.parametrize(
    "name", ["x" * 41, "a\nb", "a\x00b", "\u202eevil", "\ud800", "x" * 999_999]
)
def test_a_nickname_is_one_short_line(store, room, teacher, name):
    number = teacher.ask(VERDICT)
    with pytest.raises(ClassError, match="nickname"):
        store.answer(room, number, visitor(1), "helped", name)
    assert teacher.answers() == []


def test_a_nickname_may_be_markup_in_any_script_since_it_is_only_text(store, room, teacher, clock):
    number = teacher.ask(VERDICT)
    for name in ("<script>", "王小明", "👩‍🔬 O'Neil", "**x**"):
        store.answer(room, number, visitor(name), "helped", f" {name} ")
        clock.goes_on(1)
    assert [each.nickname for each in teacher.answers()] == [
        "<script>",
        "王小明",
        "👩‍🔬 O'Neil",
        "**x**",
    ]


def test_codes_are_found_however_they_are_typed(store, room):
    for typed in (room.lower(), f" {room[:4]}-{room[4:]} ", room):
        assert store.room(typed).code == room
    for typed in ("", room[:-1], f"{room}A", "'; DROP TABLE room", "x" * 1_000_000, "0" * 8):
        assert store.room(typed) is None
        with pytest.raises(ClassError, match="no class with this code"):
            store.answer(typed, 1, visitor(1), "helped")


def test_who_is_there_and_who_waits(store, room, teacher, clock):
    for name in range(3):
        store.here(room, visitor(name))
    assert store.tally(room) == Tally(there=3)
    store.answer(room, teacher.ask(VERDICT), visitor(0), "helped")
    assert (store.tally(room).waiting, store.tally(room).there) == (2, 3)
    clock.goes_on(61)
    store.here(room, visitor(1))
    assert (store.tally(room).waiting, store.tally(room).there) == (1, 1)
    assert store.tally(room).answers == 1, "who has gone has answered all the same"


def test_that_somebody_is_there_is_written_rarely(store, room, clock, monkeypatch):
    store.here(room, visitor(1))
    with monkeypatch.context() as patched:
        patched.setattr(store._file, "changing", None)  # whoever would write now fails
        clock.goes_on(19.9)
        store.here(room, visitor(1))
    clock.goes_on(0.2)
    store.here(room, visitor(1))
    clock.goes_on(59)
    assert store.tally(room).there == 1


def test_rooms_do_not_know_each_other(store, room, teacher):
    other = store.open_room("another").code
    second = store.as_instructor(other, store.secret(other))
    for each, code in ((teacher, room), (second, other)):
        store.answer(code, each.ask(VERDICT), visitor(1), "helped")
    with store._file.reading() as file:
        marks = {who for (who,) in file.execute("SELECT who FROM answer")}
    assert len(marks) == 2, "the same visitor has another mark in each room"
    assert not any("visitor" in each for each in marks)
    second.clear()
    assert store.room(room).asked is not None
    assert not store.instructs(other, store.secret(room))


def test_what_anybody_sees_raises_the_revision(store, room, teacher):
    seen = [store.room(room).revision]
    for change in (
        lambda: teacher.ask(VERDICT),
        lambda: store.answer(room, 1, visitor(1), "helped"),
        teacher.close, teacher.run, lambda: teacher.reveal(GAIN), teacher.clear,
        lambda: teacher.send(LIVE), lambda: teacher.allow({"uploads"}), teacher.end,
        teacher.reopen,
    ):  # fmt: skip
        change()
        seen.append(store.room(room).revision)
    assert seen == sorted(set(seen))


def test_pages_are_sent_once_a_sending(store, room, teacher):
    assert (store.room(room).sent, store.room(room).sending) == (None, 0)
    teacher.send(LIVE)
    teacher.send(Link("map"))
    assert (store.room(room).sent, store.room(room).sending) == (Link("map"), 2)


@pytest.mark.attack
@pytest.mark.parametrize(
    "link",
    [Link("//evil.example"), Link("javascript:alert(1)"), Link("a\nb"), Link("..\\x"),
     Link("live", {"a": "x" * 5000}), Link("live?x"), Link("live", {"a": "\x00"})],
)  # fmt: skip
def test_nobody_is_sent_out_of_the_lab(store, room, teacher, link):
    with pytest.raises(ClassError):
        teacher.send(link)
    assert store.room(room).sending == 0


def test_an_ended_class_takes_nothing_and_can_be_reopened(store, room, teacher):
    number = teacher.ask(VERDICT)
    teacher.allow({"searches"})
    store.here(room, visitor(1))
    teacher.end()
    with pytest.raises(ClassError):
        store.answer(room, number, visitor(1), "helped")
    with pytest.raises(ClassError, match="ended"):
        teacher.ask(VERDICT)
    assert not store.allows(visitor(1), "searches")
    teacher.reopen()
    assert store.allows(visitor(1), "searches")
    store.answer(room, teacher.ask(VERDICT), visitor(1), "helped")


def test_what_a_room_allows_ends_an_hour_after_one_was_there(store, room, teacher, clock):
    teacher.allow({"searches"})
    store.here(room, visitor(1))
    clock.goes_on(3599)
    assert store.allows(visitor(1), "searches")
    assert not store.allows(visitor(2), "searches")
    clock.goes_on(2)
    assert not store.allows(visitor(1), "searches")
    store.here(room, visitor(1))
    assert store.allows(visitor(1), "searches")


def test_what_is_no_result_is_not_revealed(store, room, teacher):
    teacher.ask(VERDICT)
    teacher.run()
    for wrong in (
        {},
        None,
        {"gain": (math.nan, 0, 1)},
        {"gain": (5, 6, 7)},
        {"gain": (1, 1, math.inf)},
        {"x": (1, 1, 1)},
        {"gain": Estimate(1.0, 1.0)},
        {"gain": Estimate(math.nan)},
        {"gain": Estimate(1.0, 1.0, 1.0, "x" * 61)},
        {"gain": (1, 1, 1), "x": (1, 1, 1)},
    ):
        with pytest.raises(ClassError):
            teacher.reveal(wrong)
    asked = store.room(room).asked
    assert (asked.phase, asked.result) == ("running", {})
    teacher.ask(QUESTION)
    with pytest.raises(ClassError, match="Reveal the answer"):
        teacher.run()
    teacher.reveal()
    assert store.room(room).asked.phase == "revealed"
    teacher.clear()
    with pytest.raises(ClassError, match="no question is open"):
        teacher.close()


@pytest.mark.parametrize(
    "told", [Estimate(3.1), Estimate(3.1, 3.1, 3.1, "5 seeds"), Estimate(3.1, 2.0, 4.2)]
)
def test_a_result_is_kept_with_its_interval_or_without_one(store, room, teacher, told):
    teacher.ask(VERDICT)
    teacher.run()
    teacher.reveal({"gain": told})
    assert store.room(room).asked.result == {"gain": told}


def test_a_result_that_an_earlier_version_kept_is_read(store, room, teacher):
    teacher.ask(VERDICT)
    teacher.run()
    for kept, told in (
        ("[5.9, 5.3, 6.6]", Estimate(5.9, 5.3, 6.6)),
        ("[3.1, 3.1, 3.1]", Estimate(3.1)),
    ):
        with store._file.changing() as file:
            file.execute(f"UPDATE question SET result = '{{\"gain\": {kept}}}'")
        assert store.room(room).asked.result == {"gain": told}


def test_nothing_is_left_of_a_room_that_was_forgotten(store, room, teacher, again):
    store.answer(room, teacher.ask(VERDICT), visitor(1), "helped", "Rumpelstilzchen")
    teacher.forget()
    store.close()
    assert again().rooms() == []
    left = b"".join(path.read_bytes() for path in store._file.path.parent.glob("class.sqlite3*"))
    assert b"Rumpelstilzchen" not in left
    assert room.encode() not in left


def test_the_last_room_comes_first(store, clock):
    codes = []
    for title in "abc":
        codes.append(store.open_room(title).code)
        clock.goes_on(1)
    assert [each.code for each in store.rooms()] == codes[::-1]


def test_it_lies_in_the_home():
    made = open_store()
    made.open_room()
    assert made._file.path.name == "class.sqlite3"
    made.close()
