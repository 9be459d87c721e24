"""The answers of a class: what came of them on the way, and whether each of them was counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kdlab.bench import Row
from kdlab.bench.classroom.room import Counts
from kdlab.bench.classroom.tally import Tally, troubles, waiting, waits
from kdlab.errors import ClassError

STOOD_SECONDS, ASKED_SECONDS = 1.0, 1.0
"""Goals: after the last answer until all stand in the histogram; at the 95th percentile, from the
question to a visitor's page. The server looks twice a second for what is new in a room."""


@dataclass
class Round:
    """One answer of each of so many ``visitors``, ``what`` they are called in the table. ``chosen``
    has the answer, by its place, of each visitor who has given one, in this round or before."""

    what: str
    visitors: int
    chosen: dict[int, int] = field(default_factory=dict)
    pressed: list[float] = field(default_factory=list)
    """When, by ``time.perf_counter``."""
    acknowledged: list[float] = field(default_factory=list)
    """After how many seconds the visitor's page said what he had answered."""
    counted: Counts = ()
    """What the histogram of the instructor showed in the end."""
    stood: float | None = None
    """Since when all answers stood there; None where they never did."""

    def given(self, options: int) -> Counts:
        """How many have chosen which of the answers."""
        chosen = list(self.chosen.values())
        return tuple(chosen.count(place) for place in range(options))

    @property
    def complete(self) -> bool:
        """Whether each visitor's answer was sent, acknowledged and counted, as what it was."""
        sent = len(self.pressed), len(self.acknowledged), sum(self.counted)
        return set(sent) == {self.visitors} and self.counted == self.given(len(self.counted))


@dataclass
class Met:
    """What a class and its instructor have met. Seconds of processors are those of all threads."""

    asked: list[float] = field(default_factory=list)
    """From the press on "Ask the class" to the question on a visitor's page."""
    rounds: list[Round] = field(default_factory=list)
    seconds: float = 0.0
    """Of the clock, while there were answers."""
    server_seconds: float = 0.0
    """Of the processor, for the server's own process, meanwhile."""
    own_seconds: float = 0.0
    """Of the processor, for the visitors."""


def rows(met: Met, tally: Tally, trouble: list[str]) -> Iterator[Row]:
    """The table of a question; ``trouble`` are lines of the server's log."""
    what = "the question, asked to on a visitor's page"
    yield waiting(what, met.asked, ASKED_SECONDS, 2 * ASKED_SECONDS)
    for each in met.rounds:
        yield from _of_round(each)
    answers = sum(len(each.pressed) for each in met.rounds)
    if answers and met.seconds:
        server, own = (100 * used / met.seconds for used in (met.server_seconds, met.own_seconds))
        each_ms = 1000 * met.server_seconds / answers
        used = f"{server:.0f} % of a core, {each_ms:.0f} ms an answer; the visitors' {own:.0f} %"
        yield Row("processor time of the server's process meanwhile", used)
    yield from waits(tally)
    yield from troubles(tally, trouble)


def _of_round(each: Round) -> Iterator[Row]:
    """What came of one answer of each visitor."""
    counted = sum(each.counted)
    given = each.given(len(each.counted))
    yield Row(
        f"{each.what}s: sent, acknowledged, counted by the instructor's histogram",
        f"{len(each.pressed)}, {len(each.acknowledged)}, {counted} ({_sum(each.counted)})",
        f"{each.visitors} each ({_sum(given)})",
        each.complete,
    )
    yield waiting(f"{each.what}, pressed to acknowledged on the visitor's page", each.acknowledged)
    what = f"from the first {each.what} pressed to the last one in the instructor's histogram"
    goal = f"{STOOD_SECONDS:g} s after the last was pressed"
    if each.stood is None or not each.pressed:
        yield Row(what, "never", goal, False)
        return
    whole, after = each.stood - min(each.pressed), each.stood - max(each.pressed)
    yield Row(what, f"{whole:.2f} s, {after:.2f} after the last", goal, after <= STOOD_SECONDS)


def _sum(counts: Counts) -> str:
    return " + ".join(map(str, counts)) or "none"


def check(met: Met) -> None:
    """ClassError where an answer of any visitor was not counted, or as another one."""
    for each in met.rounds:
        if not each.complete:
            given = each.given(len(each.counted))
            raise ClassError(
                f"the instructor's histogram counts {sum(each.counted)} {each.what}s "
                f"({_sum(each.counted)}) of {each.visitors} visitors",
                f"{each.visitors} ({_sum(given)}), one answer of each visitor",
                "The rows of the table on visitors lost and on errors say what went wrong",
            )
