"""The rule of turns, and its laws, without a worker."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdlab.hosting.visitor import OWNER, Visitor
from kdlab.jobs.turns import begins, most_running, order

pytestmark = pytest.mark.attack

ANN, BOB, CY = (Visitor(name) for name in ("ann", "bob", "cy"))
PEOPLE = [OWNER, *(Visitor(str(n)) for n in range(5))]

people = st.sampled_from(PEOPLE)
slots_of = st.integers(1, 5)
moments = st.dictionaries(people, st.integers(0, 20))


@pytest.mark.parametrize(
    ("waiting", "running", "slots", "first"),
    [
        pytest.param([ANN, BOB], [ANN], 3, 1, id="who has fewer running comes first"),
        pytest.param([BOB, ANN], [], 3, 1, id="among equals who was served longest ago"),
        pytest.param([ANN, ANN], [], 3, 0, id="then the order of submission"),
        pytest.param([ANN], [ANN], 2, None, id="a visitor leaves one slot free"),
        pytest.param([ANN, CY], [ANN], 2, 1, id="for somebody else"),
        pytest.param([OWNER], [OWNER], 2, 0, id="the owner need not"),
        pytest.param([ANN, OWNER], [OWNER], 2, 0, id="but he has turns"),
        pytest.param([ANN], [], 1, 0, id="one slot is a visitor's too"),
        pytest.param([ANN], [BOB, CY], 2, None, id="no slot"),
        pytest.param([], [], 2, None, id="nobody"),
    ],
)
def test_who_begins(waiting, running, slots, first):
    assert begins(waiting, running, slots, {ANN: 1, BOB: 2, CY: 3, OWNER: 4}) == first


def test_the_row_of_six_tabs_and_a_default_run_beside_them():
    assert order([ANN] * 4 + [BOB], [ANN], 2, {ANN: 1, BOB: 2}) == [4, 0, 1, 2, 3]
    assert order([ANN, ANN, BOB, BOB, CY], [], 3, {ANN: 1, BOB: 2, CY: 3}) == [0, 2, 4, 1, 3]


@given(st.lists(people, max_size=8), st.lists(people, max_size=5), slots_of, moments)
def test_no_slot_is_left_free_but_the_one_that_is_nobodys_own(waiting, running, slots, served):
    first = begins(waiting, running, slots, served)
    count = Counter(running)
    if first is not None:
        assert len(running) < slots
        assert count[waiting[first]] < most_running(waiting[first], slots)
    elif len(running) < slots:
        assert all(not who.owner and count[who] >= max(1, slots - 1) for who in waiting)


@given(st.lists(people, max_size=12), st.lists(people, max_size=5), slots_of, moments)
def test_everybody_is_in_the_row_once_and_each_visitors_jobs_in_order(
    waiting, running, slots, served
):
    row = order(waiting, running, slots, served)
    assert sorted(row) == list(range(len(waiting)))
    for who in PEOPLE:
        own = [place for place in row if waiting[place] == who]
        assert own == sorted(own)


class Server:
    """Plays the rule: who comes, who begins, whose job ends; as the book does it."""

    def __init__(self, slots: int) -> None:
        self.slots, self.time = slots, 0
        self.waiting: list[Visitor] = []
        self.running: list[Visitor] = []
        self.served: dict[Visitor, int] = {}

    def come(self, who: Visitor) -> None:
        self.waiting.append(who)
        if who not in self.served:
            self.serve(who)

    def serve(self, who: Visitor) -> None:
        self.time += 1
        self.served[who] = self.time

    def begin(self) -> list[Visitor]:
        found = []
        while (place := begins(self.waiting, self.running, self.slots, self.served)) is not None:
            who = self.waiting.pop(place)
            self.running.append(who)
            self.serve(who)
            found.append(who)
        return found


comes = st.tuples(st.just("come"), people)
ends = st.tuples(st.just("end"), st.integers(0, 4))


@given(slots_of, st.lists(comes | ends, max_size=60))
def test_whoever_waits_with_nothing_running_begins_after_at_most_one_job_of_each_other(
    slots, story
):
    server = Server(slots)
    since: dict[Visitor, list[Visitor]] = {}
    for what, which in story:
        if what == "come":
            server.come(which)
        elif which < len(server.running):
            del server.running[which]
        for who in set(server.waiting) - set(server.running):
            since.setdefault(who, [])
        for begun in server.begin():
            since.pop(begun, None)
            for others in since.values():
                others.append(begun)
        for who, others in since.items():
            if who not in server.running:
                assert max(Counter(others).values(), default=0) <= 1, (who, others)
        count = Counter(server.running)
        assert all(count[who] <= most_running(who, slots) for who in count)


@given(slots_of, st.lists(people, min_size=1, max_size=20))
def test_all_begin_when_jobs_end(slots, jobs):
    server = Server(slots)
    for who in jobs:
        server.come(who)
    begun = server.begin()
    while server.running:
        del server.running[0]
        begun += server.begin()
    assert Counter(begun) == Counter(jobs)


@given(st.lists(people, max_size=10), slots_of, moments)
def test_the_row_is_what_happens_if_jobs_end_in_their_order(waiting, slots, served):
    server = Server(slots)
    server.waiting, server.served = list(waiting), dict(served)
    server.time = max(served.values(), default=0)
    told = [waiting[place] for place in order(waiting, [], slots, served)]
    begun = server.begin()
    while server.running:
        del server.running[0]
        begun += server.begin()
    assert begun == told
