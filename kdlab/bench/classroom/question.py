"""The table of a question to a class: a server with a class, its instructor, and all who answer."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psutil

from kdlab.bench import serving
from kdlab.bench.classroom import asking, scenario
from kdlab.bench.classroom.counting import Met, check, rows
from kdlab.bench.classroom.room import Instructor, room_of
from kdlab.bench.classroom.session import LostError, RefusedError
from kdlab.bench.classroom.tally import Tally
from kdlab.bench.classroom.visitor import Visitor
from kdlab.errors import ClassError
from kdlab.hosting import class_rights, key, open_files
from kdlab.system import machine

MOST_VISITORS = 900
"""A server lets a thousand pages follow its streams, and a room has a thousand visitors."""
SPREAD_SECONDS = 10.0
"""Within which the visitors come, and within which they answer."""


def lines(visitors: int, spread: float = SPREAD_SECONDS) -> Iterator[str]:
    """A table, line by line. ClassError after it where not each visitor's answer was counted, and
    in place of it where there was no class to count in."""
    open_files.raise_limit()
    busy, _, _ = psutil.getloadavg()
    yield f"Machine: {machine.describe()}; its load before: {busy:.1f}"
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with served(Path(folder)) as server:
                asyncio.run(scenario.first_visitor(server.url, serving.PATIENCE_SECONDS))
                met = asyncio.run(held(server, visitors, spread, tally))
                trouble = serving.trouble(server.said())
        except (RuntimeError, LostError, RefusedError) as problem:
            raise ClassError(
                f"no class could be asked ({problem})",
                "a server that lets an instructor and visitors in",
                "Check that python -m kdlab open --class starts, then try again",
            ) from None
    yield ""
    yield f"| {visitors} visitors answer one question | measured | goal | met |"
    yield "|---|---|---|---|"
    yield from map(str, rows(met, tally, trouble))
    check(met)


def served(folder: Path) -> AbstractContextManager[serving.Served]:
    """A lab with a class, as ``python -m kdlab open --class`` has it, in this folder."""
    return serving.lab(folder, trust=key.KEY, variables={class_rights.VARIABLE: "1"})


async def held(server: serving.Served, visitors: int, spread: float, tally: Tally) -> Met:
    """A question to so many visitors of the server's class; RuntimeError where it has none,
    LostError or RefusedError where nobody can instruct it."""
    room = room_of(server, serving.PATIENCE_SECONDS)
    instructor = Instructor(server.url, tally)
    class_ = [Visitor(server.url, tally) for _ in range(visitors)]
    process = psutil.Process(server.process.pid)

    def processor() -> float:
        used = process.cpu_times()
        return float(used.user + used.system)

    return await asking.asked(room, instructor, class_, spread, processor, tally)
