"""Small iterators of events that workers can import; files are their way to talk to a test."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from kdlab.errors import DataError
from kdlab.events import Event, Progress
from kdlab.hosting.visitor import Visitor, current
from kdlab.jobs import mailbox


def count(total: int) -> Iterator[Event]:
    for number in range(total):
        yield Progress(stage=str(os.getpid()), done=number, total=total)


def hold(marker: str, total: int = 3) -> Iterator[Event]:
    """Count to ``total``; the last event comes when the file ``marker`` exists."""
    yield from count(total - 1)
    while not Path(marker).exists():
        time.sleep(0.02)
    yield Progress(stage=str(os.getpid()), done=total - 1, total=total)


def until_closed(marker: str) -> Iterator[Event]:
    """Count without end; write the file ``marker``.begun at once and ``marker`` when closed."""
    number = 0
    Path(f"{marker}.begun").touch()
    try:
        while True:
            yield Progress(stage=str(os.getpid()), done=number)
            number += 1
            time.sleep(0.02)
    finally:
        Path(marker).touch()


def break_down(after: int) -> Iterator[Event]:
    yield from count(after)
    raise ZeroDivisionError("by nought")


def refuse() -> Iterator[Event]:
    yield Progress(stage="download")
    raise DataError("the archive is empty", "an archive with images", "Choose another one")


def leave() -> Iterator[Event]:
    yield Progress(stage="the last but one")
    raise SystemExit(3)


def die() -> Iterator[Event]:
    yield Progress(stage="last words")
    os._exit(1)


def square(number: int) -> int:
    return number * number


def divide(number: int) -> float:
    return number / 0


def reject() -> None:
    raise DataError("no image", "a picture", "Draw something")


def wait_for(marker: str) -> None:
    """Answer when the file ``marker`` exists."""
    while not Path(marker).exists():
        time.sleep(0.02)


def threads() -> str:
    return os.environ["OMP_NUM_THREADS"]


def for_whom(total: int) -> Iterator[Event]:
    """Say before each step for whom it is done."""
    for number in range(total):
        visitor = current()
        yield Progress(stage=f"{visitor.name} {visitor.owner}", done=number)


def whose() -> Visitor:
    return current()


def listen(last: int, marker: str = "") -> Iterator[Event]:
    """Tell each message that was taken, until one has a number of ``last`` or more; nothing is
    taken before the file ``marker`` exists."""
    yield Progress(stage=str(os.getpid()))
    while marker and not Path(marker).exists():
        time.sleep(0.02)
    box, number = mailbox.current(), -1
    while number < last:
        message = box.take()
        if message is not None:
            number = int(message["number"])
            yield Progress(stage=str(os.getpid()), done=number)
        else:
            yield Progress(stage="waiting")  # whoever has gone is noticed
            time.sleep(0.01)


def hear_or_die(marker: str) -> Iterator[Event]:
    """Die of the first message; whoever starts again ends with the next one."""
    yield Progress(stage=str(os.getpid()))
    box = mailbox.current()
    while (message := box.take()) is None:
        yield Progress(stage="waiting")
        time.sleep(0.01)
    if not Path(marker).exists():
        Path(marker).touch()
        os._exit(1)
    yield Progress(stage="heard", done=int(message["number"]))
