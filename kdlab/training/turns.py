"""Several iterators of events at once, so that all curves grow together. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterator

from kdlab.events import Event


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
