"""What goes so that the rest fits: the rule, on plain values.

- A visitor who holds more than his share loses what he has not used for longest.
- Where all together is more than the home may hold, what was not used for longest goes of whoever
  holds most. There the owner stands against all visitors together, for one person can be many
  visitors; so neither somebody who fills the home nor somebody who comes under a hundred names
  takes from those who hold little, or from an owner who holds less than half.
- What is in use stays. Where the rest alone is too much, nothing is removed in vain.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable

from kdlab.hosting.accounts import OWNER
from kdlab.hosting.kept import Entry


class Balance:
    """Who holds how much, and what could go. ``home_room`` and ``visitor_room`` are bytes for all
    together and for one visitor; ``adding`` is (whose, bytes) of what is about to be written."""

    def __init__(
        self,
        entries: Iterable[Entry],
        in_use: Collection[tuple[str, str]],
        home_room: float,
        visitor_room: float,
        adding: tuple[str, int] = (OWNER, 0),
    ) -> None:
        self._home_room, self._visitor_room, self._who = home_room, visitor_room, adding[0]
        self._held: Counter[str] = Counter({adding[0]: adding[1]})
        self._stays: Counter[str] = Counter({adding[0]: adding[1]})
        self._free: defaultdict[str, deque[Entry]] = defaultdict(deque)
        for entry in sorted(entries, key=lambda entry: entry.used):
            self._held[entry.holder] += entry.bytes
            if (entry.kind, entry.name) in in_use:
                self._stays[entry.holder] += entry.bytes
            else:
                self._free[entry.holder].append(entry)

    @property
    def total(self) -> int:
        """Bytes of all, with what is about to be written."""
        return self._held.total()

    @property
    def fixed_of_visitor(self) -> int:
        """What would stay of whom is written for, were all that can go gone; too much for a visitor
        where it is more than his room."""
        return self._stays[self._who]

    @property
    def fixed(self) -> int:
        """The same of all together."""
        return self._stays.total()

    @property
    def is_full_for_visitor(self) -> bool:
        """Whether no removal can make room in the share of whom is written for."""
        return self._who != OWNER and self.fixed_of_visitor > self._visitor_room

    @property
    def is_full(self) -> bool:
        """Whether no removal can make room in the home."""
        return self.fixed > self._home_room

    def next(self) -> Entry | None:
        """What goes next; None where all fits, or nothing is left that may go. It is not offered
        again; :meth:`gone` says that it went."""
        for holder, held in self._held.items():
            if holder != OWNER and held > self._visitor_room and self._free[holder]:
                return self._free[holder].popleft()
        largest = self._largest() if self.total > self._home_room else None
        return None if largest is None else self._free[largest].popleft()

    def gone(self, entry: Entry) -> None:
        """It was removed."""
        self._held[entry.holder] -= entry.bytes

    def stayed(self, entry: Entry) -> None:
        """It could not be removed."""
        self._stays[entry.holder] += entry.bytes

    def _largest(self) -> str | None:
        """Who holds most of those who hold something that may go."""
        some = [holder for holder, free in self._free.items() if free]
        visitors = [holder for holder in some if holder != OWNER]
        others = self._held.total() - self._held[OWNER]
        if OWNER in some and (not visitors or self._held[OWNER] >= others):
            return OWNER
        return max(visitors, key=lambda holder: (self._held[holder], holder), default=None)
