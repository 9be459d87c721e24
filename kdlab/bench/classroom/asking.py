"""A question to a class: its instructor asks, all answer it, and then all change their answers."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence

from kdlab.bench.classroom.counting import Met, Round
from kdlab.bench.classroom.room import ASK, PAGE, Instructor, Room
from kdlab.bench.classroom.scenario import watch_clock
from kdlab.bench.classroom.session import LostError, RefusedError
from kdlab.bench.classroom.tally import Tally
from kdlab.bench.classroom.visitor import Visitor

PLACES = (PAGE, "live", "temperature")
"""Pages on which visitors are while they are asked: that of the class, and others with what is
asked at the bottom."""
ANSWER = re.compile(r"^\*\*Your (?:answer|prediction): (.*)\*\*$", re.MULTILINE)
NUMBER = 1
"""Of the first question in a room."""
PATIENCE_SECONDS, COUNTED_SECONDS = 60.0, 30.0
"""Who waits longer for a question, or for his answer to be acknowledged, does so in vain; so does
the instructor for the histogram."""


class Pupil:
    """A visitor of the room: somebody with a ``place`` in the class, which says where he is and
    what he answers."""

    def __init__(self, visitor: Visitor, place: int, room: Room) -> None:
        self.visitor, self.place, self._room = visitor, place, room
        self._chance = random.Random(place)
        self._choice, self._give = (room.answer(NUMBER, part) for part in ("choice", "give"))

    async def come(self, spread: float) -> None:
        """Open a page in the room, some time within ``spread`` seconds."""
        await asyncio.sleep(spread * self._chance.random())
        await self.visitor.open(PLACES[self.place % len(PLACES)], self._room.everybody)

    async def sees(self, asked: float, met: Met) -> None:
        """Wait for the question, which was ``asked`` at that second."""
        await self._options()
        met.asked.append(time.perf_counter() - asked)

    async def answers(self, spread: float, met: Round) -> None:
        """Choose an answer some time within ``spread`` seconds, and press the button."""
        await asyncio.sleep(spread * self._chance.random())
        options = await self._options()
        await self._take(self.place % len(options), options, met)

    async def changes(self, met: Round) -> None:
        """Answer again: whoever had not chosen the last answer does so now, the others the first.
        So the histogram is another one, however many visitors there are."""
        await self.visitor.click(f"class.change.{NUMBER}")
        options = await self._options()
        last = len(options) - 1
        await self._take(0 if met.chosen[self.place] == last else last, options, met)

    async def _options(self) -> list[str]:
        """What may be answered, once that is on the page."""
        screen = self.visitor.page.screen
        await self.visitor.until(
            lambda: bool(screen.options(self._choice)), PATIENCE_SECONDS, "the question"
        )
        return screen.options(self._choice)

    async def _take(self, choice: int, options: Sequence[str], met: Round) -> None:
        await self.visitor.choose(self._choice, choice)
        screen = self.visitor.page.screen
        notices = screen.alerts()
        pressed = time.perf_counter()
        met.pressed.append(pressed)
        met.chosen[self.place] = choice
        await self.visitor.click(self._give)
        await self.visitor.until(
            lambda: self._told() is not None or screen.alerts() != notices,
            PATIENCE_SECONDS,
            "the answer's acknowledgement",
        )
        if self._told() != options[choice]:
            told = self._told() or " ".join(screen.alerts())
            raise RefusedError(f"to the answer {options[choice]!r} the page says {told!r}")
        met.acknowledged.append(time.perf_counter() - pressed)

    def _told(self) -> str | None:
        """What the page says is his answer; None while it says nothing of the kind."""
        found = ANSWER.search(self.visitor.page.screen.words())
        return found[1] if found else None


async def asked(
    room: Room,
    instructor: Instructor,
    visitors: Sequence[Visitor],
    spread: float,
    processor: Callable[[], float],
    tally: Tally,
) -> Met:
    """The instructor comes, then ``visitors`` within ``spread`` seconds of each other; he asks,
    they answer as fast, and then all of them change their answers at the same moment. LostError or
    RefusedError where the instructor cannot go on. ``processor``: seconds of the server's."""
    pupils = [Pupil(visitor, place, room) for place, visitor in enumerate(visitors)]
    clock = asyncio.create_task(watch_clock(tally))
    met = Met()
    try:
        await instructor.take(room)
        here = await _each(pupils, lambda one: one.come(spread), tally)
        here = await _ask(instructor, here, met, tally)
        began, server, own = time.perf_counter(), processor(), time.process_time()
        first = Round("answer", len(pupils))
        here = await _each(here, lambda one: one.answers(spread, first), tally)
        await _count(instructor, first, met)
        again = Round("changed answer", len(pupils), dict(first.chosen))
        await _each(here, lambda one: one.changes(again), tally)
        await _count(instructor, again, met)
        met.seconds = time.perf_counter() - began
        met.server_seconds, met.own_seconds = processor() - server, time.process_time() - own
    finally:
        clock.cancel()
        await asyncio.gather(*(visitor.leave() for visitor in (instructor, *visitors)))
    return met


async def _ask(
    instructor: Instructor, pupils: Sequence[Pupil], met: Met, tally: Tally
) -> list[Pupil]:
    """Who of them then sees the question."""
    began = time.perf_counter()
    press = asyncio.create_task(instructor.click(ASK))
    seen = await _each(pupils, lambda one: one.sees(began, met), tally)
    await press
    return seen


async def _count(instructor: Instructor, met: Round, all_: Met) -> None:
    """Wait until what was given stands in the instructor's histogram."""
    options = len(instructor.counts)
    met.stood = await instructor.sees(met.given(options), COUNTED_SECONDS)
    met.counted = instructor.counts
    all_.rounds.append(met)


async def _each(
    pupils: Sequence[Pupil], does: Callable[[Pupil], Awaitable[None]], tally: Tally
) -> list[Pupil]:
    """Those with whom all goes well; why it does not with others is noted."""

    async def well(one: Pupil) -> bool:
        try:
            await does(one)
        except RefusedError as error:
            tally.refused.append(str(error))
        except LostError as error:
            tally.lost.append(str(error))
        else:
            return True
        return False

    went = await asyncio.gather(*map(well, pupils))
    return [one for one, fine in zip(pupils, went, strict=True) if fine]
