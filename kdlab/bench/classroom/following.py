"""The stream of a job, as ``EventSource`` in a browser follows it: server-sent events over GET."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import h11

from kdlab.bench.classroom import http
from kdlab.bench.classroom.tally import Tally

AGAIN_SECONDS = 1.0
"""After which a browser connects again, unless the server has said something else."""


@dataclass(frozen=True)
class Event:
    """One event: its kind is "message" where the server gave none."""

    kind: str
    data: str
    id: str


@dataclass
class Parser:
    """Lines to events, by the rules of the HTML standard (section 9.2.6), wherever bytes are cut.

    >>> list(Parser().feed(b"id: 7\\ndata: {}\\n\\n: still here\\n\\nevent: end\\ndata:\\n\\n"))
    [Event(kind='message', data='{}', id='7'), Event(kind='end', data='', id='7')]
    """

    id: str = ""
    """Of the last event."""
    again: float = AGAIN_SECONDS
    _rest: bytes = b""
    _kind: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that end in ``data``. Lines end with a line feed, with or without a carriage
        return before it."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            name, _, value = line.decode("utf-8", "replace").rstrip("\r").partition(":")
            value = value.removeprefix(" ")
            if not line.rstrip(b"\r"):
                if self._data:
                    yield Event(self._kind or "message", "\n".join(self._data), self.id)
                self._kind, self._data = "", []
            elif name == "data":
                self._data.append(value)
            elif name == "event":
                self._kind = value
            elif name == "id":
                self.id = value
            elif name == "retry" and value.isdecimal():
                self.again = int(value) / 1000


async def follow(
    server: str,
    address: str,
    headers: Mapping[str, str],
    tally: Tally,
    heard: Callable[[Mapping[str, Any]], None],
) -> bool:
    """Read the stream at ``address`` to its end, which is told by an event ``end``: then true;
    false where the server refuses it. ``heard`` is called with the slots of each message. A
    connection that breaks off before is made again, with the number of the last event, as a
    browser does."""
    id_, again = "", AGAIN_SECONDS
    while True:
        parser = Parser(id_, again)  # what was cut off is told again
        asked = {**headers, "Accept": "text/event-stream", "Cache-Control": "no-cache"}
        if parser.id:
            asked["Last-Event-ID"] = parser.id
        try:
            async with http.get(server, address, asked) as answer:
                if answer.status != 200:
                    tally.refused.append(f"stream: {answer.status} {await answer.text()}"[:200])
                    return False
                async for part in answer.body:
                    tally.bytes += len(part)
                    tally.watched_bytes += len(part)
                    for event in parser.feed(part):
                        if event.kind == "end":
                            return True
                        if event.kind != "message":
                            tally.refused.append(f"stream: {event.kind} {event.data}"[:200])
                            return False
                        told = json.loads(event.data)
                        # server and visitors have the same clock
                        tally.lags.append(max(0.0, time.time() - float(told["at"])))
                        heard(told["slots"])
        except (OSError, h11.RemoteProtocolError):
            pass  # as where it was closed without an end
        tally.broken += 1
        id_, again = parser.id, parser.again
        await asyncio.sleep(again)
