"""For whom this process is at work: the owner of the machine, or a visitor of its server.

A command works for its owner. The server of the pages registers how it knows its visitors
(:func:`ask`), and a worker is told with each job for whom that is (:func:`acting_for`). So what a
visitor may not ask for is refused wherever it is opened, and what he keeps is counted as his.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Visitor:
    """Somebody for whom work is done. ``name`` tells one from the other and says nothing about a
    person; the owner's is empty. ``rights``: what a class lets him do, for a process that cannot
    ask (:mod:`kdlab.hosting.class_rights`); None where it is asked."""

    name: str = ""
    owner: bool = False
    rights: tuple[str, ...] | None = field(default=None, compare=False)


OWNER = Visitor("", owner=True)

_acting: ContextVar[Visitor | None] = ContextVar("visitor", default=None)
_known: list[Callable[[], Visitor]] = []


def current() -> Visitor:
    """For whom this thread is at work now."""
    told = _acting.get()
    if told is not None:
        return told
    return _known[-1]() if _known else OWNER


@contextmanager
def acting_for(visitor: Visitor) -> Iterator[None]:
    """What is done inside is done for ``visitor``."""
    token = _acting.set(visitor)
    try:
        yield
    finally:
        _acting.reset(token)


def ask(who: Callable[[], Visitor]) -> None:
    """From now on ``who`` knows for whom this process is at work, where nothing else is said."""
    _known[:] = [who]
