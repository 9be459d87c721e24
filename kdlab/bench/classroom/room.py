"""The room of a class as its instructor has it: the secret address, and a page with a histogram."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from kdlab.bench import serving
from kdlab.bench.classroom.session import LostError
from kdlab.bench.classroom.tally import Tally
from kdlab.bench.classroom.visitor import Visitor

PAGE, ASK = "class", "class.ask"
HISTOGRAM = "class_answers"
"""Under which the chart of the answers is told to the instructor's page."""
ADDRESS = re.compile(r"For the instructor only: (\S+)")
"""In the log of a server with a class."""
LOOK_SECONDS = 0.1
Counts = tuple[int, ...]
"""How many have given which answer, in the order in which answers are offered."""


@dataclass(frozen=True)
class Room:
    """Its code, and the secret that makes who shows it the instructor."""

    code: str
    secret: str

    @property
    def everybody(self) -> str:
        """What follows the "?" in an address that leads into the room."""
        return f"room={self.code}"

    @property
    def instructor(self) -> str:
        """The same for who instructs."""
        return f"room={self.code}&instructor={self.secret}"

    def answer(self, number: int, part: str) -> str:
        """The key of a ``part`` of what answers question ``number``: "choice" or "give"."""
        return f"{PAGE}.{self.code}.{number}.{part}"


def room_of(served: serving.Served, patience: float) -> Room:
    """The room of a server that was started for a class: from its log, where the address stands for
    whoever has started it. RuntimeError where it is not there after ``patience`` seconds."""
    end = time.monotonic() + patience
    while (found := ADDRESS.search(served.said())) is None:
        if time.monotonic() > end or served.process.poll() is not None:
            raise RuntimeError(f"the server has opened no class: {served.said()[-2000:]}")
        time.sleep(LOOK_SECONDS)
    told = parse_qs(urlsplit(found[1]).query)
    return Room(told["room"][0], told["instructor"][0])


class Instructor(Visitor):
    """The instructor, on the page of his class: a visitor who notes what the histogram shows."""

    def __init__(self, server: str, tally: Tally) -> None:
        self.seen: list[tuple[float, Counts]] = []
        """Since when, by ``time.perf_counter``, the histogram shows what."""
        super().__init__(server, tally)

    async def take(self, room: Room) -> None:
        """Open the secret address. LostError where that does not let him instruct."""
        await self.open(PAGE, room.instructor)
        if self.page.screen.button(ASK) is None:
            raise LostError("who opens the instructor's address cannot ask the class")

    @property
    def counts(self) -> Counts:
        """What the histogram shows; empty where there is none."""
        return self.seen[-1][1] if self.seen else ()

    def hear(self) -> None:
        """See :class:`Visitor`."""
        told = self.shown(HISTOGRAM)
        counts = tuple(map(int, told["figure"]["data"][0]["x"])) if told else ()
        if counts != self.counts:
            self.seen.append((time.perf_counter(), counts))
        super().hear()

    async def sees(self, counts: Counts, seconds: float) -> float | None:
        """Wait until the histogram shows ``counts``: since when it does, None where it does not
        after so many seconds."""
        with contextlib.suppress(LostError):
            await self.until(lambda: self.counts == counts, seconds, "the answers")
        return self.seen[-1][0] if self.counts == counts else None
