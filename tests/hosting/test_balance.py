"""What goes to make room, as a rule on plain values, for homes that chance has filled."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdlab.hosting.balance import Balance
from kdlab.hosting.kept import Entry

pytestmark = pytest.mark.attack

OWNER = ""
HOLDERS = [OWNER, "anna", "bert", "carl"]


@st.composite
def homes(draw):
    count = draw(st.integers(0, 25))
    entries = [
        Entry(
            draw(st.sampled_from(["runs", "teachers", "uploads"])), f"{n:016x}",
            draw(st.integers(1, 50)), draw(st.integers(0, 9)), draw(st.sampled_from(HOLDERS)),
        )
        for n in range(count)
    ]  # fmt: skip
    used = {(e.kind, e.name) for e in entries if draw(st.booleans())}
    adding = draw(st.sampled_from(HOLDERS)), draw(st.integers(0, 60))
    return entries, used, draw(st.integers(0, 400)), draw(st.integers(0, 150)), adding


def held(entries, adding):
    found = Counter({adding[0]: adding[1]})
    for entry in entries:
        found[entry.holder] += entry.bytes
    return found


def fits(found, home, visitor):
    return found.total() <= home and all(n <= visitor for h, n in found.items() if h != OWNER)


@given(homes())
def test_the_rule(made):
    entries, used, home, visitor, adding = made
    balance = Balance(entries, used, home, visitor, adding)
    left = list(entries)
    while (entry := balance.next()) is not None:
        before = held(left, adding)
        assert not fits(before, home, visitor), "it stops as soon as all fits"
        assert (entry.kind, entry.name) not in used
        own = [e for e in left if e.holder == entry.holder and (e.kind, e.name) not in used]
        assert entry.used == min(e.used for e in own), "of one holder the oldest goes first"
        over = entry.holder != OWNER and before[entry.holder] > visitor
        if not over:
            assert before.total() > home
            free = {e.holder for e in left if (e.kind, e.name) not in used}
            visitors = before.total() - before[OWNER]
            if entry.holder != OWNER:
                assert all(before[h] <= before[entry.holder] for h in free - {OWNER})
                assert OWNER not in free or before[OWNER] < visitors
            else:
                assert free == {OWNER} or before[OWNER] >= visitors
        balance.gone(entry)
        left.remove(entry)
    after = held(left, adding)
    assert balance.total == after.total()
    if not fits(after, home, visitor):
        free = {e.holder for e in left if (e.kind, e.name) not in used}
        assert not free if after.total() > home else True
        assert all(after[h] <= visitor for h in free if h != OWNER)
    assert balance.is_full == (balance.fixed > home)


def test_many_names_take_nothing_from_an_owner_who_holds_less_than_half():
    mine = [Entry("runs", f"{n:016x}", 10, n) for n in range(4)]
    theirs = [Entry("teachers", f"{n:016x}", 1, 100 + n, f"visitor {n}") for n in range(70)]
    balance = Balance([*mine, *theirs], set(), 100, 100)
    gone = []
    while (entry := balance.next()) is not None:
        gone.append(entry.holder)
        balance.gone(entry)
    assert len(gone) == 10
    assert OWNER not in gone


def test_what_could_not_be_removed_is_not_offered_again_and_counts():
    entry = Entry("runs", "0" * 16, 10, 0)
    balance = Balance([entry], set(), 5, 5)
    assert balance.next() == entry
    assert not balance.is_full
    balance.stayed(entry)
    assert balance.next() is None
    assert balance.is_full
