"""What a generator of events returns, and what it has told."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

from kdlab.events import Event

Made = TypeVar("Made")


def told_of(source: Generator[Event, None, Made]) -> tuple[Made, list[Event]]:
    """Both."""
    told = []
    while True:
        try:
            told.append(next(source))
        except StopIteration as end:
            return end.value, told


def drained(source: Generator[Event, None, Made]) -> Made:
    """What it returns."""
    return told_of(source)[0]
