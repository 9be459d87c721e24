"""Pages of different visitors are drawn one after the other, not all a little at a time.

A page is some 50 ms of Python, and only one thread runs Python: with twenty at once each would be
there after all twenty, and the lock would change hands a thousand times a second for nothing. In
turn, the first is there after its own 50 ms and the last no later than before.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 2
"""One draws while the other waits for a file or a worker."""
PATIENCE_SECONDS = 1.0
"""Whoever waited for so long goes on beside the others: a page may be held up, as by a large
upload that is read, and must not hold up the class."""
_turns = threading.BoundedSemaphore(AT_ONCE)
_here = threading.local()


@contextmanager
def turn() -> Iterator[None]:
    """The block draws a page."""
    _take()
    try:
        yield
    finally:
        _give_back()


@contextmanager
def aside() -> Iterator[None]:
    """The block, within a page or a part of one, waits for a disk or a worker: others draw
    meanwhile. Nothing where no turn is held."""
    held = getattr(_here, "held", False)
    _give_back()
    try:
        yield
    finally:
        if held:
            _take()


def _take() -> None:
    _here.held = _turns.acquire(timeout=PATIENCE_SECONDS)


def _give_back() -> None:
    if getattr(_here, "held", False):
        _here.held = False
        _turns.release()
