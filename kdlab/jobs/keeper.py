"""The keeper: one thread beside the server's that does everything which touches the cluster.

It opens the connection (:mod:`kdlab.jobs.connection`), hands over jobs when a worker is free, takes
in what the workers tell, and ends what nobody watches. So a page that submits, reads or cancels
never waits for the network. Jobs wait in the book, not in Dask: their order and their places are
then exact.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from kdlab.errors import KdlabError
from kdlab.jobs import driver, problems
from kdlab.jobs.book import Book, Run
from kdlab.jobs.connection import GRACE_SECONDS, Connection
from kdlab.jobs.job import Job, JobState
from kdlab.jobs.post import Post

CONNECT_SECONDS = 10.0
TICK_SECONDS = 0.2

log = logging.getLogger(__name__)


class ManagerState(StrEnum):
    """Whether the workers are there. A text, like JobState and for the same reason."""

    STARTING = "starting"
    """The workers start, or the scheduler is being connected; jobs wait in the queue."""
    READY = "ready"
    """A worker is there."""
    FAILED = "failed"
    """There are no workers; ``JobManager.problem`` says why. The next submit tries again."""


class Keeper:
    """Keeps the jobs of ``book`` going on the cluster at ``address``, or on ``workers`` processes
    of its own; see :class:`kdlab.jobs.manager.JobManager`, which alone makes one. All that both
    know is behind the lock of the book."""

    def __init__(
        self,
        book: Book,
        address: str | None,
        workers: int,
        preload: Sequence[str],
        *,
        lease: float,
        timeout: float,
    ) -> None:
        self.connection = Connection(
            address, workers, preload, timeout, book.lock, lambda: self.closing
        )
        self.state = ManagerState.STARTING
        self.problem: KdlabError | None = None
        self.closing = False
        self.began: float | None = None
        self._book = book
        self._lease = lease
        self._timeout = timeout
        self._lock = book.lock
        self._settled = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        # An entry is a driver's message, or None: look around.
        self._inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._slots_at = 0.0
        self._post = Post(self.look)

    # What the manager uses --------------------------------------------------------------------

    def start(self) -> None:
        """Begin to start the workers, or to connect, and return at once. Again after a failure."""
        with self._lock:
            if self.closing or self._thread is not None:
                return
            self._settle(ManagerState.STARTING)
            self.began = time.monotonic()
            self._thread = threading.Thread(target=self._keep, name="kdlab-jobs", daemon=True)
            self._thread.start()

    def wait(self, timeout: float | None = None) -> ManagerState:
        """Block until the workers are there or cannot be had, at most ``timeout`` seconds."""
        with self._settled:
            self._settled.wait_for(lambda: self.state is not ManagerState.STARTING, timeout)
            return self.state

    def look(self) -> None:
        """Have the thread look around at once."""
        self._inbox.put(None)

    def close(self) -> None:
        """Cancel all jobs, end our own workers or leave the external ones."""
        # a connection that breaks because we end is nothing to report
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        with self._lock:
            self.closing = True
            thread, cluster, state = self._thread, self.connection.cluster, self.state
            for job in self._book.jobs.values():
                job._finish(JobState.CANCELLED)
        self.look()
        if cluster is not None and state is ManagerState.STARTING:
            cluster.close()  # the keeper may be waiting for it
        if thread is not None:
            thread.join(self._timeout + GRACE_SECONDS)

    # The thread -------------------------------------------------------------------------------

    def _settle(self, state: ManagerState, problem: KdlabError | None = None) -> None:
        with self._settled:
            self.state, self.problem = state, problem
            self._settled.notify_all()

    def _keep(self) -> None:
        problem: KdlabError
        try:
            self._connect()
            self._settle(ManagerState.READY)
            while not self.closing:
                self._read_inbox()
                self._tend()
            problem = problems.closed()
        except KdlabError as error:
            problem = error
        except Exception as error:
            if self.closing:  # who is told to stop in mid-start may fail in any way
                problem = problems.closed()
            else:
                log.exception("the job manager stopped")
                problem = problems.from_dask(error)
        self._leave()
        with self._lock:  # one step, so that a submit comes before it and fails, or starts again
            self._book.clear(problem)
            self._thread = None
            self._settle(ManagerState.FAILED, problem)

    def _connect(self) -> None:
        client = self.connection.open(self._inbox.put)
        with self._lock:
            self._book.slots = len(client.nthreads())

    def _read_inbox(self) -> None:
        """Wait up to one tick for something to do, then take in all messages that are there."""
        try:
            message = self._inbox.get(timeout=TICK_SECONDS)
            while True:
                if message is not None:
                    self._deliver(message)
                message = self._inbox.get_nowait()
        except queue.Empty:
            pass

    def _deliver(self, message: dict[str, Any]) -> None:
        job = self._book.jobs.get(message["job"])
        if job is None:
            return
        try:
            job._receive(message)
        except KdlabError as error:  # a worker with another version of the lab
            job._finish(JobState.FAILED, error)

    def _tend(self) -> None:
        self.connection.tend()
        with self._lock:
            jobs = list(self._book.jobs.values())
        for job in jobs:
            job._expire(self._lease)
            run = self._book.runs.get(job.id)
            if run is not None and not job.state.is_finished:
                self._check(job, run)
                self._tell(job)
            if job.state.is_finished:
                self._forget(job)
        self._hand_over()

    def _tell(self, job: Job) -> None:
        client = self.connection.client
        assert client is not None
        self._post.bring(client, job)

    def _check(self, job: Job, run: Run) -> None:
        """See to what cannot be told by messages: cancels, lost messages, dead workers."""
        now = time.monotonic()
        if job.is_cancelling and not run.released:
            run.released, run.ended_at = True, now
            run.future.cancel()
        if run.released:
            if run.ended_at is not None and now > run.ended_at + GRACE_SECONDS:
                job._finish(JobState.CANCELLED)
            return
        status = run.future.status
        if status in {"finished", "error", "cancelled", "lost"} and run.ended_at is None:
            run.ended_at = now  # its last messages may still be on their way
        ended = run.ended_at is not None and now > run.ended_at + 2 * TICK_SECONDS
        if (ended or job._gap) and now > run.repaired_at + 1.0:
            run.repaired_at = now
            self._repair(job)
        if job.state.is_finished or not ended:
            return
        if status == "finished":
            assert run.ended_at is not None
            if now > run.ended_at + GRACE_SECONDS:
                lost = problems.lost("some of its events were lost")
                job._finish(JobState.FAILED, lost)
        elif status == "error":
            error = run.future.exception(timeout=GRACE_SECONDS)
            job._finish(JobState.FAILED, problems.from_dask(error))
        else:
            job._finish(JobState.FAILED, problems.lost("the scheduler dropped the run"))

    def _repair(self, job: Job) -> None:
        """Deliver again what the scheduler still remembers of our messages."""
        client = self.connection.client
        assert client is not None
        for _, message in client.get_events(self.connection.topic):
            if message["job"] == job.id:
                self._deliver(message)

    def _forget(self, job: Job) -> None:
        self._post.forget(job)
        run = self._book.forget(job)
        if run is not None and not run.released:
            run.future.cancel()
        if job.traceback:
            log.warning("job %s failed\n%s", job.id, job.traceback)

    def _hand_over(self) -> None:
        """Give jobs to Dask, in their turn, while it has workers without one."""
        client = self.connection.client
        assert client is not None
        if time.monotonic() > self._slots_at + 1.0:
            self._book.slots, self._slots_at = len(client.nthreads()), time.monotonic()
        while (following := self._book.next()) is not None:
            job, (factory, args) = following
            try:
                future = client.submit(
                    driver.drive,
                    self.connection.topic,
                    job.id,
                    factory,
                    args,
                    (job.visitor.name, job.visitor.owner),
                    key=f"kdlab-run-{uuid.uuid4().hex}",
                    pure=False,
                    resources=self.connection.needs or None,
                )
            except Exception as error:  # above all: it cannot be pickled
                job._finish(JobState.FAILED, problems.from_dask(error))
                continue
            self._book.begin(job, Run(future))

    def _leave(self) -> None:
        for run in self._book.runs.values():
            run.future.cancel()
        self.connection.close()
