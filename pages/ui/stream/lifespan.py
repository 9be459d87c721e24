"""What begins and ends with the server: its address is told, workers start, streams end."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

from pages.ui.shell import launch, workers
from pages.ui.stream.hub import hub

SWITCH_SECONDS = 0.001
"""After which a thread of Python lets others go on. All connections share one thread, which waits
behind every page that is being drawn: for so long each, not for Python's 0.005."""


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Of the server's ASGI application."""
    sys.setswitchinterval(SWITCH_SECONDS)
    launch.tell_once()
    workers.manager()
    streams = hub()
    before = _on_signals(streams.close)
    try:
        yield
    finally:
        streams.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _on_signals(call: Any) -> dict[int, Any]:
    """Have ``call`` called before what a signal to end does now: the server waits for all its
    connections, and a stream would not end by itself."""
    if threading.current_thread() is not threading.main_thread():  # a test's server
        return {}
    before: dict[int, Any] = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        known = signal.getsignal(number)
        if not callable(known):
            continue

        def handle(what: int, frame: FrameType | None, known: Any = known) -> None:
            # In a thread: this one may hold one of the streams' locks just now.
            threading.Thread(target=call, name="closing", daemon=True).start()
            known(what, frame)

        before[number] = signal.signal(number, handle)
    return before
