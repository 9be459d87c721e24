"""Iterators of events: several in turns, so that all curves grow together, and one that is changed
on its way. Needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TypeVar

from kdlab.events import Event

Made = TypeVar("Made")


def relayed(
    source: Generator[Event, None, Made], change: Callable[[Event], Event | None]
) -> Generator[Event, None, Made]:
    """Yield what ``change`` makes of each event of ``source``, and nothing where that is None; at
    the end, what ``source`` returned."""
    while True:
        try:
            event = next(source)
        except StopIteration as stop:
            made: Made = stop.value
            return made
        changed = change(event)
        if changed is not None:
            yield changed


def one_round(going: list[Iterator[Event]]) -> Iterator[Event]:
    """An event of each; those that have ended leave the list."""
    for each in list(going):
        event = next(each, None)
        if event is None:
            going.remove(each)
        else:
            yield event


def in_turns(going: list[Iterator[Event]]) -> Iterator[Event]:
    """An event of each in turn, until all have ended."""
    while going:
        yield from one_round(going)
