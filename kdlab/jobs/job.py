"""A job as a page sees it: its state, its events so far, its error. Safe to use from any thread.

A job may be read by several owners (a class that presses Train on the same configuration), and each
renews its lease while it watches. All of a job's state is behind one lock, because Streamlit may
interrupt a script between two writes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from kdlab.errors import KdlabError
from kdlab.events import Event, from_json
from kdlab.hosting.visitor import OWNER, Visitor
from kdlab.jobs.driver import rebuilt
from kdlab.jobs.mailbox import Message


class JobState(StrEnum):
    """Where a job is. A text, so that it still compares equal after Streamlit reloads modules."""

    QUEUED = "queued"
    """It waits for a free worker, or for the workers to start."""
    RUNNING = "running"
    """A worker has begun; after a cancel it stays here until the worker has let go."""
    DONE = "done"
    """The iterator ended and every event has arrived."""
    FAILED = "failed"
    """It stopped with an error, which ``Job.error`` keeps."""
    CANCELLED = "cancelled"
    """Somebody stopped it, or nobody watched it any more."""

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


class Letter(NamedTuple):
    """Message ``number`` of a page to the ``worker`` that is at an ``attempt`` of its job."""

    attempt: int
    number: int
    message: Message
    worker: str


class Job:
    """One run in the background; made by :meth:`JobManager.submit` only.

    ``id`` names it, ``key`` is the fingerprint that two submissions of the same work share.
    """

    def __init__(
        self,
        job_id: str,
        key: str,
        *,
        clock: Callable[[], float],
        changed: Callable[[], None],
        position: Callable[[Job], int],
    ) -> None:
        self.id = job_id
        self.key = key
        self._clock = clock
        self._changed = changed
        self._position = position
        self._moved = threading.Condition(threading.RLock())
        self._state = JobState.QUEUED
        self._cancelling = False
        self._owners: dict[str, float] = {}
        self._left: set[str] = set()
        self._visitors: dict[str, Visitor] = {}
        self._visitor = OWNER
        self._error: KdlabError | None = None
        self._traceback = ""
        self._tries: list[str] = []
        self._events: list[Event] = []
        self._parked: dict[int, dict[str, Any]] = {}
        self._listeners: list[Callable[[], None]] = []
        self._worker = ""
        self._told: tuple[int, Message] | None = None
        self._known: Letter | None = None

    # What a page reads ------------------------------------------------------------------------

    @property
    def state(self) -> JobState:
        """Where the job is."""
        with self._moved:
            return self._state

    @property
    def is_cancelling(self) -> bool:
        """Whether a cancel was asked for and the worker has not let go yet."""
        with self._moved:
            return self._cancelling and not self._state.is_finished

    @property
    def error(self) -> KdlabError | None:
        """Why the job failed, to be shown as it is; None unless FAILED."""
        with self._moved:
            return self._error

    @property
    def traceback(self) -> str:
        """The traceback of an error that no rule foresaw, for the log; never shown to a user."""
        with self._moved:
            return self._traceback

    @property
    def attempt(self) -> int:
        """0 before the first start, then 1, and one more each time that the run began anew."""
        with self._moved:
            return len(self._tries)

    @property
    def restarts(self) -> int:
        """How often the run began anew because its worker died."""
        with self._moved:
            return max(0, len(self._tries) - 1)

    @property
    def queue_position(self) -> int:
        """1 for the next job to start, 2 for the one after it, ...; 0 once it has started."""
        return self._position(self)

    @property
    def owners(self) -> frozenset[str]:
        """Who holds a lease on the job."""
        with self._moved:
            return frozenset(self._owners)

    def is_watched_by(self, visitor: Visitor) -> bool:
        """Whether one of its owners is ``visitor``."""
        with self._moved:
            return any(self._visitors.get(owner) == visitor for owner in self._owners)

    @property
    def visitor(self) -> Visitor:
        """For whom it counts: the one who submitted it, and once he has left it, the first of the
        others who joined it and still watch."""
        with self._moved:
            watching = (self._visitors[name] for name in self._owners if name in self._visitors)
            self._visitor = next(watching, self._visitor)
            return self._visitor

    @property
    def events(self) -> list[Event]:
        """All events of the current attempt so far, in order (a copy)."""
        return self.events_since(0)

    def events_since(self, seen: int) -> list[Event]:
        """The events after the first ``seen`` of the current attempt."""
        with self._moved:
            return self._events[seen:]

    def read(self, attempt: int, seen: int) -> tuple[int, list[Event]]:
        """What is new to a reader who has ``seen`` events of ``attempt``: (attempt, events).

        Where the attempt returned is another one, the run began anew: the reader drops what he
        had, the events are all that the new attempt has.
        """
        with self._moved:
            return self.attempt, self._events[seen if attempt == self.attempt else 0 :]

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the job is finished, at most ``timeout`` seconds; whether it is. No page."""
        with self._moved:
            return self._moved.wait_for(lambda: self._state.is_finished, timeout)

    def listen(self, call: Callable[[], None]) -> None:
        """Have ``call`` called, by whichever thread, when the job has told something, or ended: it
        must return at once."""
        with self._moved:
            self._listeners.append(call)

    def unlisten(self, call: Callable[[], None]) -> None:
        """``call`` is called no more."""
        with self._moved:
            self._listeners = [one for one in self._listeners if one is not call]

    # What a page does -------------------------------------------------------------------------

    def renew(self, owner: str) -> bool:
        """Say that ``owner`` still watches. False if he had left."""
        with self._moved:
            if owner in self._left:
                return False
            self._owners[owner] = self._clock()
            return True

    def release(self, owner: str) -> None:
        """``owner`` leaves; when he was the last one, the job is cancelled."""
        with self._moved:
            self._left.add(owner)
            if self._owners.pop(owner, None) is not None and not self._owners:
                self.cancel()

    def cancel(self) -> None:
        """Stop the job for all owners; at once if queued, else after the event in the making."""
        with self._moved:
            if self._state is JobState.QUEUED:
                self._finish(JobState.CANCELLED)
            elif self._state is JobState.RUNNING:
                self._cancelling = True
        self._changed()

    def tell(self, message: Message) -> None:
        """Bring a small message to the job while it runs; see :mod:`kdlab.jobs.mailbox`.

        It takes the place of the one before. A job that has not begun gets it when it does, and so
        does one that starts again; one that has ended gets nothing.
        """
        with self._moved:
            if self._state.is_finished:
                return
            self._told = ((self._told[0] if self._told else 0) + 1, dict(message))
        self._changed()

    # What the manager does --------------------------------------------------------------------

    def _join(self, owner: str, visitor: Visitor) -> None:
        with self._moved:
            self._left.discard(owner)
            self._visitors[owner] = visitor
            self._owners[owner] = self._clock()

    def _expire(self, lease: float) -> None:
        """Drop owners who have not renewed for ``lease`` seconds; cancel when none is left."""
        with self._moved:
            oldest = self._clock() - lease
            self._owners = {name: at for name, at in self._owners.items() if at >= oldest}
            if not self._owners and not self._state.is_finished and not self._cancelling:
                self.cancel()

    def _finish(self, state: JobState, error: KdlabError | None = None) -> None:
        with self._moved:
            if not self._state.is_finished:
                self._state, self._error = state, error
                self._moved.notify_all()
                self._call()

    def _letter(self) -> Letter | None:
        """What its worker is to be told; None where that is nothing, or nothing more."""
        with self._moved:
            if self._told is None or self._state is not JobState.RUNNING or not self._worker:
                return None
            letter = Letter(self.attempt, *self._told, self._worker)
            return None if letter == self._known else letter

    def _got(self, letter: Letter) -> None:
        """Its worker has it."""
        with self._moved:
            self._known = letter

    @property
    def _gap(self) -> bool:
        """Whether later events have arrived while earlier ones are missing."""
        with self._moved:
            return bool(self._parked)

    def _receive(self, message: dict[str, Any]) -> None:
        """Take in one message of the driver; the same one twice, or out of order, does no harm.

        ``first`` is the place of the message's first event in its attempt, so that what was seen
        is dropped, what came early is parked until the gap before it is closed, and the end counts
        only when every event before it is there.
        """
        with self._moved:
            if self._state.is_finished:
                return
            if message["attempt"] not in self._tries:
                self._tries.append(message["attempt"])
                self._events = []  # not cleared: a reader may hold the old list
                self._parked = {}
                self._worker = message.get("worker", "")
            elif message["attempt"] != self._tries[-1]:
                return
            self._state = JobState.RUNNING
            if message["lines"] or message["end"]:
                self._parked[message["first"]] = message
            for first in sorted(self._parked):
                if first > len(self._events):
                    break
                self._take(self._parked.pop(first))
            self._call()

    def _call(self) -> None:
        for call in self._listeners:
            call()

    def _take(self, message: dict[str, Any]) -> None:
        new = message["lines"][len(self._events) - message["first"] :]
        self._events.extend(from_json(line) for line in new)
        end = message["end"]
        if end is None:
            return
        if end["state"] == JobState.CANCELLED and not self._cancelling:
            return  # its worker is closing down, and another one begins the run anew
        self._traceback = end["traceback"]
        self._finish(JobState(end["state"]), rebuilt(end["error"]) if end["error"] else None)
