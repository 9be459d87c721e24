"""Places in the queue: true after every change of it, and made once for each."""

from __future__ import annotations

import random

import pytest

from kdlab.hosting.visitor import OWNER, Visitor
from kdlab.jobs import turns
from kdlab.jobs.book import Book, Run
from kdlab.jobs.job import Job, JobState

ANN, BOB, CY = (Visitor(name) for name in ("ann", "bob", "cy"))


@pytest.fixture
def book():
    return Book(2)


@pytest.fixture
def add(book):
    def one(name: str, visitor: Visitor = ANN) -> Job:
        job = Job(name, name, clock=lambda: 0.0, changed=lambda: None, position=book.position)
        job._join(f"page {name}", visitor)
        book.add(job, (iter, ()))
        return job

    return one


@pytest.fixture
def orders(monkeypatch):
    """Each time that an order is made adds to the list."""
    made: list[int] = []
    order = turns.order
    monkeypatch.setattr(turns, "order", lambda *told: made.append(1) or order(*told))
    return made


def row(jobs):
    return [job.queue_position for job in jobs]


def begin(book):
    job, _ = book.next()
    book.begin(job, Run(None))
    return job


def test_the_order_is_made_once_for_all_who_ask(book, add, orders):
    jobs = [add(f"{who.name} {n}", who) for who in (ANN, BOB, CY) for n in range(4)]
    for _ in range(3):
        assert sorted(row(jobs)) == list(range(1, 13))
    assert len(orders) == 1


def test_a_place_is_true_after_each_kind_of_change(book, add):
    jobs = [add("a"), add("b"), add("c", BOB)]
    assert row(jobs) == [1, 3, 2]
    jobs.append(add("d", CY))  # another job
    assert row(jobs) == [1, 4, 2, 3]
    assert begin(book) is jobs[0]  # one begins: it is handed over, and its worker tells nothing yet
    assert row(jobs) == [1, 4, 2, 3]
    jobs[0]._receive({"attempt": "x", "first": 0, "lines": [], "end": None})  # now it does
    assert row(jobs) == [0, 3, 1, 2]
    jobs[0]._finish(JobState.DONE)  # it ends
    book.forget(jobs[0])
    assert row(jobs) == [0, 3, 1, 2]
    jobs[2].cancel()  # one is stopped
    assert row(jobs) == [0, 2, 0, 1]
    book.forget(jobs[2])
    assert row(jobs) == [0, 2, 0, 1]
    jobs.append(add("e", ANN))
    assert row(jobs) == [0, 2, 0, 1, 3]
    jobs[3]._join("page of ann", ANN)  # its visitor leaves it to another one
    jobs[3].release("page d")
    assert row(jobs) == [0, 1, 0, 2, 3]


def test_a_place_is_true_when_there_are_more_slots(book, add):
    running = [add("a"), add("o", OWNER)]
    assert {begin(book), begin(book)} == set(running)
    for job in running:
        job._receive({"attempt": "x", "first": 0, "lines": [], "end": None})
    jobs = [add("b"), add("p", OWNER), add("c", BOB)]
    before = row(jobs)
    book.slots = 1
    assert row(jobs) == expected(book, jobs)
    book.slots = 5
    assert row(jobs) == expected(book, jobs)
    book.slots = 2
    assert row(jobs) == before == expected(book, jobs)


def expected(book, jobs):
    """What :func:`turns.order` says now, by nobody's memory."""
    waiting, running = book._waiting(), book._running()
    order = turns.order([j.visitor for j in waiting], running, book.slots, book._served)
    return [[waiting[place] for place in order].index(job) + 1 for job in jobs]


@pytest.mark.parametrize("seed", range(30))
def test_the_row_is_what_asking_who_begins_again_and_again_gives(seed):
    draw = random.Random(seed)
    people = [OWNER, *(Visitor(str(n)) for n in range(4))]
    waiting = draw.choices(people, k=12)
    running = draw.choices(people, k=draw.randrange(4))
    served = {who: draw.randrange(9) for who in people if draw.random() < 0.7}
    slots = draw.randrange(1, 5)
    left, going, when = list(range(len(waiting))), list(running), dict(served)
    found = []
    now = max(when.values(), default=0)
    while left:
        place = turns.begins([waiting[n] for n in left], going, slots, when)
        if place is None:
            going.pop(0)
            continue
        number, now = left.pop(place), now + 1
        when[waiting[number]] = now
        going.append(waiting[number])
        found.append(number)
    assert turns.order(waiting, running, slots, served) == found
