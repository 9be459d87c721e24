"""What a page tells a job while it runs: a small message, of which the newest counts.

::

    page ── Job.tell ──> keeper: post ──> Dask ──> worker: deliver ──> Mailbox
                                                                          │
                                       iterator: current().take()  <──────┘

A message takes the place of the one before, read or not, so that whoever moves a slider leaves one
behind and no queue. Nothing is written to disk: the worker may be on another machine. This module
is the worker's side and needs nothing else of the room.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

Message = Mapping[str, float]


class Mailbox:
    """Of one job that runs in this process. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._newest: Message | None = None

    def put(self, number: int, message: Message) -> None:
        """Message ``number``, unless a later one came before it."""
        with self._lock:
            if number > self._number:
                self._number, self._newest = number, message

    def take(self) -> Message | None:
        """The newest message, once; None where there is none that was not taken."""
        with self._lock:
            found, self._newest = self._newest, None
            return found


_open: dict[str, Mailbox] = {}
_mine: ContextVar[Mailbox | None] = ContextVar("mailbox", default=None)


@contextmanager
def opened(job: str) -> Iterator[None]:
    """Inside, the job of this id takes messages, and :func:`current` is its mailbox."""
    box = Mailbox()
    _open[job] = box
    token = _mine.set(box)
    try:
        yield
    finally:
        _mine.reset(token)
        if _open.get(job) is box:
            del _open[job]


def current() -> Mailbox:
    """That of the job at which this thread is; an empty one where it is at none."""
    return _mine.get() or Mailbox()


def deliver(job: str, number: int, message: Message) -> bool:
    """Put a message into the mailbox of ``job``; False where it does not run in this process. Dask
    calls it in the worker's own loop, whatever the worker's threads are at."""
    box = _open.get(job)
    if box is None:
        return False
    box.put(number, message)
    return True
