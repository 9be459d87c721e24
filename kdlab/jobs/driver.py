"""What runs inside a worker: drives an iterator, sends its events, stops when nobody wants it.

Messages are plain data, so that they survive msgpack and a reload of the server's modules::

    {"job": id, "attempt": id, "worker": its address, "first": place of the first line in the
     attempt, "lines": [one event's JSON, ...], "end": None or {"state", "error", "traceback"}}

What a page tells the job meanwhile comes to its :mod:`kdlab.jobs.mailbox`.
"""

from __future__ import annotations

import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from kdlab.errors import JobError, KdlabError
from kdlab.events import Event
from kdlab.hosting.visitor import Visitor, acting_for
from kdlab.jobs import mailbox

if TYPE_CHECKING:
    from distributed import Worker

BATCH_SECONDS = 0.02
"""At most one message in this time; an event that comes after a pause leaves at once."""


def drive(
    topic: str,
    job: str,
    factory: Callable[..., Iterator[Event]],
    args: Any,
    visitor: tuple[str, bool],
) -> int:
    """Run ``factory(*args)`` to its end, publish its events under ``topic``; returns their number.

    All of it is done for ``visitor``, a :class:`Visitor` as plain data.
    Between two events it asks its worker whether the task is still wanted. Dask says no when the
    manager cancelled it and also when the manager's process is gone, so that a run never outlives
    its server, on our own workers and on somebody else's alike. The iterator is then closed
    (a generator sees GeneratorExit and can clean up).
    """
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()
    wire = _Wire(worker, topic, job)
    state, error, trace = "done", None, ""
    iterator: Iterator[Event] | None = None
    # a generator sees what its caller's thread is set to
    with acting_for(Visitor(*visitor)), mailbox.opened(job):
        wire.send()
        try:
            if _is_wanted(worker, key):
                iterator = iter(factory(*args))
                for event in iterator:
                    wire.add(event.to_json())
                    if not _is_wanted(worker, key):
                        break
            if not _is_wanted(worker, key):
                state = "cancelled"
        except BaseException as caught:  # SystemExit too: a run must not end its worker
            state, error = "failed", _plain(caught)
            trace = _trace(caught)
        try:
            _close(iterator)
        except Exception:
            trace = trace or traceback.format_exc()
    return wire.end({"state": state, "error": error, "traceback": trace})


def ask(
    function: Callable[..., Any], args: Any, visitor: tuple[str, bool, tuple[str, ...]]
) -> tuple[Any, list[Any] | None, str]:
    """Call ``function(*args)`` for ``visitor``: (result, None, ""), or (None, error as plain data,
    traceback).

    The traceback is empty for a KdlabError, whose three sentences say all.
    """
    try:
        with acting_for(Visitor(*visitor)):
            return function(*args), None, ""
    except BaseException as caught:
        return None, _plain(caught), _trace(caught)


def _is_wanted(worker: Worker, key: Any) -> bool:
    # Reading one dict is cheap and safe from this thread. A running task that was released by the
    # scheduler stays in the worker's table as "cancelled" until its thread is done.
    task = worker.state.tasks.get(key)
    closing = worker.status.name in {"closing", "closed", "failed"}
    return task is not None and task.state in {"executing", "long-running"} and not closing


def _close(iterator: Any) -> None:
    close = getattr(iterator, "close", None)  # generators have one, other iterators need none
    if close is not None:
        close()


def _trace(error: BaseException) -> str:
    return "" if isinstance(error, KdlabError) else "".join(traceback.format_exception(error))


def _plain(error: BaseException) -> list[Any]:
    if not isinstance(error, KdlabError):
        error = JobError(
            f"the run stopped with {type(error).__name__}: {error}",
            "a run that ends without an error",
            "Try it again, or use other settings; the server's log has the details",
        )
    return [type(error).__name__, [error.received, error.allowed, error.todo]]


def rebuilt(plain: list[Any]) -> KdlabError:
    """The error again from its plain data: the name of its class and its three sentences."""
    name, sentences = plain
    kinds = {kind.__name__: kind for kind in _kinds(KdlabError)}
    return kinds.get(name, JobError)(*sentences)


def _kinds(kind: type[KdlabError]) -> list[type[KdlabError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _kinds(child))]


class _Wire:
    """Sends lines in batches by time; the worker's own event loop is the timer, not a thread."""

    def __init__(self, worker: Worker, topic: str, job: str) -> None:
        self._worker = worker
        self._topic = topic
        self._job = job
        self._attempt = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._sent = 0
        self._free_at = 0.0
        self._timed = False

    def add(self, line: str) -> None:
        with self._lock:
            self._lines.append(line)
            wait = self._free_at - time.monotonic()
            if wait <= 0:
                self._send(None)
            elif not self._timed:
                self._timed = True
                loop = self._worker.loop
                loop.add_callback(loop.call_later, wait, self._late)

    def send(self) -> None:
        with self._lock:
            self._send(None)
            self._free_at = 0.0  # the first event need not wait for the word that the run began

    def end(self, end: dict[str, Any]) -> int:
        with self._lock:
            self._send(end)
            return self._sent

    def _late(self) -> None:
        with self._lock:
            self._timed = False
            if self._lines:
                self._send(None)

    def _send(self, end: dict[str, Any] | None) -> None:
        message = {
            "job": self._job,
            "attempt": self._attempt,
            "worker": self._worker.contact_address,
            "first": self._sent,
            "lines": self._lines,
            "end": end,
        }
        self._sent += len(self._lines)
        self._lines = []
        self._free_at = time.monotonic() + BATCH_SECONDS
        self._worker.log_event(self._topic, message)
