"""All feeds of a server, and the thread that reads their sources."""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence

from kdlab.errors import JobError
from kdlab.hosting import key
from kdlab.hosting.visitor import Visitor
from kdlab.streams.feed import Feed
from kdlab.streams.source import Source
from kdlab.streams.subscription import Subscription

REST_SECONDS = 0.025
"""Between two looks at a source: what comes in between is told together."""
RENEW_SECONDS = 0.25
"""Between two renewals of what somebody watches: what waits for its turn is then handed in, too."""
FORGET_SECONDS = 5.0
"""Between two looks at who has been away for too long."""
FETCH_SECONDS = 15.0
"""Between two fetches of a page that nobody sees, at most."""
KEPT_SECONDS = 120.0
"""For so long whoever has gone may come again, and read what he has missed."""
MOST_SUBSCRIPTIONS = 2_000
MOST_READERS = 1_000
MOST_READERS_OF_ONE = 20
"""Connections in all, and of one visitor who does not own the machine."""

log = logging.getLogger(__name__)


class Hub:
    """All feeds, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._feeds: dict[Hashable, Feed] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._readers: dict[Visitor, int] = {}
        self._woken: set[Feed] = set()
        self._moved = threading.Condition(threading.Lock())
        self._thread: threading.Thread | None = None
        self._forgot_at = 0.0
        self.closing = False

    # What pages use ---------------------------------------------------------------------------

    def subscribe(self, source: Source, visitor: Visitor, browser: str = "") -> Subscription:
        """Begin to watch ``source``: a feed of the same key that goes on is joined. ``browser``
        tells the visitor's browser from others, where anything does."""
        with self._lock:
            feed = self._feeds.get(source.key)
            joins = feed is not None and not feed.over
            if feed is None or feed.over:
                feed = Feed(source)
                self._feeds[source.key] = feed
            made = Subscription(feed, source, visitor, browser)
            feed.subscriptions = (*feed.subscriptions, made)
            self._subscriptions[made.token] = made
            gone = []
            while len(self._subscriptions) > MOST_SUBSCRIPTIONS:  # the oldest first
                held = self._subscriptions.values()
                gone.append(min(held, key=lambda one: (one.readers > 0, one.seen_at)))
                self._strike(gone[-1])
            self._start()
        with feed.making:
            if joins:
                feed.source.joined(source)
            else:
                source.listen(functools.partial(self._wake, feed))
        self._leave(gone)
        self._wake(feed)
        return made

    def unsubscribe(self, one: Subscription) -> None:
        """Its page shows something else: whoever still reads it is told that it is over."""
        self._drop([one])

    # What routes use --------------------------------------------------------------------------

    def find(self, token: str, browser: str) -> Subscription | None:
        """The subscription ``token``; None where there is none, or another browser's. Where one of
        them cannot be told apart from others, whoever knows the token may read."""
        with self._lock:
            found = self._subscriptions.get(token)
        if found is None or (browser and found.browser and found.browser != browser):
            return None
        return found

    @contextlib.contextmanager
    def reading(self, one: Subscription, wake: Callable[[], None]) -> Iterator[None]:
        """A connection reads ``one``. JobError where there are too many."""
        visitor = one.visitor
        with self._lock:
            own, total = self._readers.get(visitor, 0), sum(self._readers.values())
            most = MOST_READERS if visitor.owner else MOST_READERS_OF_ONE
            if own >= most or total >= MOST_READERS:
                raise _too_many(own >= most, own if own >= most else total, visitor)
            self._readers[visitor] = own + 1
        reader = one.open(wake)
        try:
            yield
        finally:
            one.close(reader)
            with self._lock:
                left = self._readers[visitor] - 1
                self._readers[visitor] = left
                if not left:
                    del self._readers[visitor]

    def close(self) -> None:
        """All that is read is over, for the server ends."""
        self.closing = True
        with self._lock:
            everything = list(self._subscriptions.values())
        for one in everything:  # at once, whatever their sources are at
            one.closed = True
            one.wake()
        self._drop(everything)
        with self._moved:
            self._moved.notify_all()

    # The thread -------------------------------------------------------------------------------

    def _start(self) -> None:
        if self._thread is None and not self.closing:
            self._thread = threading.Thread(target=self._keep, name="streams", daemon=True)
            self._thread.start()

    def _wake(self, feed: Feed) -> None:
        with self._moved:
            self._woken.add(feed)
            self._moved.notify_all()

    def _keep(self) -> None:
        while not self.closing:
            patience = self._patience()  # before the lock: jobs that have news wait for that one
            with self._moved:
                if not self._woken:
                    self._moved.wait(patience)
                woken, self._woken = self._woken, set()
            began = time.thread_time()
            try:
                self._look(woken)
            except Exception:
                log.exception("a stream could not be told")
            if self._rests():
                return
            # Pages come first: what there is to tell never takes more than a quarter of a core.
            time.sleep(max(REST_SECONDS, 3 * (time.thread_time() - began)))

    def _patience(self) -> float:
        """Until the next look is due, whatever else comes before."""
        now = time.monotonic()
        with self._lock:
            due = [f.looked_at + f.source.seconds for f in self._feeds.values() if not f.over]
        return max(0.0, min(due, default=now + KEPT_SECONDS / 4) - now)

    def _rests(self) -> bool:
        """Whether there is nothing to look after; the thread then ends, and starts again when
        somebody subscribes."""
        with self._lock:
            if self._feeds:
                return False
            self._thread = None
            return True

    def _look(self, woken: set[Feed]) -> None:
        now = time.monotonic()
        if now - self._forgot_at > FORGET_SECONDS:
            self._forgot_at = now
            self._forget(now)
        with self._lock:
            feeds = list(self._feeds.values())
        for feed in feeds:
            late = now - feed.looked_at >= feed.source.seconds
            if not feed.over and (feed in woken or late):
                try:
                    self._look_at(feed, now)
                except Exception:  # one source that fails must not take the others down
                    log.exception("a source could not be read")

    def _look_at(self, feed: Feed, now: float) -> None:
        feed.looked_at = now  # also where it fails
        for one in self._watched(feed, now):
            if now - one.renewed_at > RENEW_SECONDS:
                one.renewed_at = now
                one.source.renew()
        feed.renew()

    def _watched(self, feed: Feed, now: float) -> list[Subscription]:
        """Those that somebody reads, or has read a moment ago: who fetches is there for no time."""
        known = feed.subscriptions
        return [one for one in known if one.readers or now - one.seen_at < FETCH_SECONDS]

    def _forget(self, now: float) -> None:
        """Whoever has been away for too long, and feeds that nobody has."""
        with self._lock:
            known = list(self._subscriptions.values())
        self._drop([one for one in known if not one.readers and now - one.seen_at > KEPT_SECONDS])

    def _drop(self, gone: Sequence[Subscription]) -> None:
        with self._lock:
            gone = [one for one in gone if one.token in self._subscriptions]  # not gone before
            for one in gone:
                self._strike(one)
        self._leave(gone)

    def _strike(self, one: Subscription) -> None:
        """Out of all lists, with the lock held; where it was its feed's last one, nobody can join
        that any more."""
        feed = one.feed
        del self._subscriptions[one.token]
        feed.subscriptions = tuple(other for other in feed.subscriptions if other is not one)
        if not feed.subscriptions and self._feeds.get(feed.source.key) is feed:
            del self._feeds[feed.source.key]

    def _leave(self, gone: Sequence[Subscription]) -> None:
        """Have the sources of those that were struck out know of it, without the lock: a source
        may be read just now, and readers of all others ask for that one."""
        for one in gone:
            with one.feed.making:
                one.closed = True
                one.feed.source.left(one.source)
            one.wake()
        for feed in {one.feed for one in gone}:
            if not feed.subscriptions:
                with feed.making:
                    feed.source.unlisten()


def _too_many(own: bool, count: int, visitor: Visitor) -> JobError:
    if own:
        most = MOST_READERS if visitor.owner else MOST_READERS_OF_ONE
        return JobError(
            f"{count} of your pages are watching work",
            f"at most {most} per visitor at the same time",
            "Close some of their tabs" + key.for_owner(visitor),
        )
    return JobError(
        f"{count} pages are watching work on this server",
        f"at most {MOST_READERS} at the same time",
        "Try again when fewer people are using it",
    )
