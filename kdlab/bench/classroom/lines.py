"""The table of a class, and how it comes about: a server, and round after round of visitors."""

from __future__ import annotations

import asyncio
import itertools
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from kdlab.bench import serving
from kdlab.bench.classroom import scenario
from kdlab.bench.classroom.session import LostError, RefusedError
from kdlab.bench.classroom.tally import MEGA, ServerLog, Tally, rows
from kdlab.hosting import key, open_files
from kdlab.system import machine

VISITORS_IN_ALL, ROUNDS = 200, (3, 10)
MOST_VISITORS, MOST_MINUTES = 1000, 24 * 60
PACE = scenario.Pace()


def lines(visitors: int, minutes: float | None = None, pace: scenario.Pace = PACE) -> Iterator[str]:
    """A table, and before it a line a round. ``visitors`` are there at the same time; others follow
    until VISITORS_IN_ALL came and went or, with ``minutes``, until these are over."""
    open_files.raise_limit()
    busy, _, _ = psutil.getloadavg()
    yield f"Machine: {machine.describe()}; its load before: {busy:.1f}"
    tally, memory = Tally(), list[int]()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with serving.lab(Path(folder), trust=key.KEY) as served:
                asyncio.run(scenario.first_visitor(served.url, serving.PATIENCE_SECONDS))
                memory.append(_memory(served))
                for number in _rounds(rounds(visitors) if minutes is None else None, minutes):
                    asyncio.run(scenario.attended(served.url, visitors, number, pace, tally))
                    memory.append(_memory(served))
                    yield f"Round {number + 1}: the server has {memory[-1] / MEGA:.0f} MB"
                trouble = serving.trouble(served.said())
        except (RuntimeError, LostError, RefusedError) as problem:
            yield f"Not measured: {problem}"
            return
    yield ""
    yield f"| {visitors} visitors at once | measured | goal | met |"
    yield "|---|---|---|---|"
    yield from map(str, rows(tally, ServerLog(memory, trouble)))


def rounds(visitors: int) -> int:
    """How many, of so many visitors each, until VISITORS_IN_ALL have been there; neither so few
    that nothing can be seen, nor so many that it takes hours.

    >>> [rounds(n) for n in (1, 40, 100)]
    [10, 5, 3]
    """
    least, most = ROUNDS
    return min(most, max(least, math.ceil(VISITORS_IN_ALL / visitors)))


def _rounds(
    count: int | None, minutes: float | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[int]:
    """Numbers from 0: so many, or as long as the time lasts."""
    began = clock()
    for number in itertools.count():
        if count is not None and number >= count:
            return
        if minutes is not None and clock() - began >= 60 * minutes:
            return
        yield number


def _memory(served: serving.Served) -> int:
    """Of the server's own process, in bytes: its workers are others. RuntimeError where it has
    ended."""
    try:
        return int(psutil.Process(served.process.pid).memory_info().rss)
    except psutil.Error:
        raise RuntimeError(f"the server has ended: {served.said()[-2000:]}") from None
