"""Whose turn it is: which of the waiting jobs begins when a worker is free. A pure rule.

The visitor with the fewest running jobs comes first, among equals who was served longest ago, then
who asked first; what one visitor asked for begins in that order. So a visitor who waits and has
nothing running begins after at most one job of each other visitor who is there, whatever they hand
in meanwhile.

A visitor never holds the last slot: of several, his jobs take all but one, so that somebody else's
run begins at once. The owner of the machine has turns like everybody, but may take all slots. With
one slot none can be kept free; there only the limit of a visitor's work (KDLAB_VISITOR_WORK) bounds
how long the others wait.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence

from kdlab.hosting.visitor import Visitor


def most_running(visitor: Visitor, slots: int) -> int:
    """How many jobs of ``visitor`` may run at the same time."""
    return max(1, slots if visitor.owner else slots - 1)


def begins(
    waiting: Sequence[Visitor],
    running: Iterable[Visitor],
    slots: int,
    served: Mapping[Visitor, int],
) -> int | None:
    """The place in ``waiting`` (whose jobs wait, in the order of submission) of the job that begins
    now; None where no slot is free, or nobody may take one.

    ``served`` says when each visitor was served last, or else when he came: a later one is larger.
    """
    rows: dict[Visitor, list[int]] = {}
    for place, visitor in enumerate(waiting):
        rows.setdefault(visitor, []).append(place)
    first = _first(rows, Counter(running), slots, served)
    return None if first is None else rows[first][0]


def order(
    waiting: Sequence[Visitor],
    running: Sequence[Visitor],
    slots: int,
    served: Mapping[Visitor, int],
) -> list[int]:
    """The places in ``waiting`` in the order in which they will begin, if the ``running`` jobs end
    in the order in which they began and nobody comes after."""
    rows: dict[Visitor, deque[int]] = {}  # what one visitor asked for begins in that order
    for place, visitor in enumerate(waiting):
        rows.setdefault(visitor, deque()).append(place)
    going, count, when = deque(running), Counter(running), dict(served)
    now = max(when.values(), default=0)
    found: list[int] = []
    while rows:
        first = _first(rows, count, slots, when)
        if first is None:
            count[going.popleft()] -= 1  # there is one: with a free slot, somebody could have begun
            continue
        found.append(rows[first].popleft())
        if not rows[first]:
            del rows[first]
        now += 1
        when[first] = now
        going.append(first)
        count[first] += 1
    return found


def _first(
    rows: Mapping[Visitor, Sequence[int]],
    count: Counter[Visitor],
    slots: int,
    served: Mapping[Visitor, int],
) -> Visitor | None:
    """Who of those in ``rows`` begins now, where ``count`` jobs of each are running: the rule."""
    if count.total() >= max(1, slots):
        return None
    able = (
        ((count[visitor], served.get(visitor, -1), row[0]), visitor)
        for visitor, row in rows.items()
        if count[visitor] < most_running(visitor, slots)
    )
    first = min(able, default=None, key=lambda one: one[0])
    return None if first is None else first[1]
