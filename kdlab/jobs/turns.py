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
    count = Counter(running)
    if count.total() >= max(1, slots):
        return None
    able = (
        (count[visitor], served.get(visitor, -1), place)
        for place, visitor in enumerate(waiting)
        if count[visitor] < most_running(visitor, slots)
    )
    first = min(able, default=None)
    return None if first is None else first[2]


def order(
    waiting: Sequence[Visitor],
    running: Sequence[Visitor],
    slots: int,
    served: Mapping[Visitor, int],
) -> list[int]:
    """The places in ``waiting`` in the order in which they will begin, if the ``running`` jobs end
    in the order in which they began and nobody comes after."""
    left, going, when = list(range(len(waiting))), deque(running), dict(served)
    now = max(when.values(), default=0)
    found: list[int] = []
    while left:
        place = begins([waiting[n] for n in left], going, slots, when)
        if place is None:
            going.popleft()  # there is one: with a free slot, somebody could have begun
            continue
        number, now = left.pop(place), now + 1
        when[waiting[number]] = now
        going.append(waiting[number])
        found.append(number)
    return found
