"""What one page of one visitor shows of a feed: names of places on the page, each with a view."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from kdlab.hosting.visitor import Visitor
from kdlab.streams.source import Source
from kdlab.streams.view import View

if TYPE_CHECKING:
    from kdlab.streams.feed import Feed


class Subscription:
    """Made by :meth:`Hub.subscribe` only. ``token`` names it in the stream's address and cannot be
    guessed. It counts for ``visitor``; in another ``browser`` than his there is none."""

    def __init__(self, feed: Feed, source: Source, visitor: Visitor, browser: str) -> None:
        self.token = secrets.token_urlsafe(16)
        self.feed = feed
        self.source = source
        self.visitor = visitor
        self.browser = browser
        self.seen_at = time.monotonic()
        """When somebody read it last."""
        self.renewed_at = 0.0
        self.closed = False
        self._lock = threading.Lock()
        self._views: dict[str, tuple[View, int]] = {}
        self._readers: dict[object, Callable[[], None]] = {}

    # What a page does -------------------------------------------------------------------------

    def show(self, name: str, view: View) -> None:
        """Show ``view`` at the place ``name`` from now on."""
        with self._lock:
            known = self._views.get(name)
        if known is None or known[0] != view:
            self.feed.add(view, lambda number: self._shows(name, view, number))
            self.wake()

    def _shows(self, name: str, view: View, number: int) -> None:
        with self._lock:
            self._views[name] = (view, number)

    def leave(self, names: set[str]) -> None:
        """Show nothing at these places any more."""
        with self._lock:
            self._views = {name: held for name, held in self._views.items() if name not in names}

    # What a reader does -----------------------------------------------------------------------

    def open(self, wake: Callable[[], None]) -> object:
        """A reader is there; ``wake`` is called from any thread when there is something to read.
        What is returned closes it again."""
        reader = object()
        with self._lock:
            self._readers[reader] = wake
        self.seen_at = time.monotonic()
        return reader

    def close(self, reader: object) -> None:
        """He has gone."""
        with self._lock:
            self._readers.pop(reader, None)
        self.seen_at = time.monotonic()

    def since(self, read: int) -> tuple[int, str]:
        """What a reader has missed who has read up to number ``read``: up to which number that is,
        and JSON, ``{name: {"is": value} or {"by": deltas}, ...}``."""
        return self.feed.since(self._shown, read)

    def _shown(self) -> dict[str, tuple[View, int]]:
        with self._lock:
            return dict(self._views)

    @property
    def over(self) -> bool:
        """Whether nothing more will come after what has come."""
        return self.closed or self.feed.over

    # What the hub does ------------------------------------------------------------------------

    @property
    def readers(self) -> int:
        """How many are there."""
        with self._lock:
            return len(self._readers)

    @property
    def views(self) -> list[View]:
        """What is shown."""
        with self._lock:
            return [view for view, _ in self._views.values()]

    def wake(self) -> None:
        """Have all readers look."""
        with self._lock:
            calls = list(self._readers.values())
        for call in calls:
            call()
