"""Many at once: processes, threads, floods, limits, kills, and files that are no classes."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kdlab.classroom import presence
from kdlab.classroom import store as stores
from kdlab.classroom.store import Classroom, open_store
from kdlab.errors import ClassError, StoreError
from kdlab.system.paths import default_home
from tests.classroom.asking import VERDICT, visitor

ROOT = Path(__file__).parents[2]
ANSWERS = """
import sys
from kdlab.classroom import presence
from kdlab.classroom.store import open_store
from kdlab.hosting.visitor import Visitor
presence.MOST_NEW = 1_000_000  # nobody here is a crowd
store = open_store()
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    name = f"{sys.argv[2]} {number}"
    store.answer(sys.argv[1], 1, Visitor(name), "helped", name)
    print(number, flush=True)
"""
"""Of so many visitors, one after the other, when a line has come."""


def answering(room, name, count):
    command = [sys.executable, "-c", ANSWERS, room, name, str(count)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


def begin(process):
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_processes_and_this_one_write_at_once_and_nothing_is_lost(store, room, teacher):
    teacher.ask(VERDICT)
    others = [answering(room, name, 30) for name in "ab"]
    for process in others:
        begin(process)
    for number in range(30):
        store.answer(room, 1, visitor(number), "hurt")
    for process in others:
        assert process.communicate()[0].splitlines()[-1] == "29"
    assert store.tally(room).counts == {"helped": 60, "hurt": 30, "unclear": 0}
    assert store.room(room).revision == 1 + 1 + 90


def test_who_is_killed_in_the_middle_leaves_whole_answers_and_holds_nobody_up(store, room, teacher):
    teacher.ask(VERDICT)
    process = answering(room, "killed", 100_000)
    begin(process)
    with process:
        for _ in range(25):
            told = process.stdout.readline()
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        rest = process.stdout.read()  # communicate() leaves out what readline() has read ahead
    last = int((told + rest).strip().splitlines()[-1])
    told = store.tally(room)
    assert told.answers in (last + 1, last + 2), "what was told as kept is kept"
    assert store.room(room).revision == 2 + told.answers, "each with its revision"
    assert all(each.nickname.startswith("killed ") for each in teacher.answers())
    store.answer(room, 1, visitor("later"), "hurt")
    assert store.tally(room).counts["hurt"] == 1


def test_processes_that_begin_together_make_one_file(room):
    started = [
        subprocess.Popen(
            [sys.executable, "-c", "from kdlab.classroom.store import open_store; "
             "print(open_store().open_room().code)"],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    codes = {process.communicate()[0].strip() for process in started}
    store = open_store()
    assert codes | {room} == {each.code for each in store.rooms()}
    store.close()


def test_forty_threads_answer_and_all_are_counted(store, room, teacher):
    number = teacher.ask(VERDICT)
    begins = threading.Barrier(40)
    failed = []

    def answer(name):
        begins.wait()
        try:
            store.answer(room, number, visitor(name), ("helped", "hurt")[name % 2])
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=answer, args=(name,)) for name in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert store.tally(room).counts == {"helped": 20, "hurt": 20, "unclear": 0}


@pytest.mark.attack
def test_a_thousand_answers_of_one_browser_touch_no_file(store, room, teacher, clock, monkeypatch):
    number = teacher.ask(VERDICT)
    store.answer(room, number, visitor("flood"), "helped")
    store.answer(room, number, visitor("flood"), "hurt")
    with monkeypatch.context() as patched:
        patched.setattr(store._file, "changing", None)
        for _ in range(1000):
            with pytest.raises(ClassError, match="2 per second for one visitor"):
                store.answer(room, number, visitor("flood"), "helped", "x" * 1_000_000)
    store.answer(room, number, visitor("another"), "unclear")
    assert store.tally(room).counts == {"helped": 0, "hurt": 1, "unclear": 1}
    clock.goes_on(1.0)
    store.answer(room, number, visitor("flood"), "helped")
    assert store.tally(room).counts["helped"] == 1


@pytest.mark.attack
def test_who_changes_his_mind_for_ever_does_not_make_the_file_grow(store, room, teacher, clock):
    number = teacher.ask(VERDICT)

    def size():
        return sum(p.stat().st_size for p in default_home().glob("class.sqlite3*"))

    def change(times):
        for place in range(times):
            clock.goes_on(1)
            store.answer(room, number, visitor(1), ("helped", "hurt")[place % 2], "x" * 40)

    change(1200)  # the log has been written through once
    before = size()
    change(1200)
    assert size() <= before + 100_000


def test_the_limits_of_rooms_questions_and_visitors(store, room, teacher, clock, monkeypatch):
    monkeypatch.setattr(stores, "MOST_ROOMS", 3)
    monkeypatch.setattr(presence, "MOST_VISITORS", 2)
    monkeypatch.setattr("kdlab.classroom.instructor.MOST_QUESTIONS", 2)
    store.open_room()
    store.open_room()
    with pytest.raises(ClassError, match="3 in a home"):
        store.open_room()
    number = [teacher.ask(VERDICT) for _ in range(2)][-1]
    with pytest.raises(ClassError, match="2 in a class"):
        teacher.ask(VERDICT)
    store.here(room, visitor(1))
    store.answer(room, number, visitor(2), "helped")
    for act in (
        lambda: store.here(room, visitor(3)),
        lambda: store.answer(room, number, visitor(3), "helped"),
    ):
        with pytest.raises(ClassError, match="2 visitors are in this class"):
            act()
    assert store.tally(room).answers == 1
    clock.goes_on(61)
    store.here(room, visitor(3))
    assert store.tally(room).there == 1


@pytest.mark.attack
def test_made_up_visitors_do_not_fill_a_room(store, room, teacher, clock):
    number = teacher.ask(VERDICT)
    store.answer(room, number, visitor("who is in the room"), "helped")
    for name in range(presence.MOST_NEW - 1):
        store.answer(room, number, visitor(f"made up {name}"), "hurt")
    for act in (
        lambda: store.answer(room, number, visitor("made up"), "hurt"),
        lambda: store.here(room, visitor("made up")),
    ):
        with pytest.raises(ClassError, match=r"in 60 seconds.*Try again in a minute"):
            act()
    store.answer(room, number, visitor("who is in the room"), "unclear")
    other = store.open_room().code
    store.here(other, visitor("in another room"))
    clock.goes_on(60)
    store.answer(room, number, visitor("honest"), "helped")
    assert store.tally(room).counts["helped"] == 1
    assert store.tally(room).counts["unclear"] == 1


def test_a_crowd_that_is_refused_waits_for_no_lock(store, room, monkeypatch):
    monkeypatch.setattr(presence.Presence, "enter", None)
    for _ in range(presence.MOST_NEW):
        assert store._presence._new.takes(room)
    monkeypatch.setattr(store._file, "changing", None)
    with pytest.raises(ClassError, match="Try again"):
        store.here(room, visitor("late"))


@pytest.mark.parametrize(
    "content", [b"no database at all " * 300, b"SQLite format 3\0" + b"x" * 9000]
)
def test_a_damaged_file_is_moved_aside_whole_and_told(content):
    path = default_home() / "class.sqlite3"
    path.write_bytes(content)
    store = open_store()
    assert store.aside == path.with_name("class.sqlite3.damaged-1")
    assert store.aside.read_bytes() == content
    assert store.rooms() == []
    code = store.open_room("anew").code
    store.close()
    again = open_store()
    assert (again.aside, again.room(code).title) == (None, "anew")
    again.close()


def test_one_that_is_damaged_while_it_is_used_is_told_and_begun_anew(room, store):
    store.close()
    path = default_home() / "class.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StoreError, match=r"was damaged.*damaged-1"):
        store.room(room)
    assert store.rooms() == []
    store.open_room("anew")
    assert [each.title for each in store.rooms()] == ["anew"]


def test_a_file_that_was_taken_away_is_made_again(store, room):
    for path in default_home().glob("class.sqlite3*"):
        path.unlink()
    assert store.rooms() == []
    store.open_room()
    assert len(store.rooms()) == 1


def test_the_file_of_a_newer_lab_is_left_alone(store, room):
    store.close()
    path = default_home() / "class.sqlite3"
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(StoreError, match="newer version of the lab"):
        open_store()
    assert not list(default_home().glob("*.damaged*"))


def test_what_is_no_folder_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "class.sqlite3", tmp_path):
        with pytest.raises(StoreError):
            Classroom(path)


def test_a_row_that_another_wrote_is_a_sentence(store, room, teacher):
    teacher.ask(VERDICT)
    with store._file.changing() as file:
        file.execute("UPDATE question SET what = '{}'")
    with pytest.raises(StoreError, match="not written by this version"):
        store.room(room)


def test_who_looks_is_not_held_up_by_who_writes(store, room):
    began, ends, looked = threading.Event(), threading.Event(), threading.Event()

    def writes():
        with store._file.changing() as file:
            file.execute("UPDATE room SET title = 'half'")
            began.set()
            ends.wait()

    def looks():
        assert store.room(room).title == "Tuesday"
        assert store.revision(room) == (1, 0, 0)
        looked.set()

    threads = [threading.Thread(target=writes)]
    threads[0].start()
    began.wait()
    threads.append(threading.Thread(target=looks))
    threads[1].start()
    try:
        assert looked.wait(60)
    finally:
        ends.set()
        for thread in threads:
            thread.join()
    assert store.room(room).title == "half"
