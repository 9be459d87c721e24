"""How often a visitor's answers are kept, and how often it is written that he is there.

Told from this process's memory, before a file is touched: whoever sends a thousand answers a second
costs the others nothing.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable

MOST_KNOWN = 20_000
"""Visitors of all rooms; whoever was silent for longest is forgotten first."""


class Rate:
    """At most ``most`` in ``seconds`` of ``clock``, for each of those who are told apart."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._known: dict[Hashable, deque[float]] = {}
        self._lock = threading.Lock()

    def takes(self, who: Hashable) -> bool:
        """Whether one more of ``who`` is taken now; it then counts."""
        now = self._clock()
        with self._lock:
            times = self._known.pop(who, None) or deque(maxlen=self._most)
            taken = len(times) < self._most or now - times[0] >= self._seconds
            if taken:
                times.append(now)
            self._known[who] = times  # at the end: it was the last to be heard
            if len(self._known) > MOST_KNOWN:
                del self._known[next(iter(self._known))]
            return taken

    def forget(self, who: Hashable) -> None:
        """What was taken last does not count: it was not done."""
        with self._lock:
            self._known.pop(who, None)
