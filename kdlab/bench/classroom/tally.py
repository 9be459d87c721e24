"""What the visitors of a class have met, and what of it stands in the table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kdlab.bench import Row

PAGE_SECONDS, LONGEST_SECONDS, LAG_SECONDS = 0.25, 1.0, 0.3
"""Goals: of pages and clicks at the 95th percentile and always, of streams at the 95th."""
POLLED_MB, SHARE = 2.3, 5
"""What a visitor was sent while pages still polled, and the share of it that is allowed."""
GROWTH = 1.05
"""By which the server's memory may have grown between the middle and the end."""
MEGA = 1e6


@dataclass
class Tally:
    """Seconds of what was waited for, and what went wrong, in sentences."""

    pages: list[float] = field(default_factory=list)
    """From the request to the end of the script: at arrival, with its connections, or by the
    menu."""
    clicks: list[float] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    """Fragments that run again by themselves."""
    woken: list[float] = field(default_factory=list)
    """Runs of pages for which a stream was the reason: that it has ended, most of all."""
    lags: list[float] = field(default_factory=list)
    """From the server's clock, in an event of a stream, to its arrival."""
    late: list[float] = field(default_factory=list)
    """By which the visitors' own process came late to what it had planned."""
    stays: list[float] = field(default_factory=list)
    """How long visitors were there, each from his first page to his last."""
    bytes: int = 0
    """Of messages and streams, to all visitors; Streamlit's scripts and headers do not count."""
    watched_bytes: int = 0
    """Those of fragments that ran alone, and of streams; the others are whole pages."""
    broken: int = 0
    """Connections of streams that broke off."""
    refused: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Errors that pages showed."""


@dataclass(frozen=True)
class ServerLog:
    """The server's memory in bytes, before the first visitor and after each round; its log's lines
    that report a fault."""

    memory: Sequence[int]
    trouble: Sequence[str]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this ``share`` of ``values`` does not exceed (nearest rank).

    >>> percentile([3.0, 1.0, 2.0, 4.0], 0.5), percentile([3.0, 1.0, 2.0, 4.0], 0.95)
    (2.0, 4.0)
    """
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def rows(tally: Tally, server: ServerLog) -> Iterator[Row]:
    """The table of a class."""
    yield from waits(tally)
    if tally.stays:
        each = tally.bytes / len(tally.stays) / MEGA
        watched = tally.watched_bytes / len(tally.stays) / MEGA
        stay = sum(tally.stays) / len(tally.stays)
        sent = f"{each:.2f} MB in {stay:.0f} s, {watched:.2f} of it while he watched"
        met = each <= POLLED_MB / SHARE
        yield Row("sent to a visitor", sent, f"{POLLED_MB / SHARE:.2f} MB", met)
    yield from troubles(tally, server.trouble)
    yield _memory(server.memory, len(tally.stays) + len(tally.lost))


def waits(tally: Tally) -> Iterator[Row]:
    """What visitors have waited for, and how much of it was their own delay."""
    yield waiting("a page, asked for to drawn", tally.pages)
    yield waiting("a click, pressed to drawn", tally.clicks)
    if tally.polls:
        yield Row("a poll, which a page asks by itself", times(tally.polls))
    if tally.woken:
        yield Row("a run of a page for its stream, as at its end", times(tally.woken))
    if tally.lags:
        met = percentile(tally.lags, 0.95) <= LAG_SECONDS
        goal = f"{LAG_SECONDS} s at the 95th percentile"
        yield Row("lag of a stream, server to visitor", times(tally.lags), goal, met)
    if tally.late:
        yield Row("of all these, the visitors' own delay", times(tally.late))


def troubles(tally: Tally, trouble: Sequence[str]) -> Iterator[Row]:
    """What should not have happened; ``trouble`` are lines of the server's log."""
    yield _none("visitors, or their streams, refused", tally.refused)
    yield _none("visitors lost", tally.lost)
    yield Row("streams that broke off and went on", str(tally.broken))
    yield _none("errors on pages", tally.faults)
    yield _none("errors in the server's log", trouble)


def times(seconds: Sequence[float]) -> str:
    """Median, 95th percentile and longest of some seconds, and how many there are."""
    middle, high = percentile(seconds, 0.5), percentile(seconds, 0.95)
    return f"{middle:.3f}, {high:.3f}, {max(seconds):.2f} s ({len(seconds):,})"


def waiting(
    what: str,
    seconds: Sequence[float],
    most: float = PAGE_SECONDS,
    longest: float = LONGEST_SECONDS,
) -> Row:
    """What a visitor has waited for, with its goals; they are not met where nobody got it."""
    goal = f"{most:g} s at the 95th percentile, {longest:g} s always"
    if not seconds:
        return Row(what, "none came to an end", goal, False)
    met = percentile(seconds, 0.95) <= most and max(seconds) <= longest
    return Row(what, times(seconds), goal, met)


def _none(what: str, met: Sequence[str]) -> Row:
    """A count that should be 0, with what happened most often."""
    often = Counter(met).most_common(1)
    first = "" if not often else f": {often[0][0]}".replace("|", "/").replace("\n", " ")
    return Row(what, f"{len(met)}{first[:120]}", "0", not met)


def is_flat(memory: Sequence[int]) -> bool:
    """Whether the second half of the rounds added no more than GROWTH: at first the server imports,
    and its caches fill."""
    return memory[-1] <= GROWTH * memory[len(memory) // 2]


def _memory(memory: Sequence[int], visitors: int) -> Row:
    told = [f"{memory[at] / MEGA:.0f}" for at in (0, len(memory) // 2, -1)]
    what = f"the server's memory before, at half time, after {visitors} visitors"
    return Row(what, f"{', '.join(told)} MB", "flat from half time on", is_flat(memory))
