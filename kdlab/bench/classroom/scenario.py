"""What each visitor of a class does in a round, and when."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

from kdlab.bench.classroom.session import LostError, RefusedError
from kdlab.bench.classroom.tally import Tally
from kdlab.bench.classroom.visitor import Visitor

LIVE, TRAIN, STOP = "live", "live.train", "live.stop"
PAGES = ("", "map", "temperature")
"""Through which visitors go by the menu in the end: Home, a map, a study."""
READY = "Workers: ready"
LOOK_SECONDS, TICK_SECONDS = 1.0, 0.05


@dataclass(frozen=True)
class Pace:
    """Seconds: within ``spread`` of each other all do what all are asked to do; a run is watched
    for ``watch`` at most, then stopped; between two steps of his own a visitor looks for up to
    ``look``."""

    spread: float = 10.0
    watch: float = 20.0
    look: float = 4.0


async def attend(
    visitor: Visitor, own_seed: int, same_seed: int, pace: Pace, chance: random.Random
) -> None:
    """A visit from Home to the last page; to be begun by all at the same time."""
    begin = time.perf_counter()
    arrived = await _at(begin, pace.spread * chance.random())
    try:
        await visitor.open()
        part = pace.spread + pace.look
        for seed in (own_seed, same_seed):
            await _at(begin, part + pace.spread * chance.random())
            await visitor.open(LIVE, f"first_seed={seed}")
            await asyncio.sleep(pace.look * chance.random())
            await visitor.click(TRAIN)
            if not await visitor.watch(pace.watch):
                await visitor.stop(STOP)
            part += pace.spread + pace.look + pace.watch
        for path in PAGES:
            await asyncio.sleep(pace.look * (0.5 + chance.random()))
            await visitor.go(path)
        visitor.tally.stays.append(time.perf_counter() - arrived)
    except RefusedError as error:
        visitor.tally.refused.append(str(error))
    except LostError as error:
        visitor.tally.lost.append(str(error))
    finally:
        await visitor.leave()


async def attended(server: str, visitors: int, number: int, pace: Pace, tally: Tally) -> None:
    """So many visitors come and go. In each round (``number``) the seeds are others, so that
    nothing of it is stored yet."""
    clock = asyncio.create_task(watch_clock(tally))
    base = 1_000_000 * (number + 1)
    try:
        await asyncio.gather(
            *(
                attend(
                    Visitor(server, tally), base + 100 * (place + 1), base, pace,
                    random.Random(f"{number} {place}"),
                )
                for place in range(visitors)
            )
        )  # fmt: skip
    finally:
        clock.cancel()


async def first_visitor(server: str, patience: float) -> None:
    """Somebody who was there before the class: the workers are up, and each page was open once.
    LostError where the workers are not there after ``patience`` seconds."""
    visitor = Visitor(server, Tally())
    try:
        await visitor.open()
        end = time.perf_counter() + patience
        while READY not in visitor.page.screen.words():
            if time.perf_counter() > end:
                raise LostError(f"Home did not say {READY!r} in {patience:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)
            await visitor.go("")
        for path in (LIVE, *PAGES):
            await visitor.go(path)
    finally:
        await visitor.leave()


async def _at(begin: float, seconds: float) -> float:
    """Wait until so many seconds after ``begin``; the time then."""
    await asyncio.sleep(begin + seconds - time.perf_counter())
    return time.perf_counter()


async def watch_clock(tally: Tally) -> None:
    """Note, until it is cancelled, how late the visitors' process comes to what it has planned."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(TICK_SECONDS)
        tally.late.append(time.perf_counter() - before - TICK_SECONDS)
