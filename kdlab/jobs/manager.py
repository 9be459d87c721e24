"""The queue as pages see it: submit a job, ask a worker, see whether the workers are there.

What pages hand in is written into a book (:mod:`kdlab.jobs.book`); a thread beside the server's,
the keeper (:mod:`kdlab.jobs.keeper`), does the rest.
"""

from __future__ import annotations

import atexit
import functools
import logging
import os
import time
import uuid
import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from kdlab.errors import JobError, KdlabError
from kdlab.events import Event
from kdlab.hosting import class_rights, limits
from kdlab.hosting.visitor import Visitor, current
from kdlab.jobs import driver, problems, turns
from kdlab.jobs import workers as processes
from kdlab.jobs.book import Book
from kdlab.jobs.job import Job, JobState
from kdlab.jobs.keeper import CONNECT_SECONDS, Keeper, ManagerState
from kdlab.jobs.questions import Questions

LEASE_SECONDS = 30.0

log = logging.getLogger(__name__)


class JobManager:
    """Runs jobs on worker processes of its own, or on the cluster at ``address``.

    ``address`` is a Dask scheduler's ("tls://host:8786"); by default what KDLAB_SCHEDULER holds,
    and without that the manager starts ``workers`` processes on this machine (default: one a core,
    as far as its memory goes, and at most 8), each with one intra-op thread and the modules
    ``preload`` imported before it is ready.
    A job whose owners have not renewed for ``lease`` seconds of ``clock`` is cancelled.

    One object serves the whole process, from any thread. It is closed at exit by itself.
    """

    def __init__(
        self,
        address: str | None = None,
        workers: int | None = None,
        preload: Sequence[str] = (),
        *,
        lease: float = LEASE_SECONDS,
        timeout: float = CONNECT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address = address or os.environ.get("KDLAB_SCHEDULER") or None
        self.workers = max(1, workers or processes.usual())
        self._clock = clock
        self._book = Book(self.workers)
        self._questions = Questions()
        self._keeper = Keeper(
            self._book, self.address, self.workers, preload, lease=lease, timeout=timeout
        )
        atexit.register(_close_if_there, weakref.ref(self))

    # What pages use ---------------------------------------------------------------------------

    @property
    def state(self) -> ManagerState:
        """Whether the workers are there."""
        with self._book.lock:
            return self._keeper.state

    @property
    def waited(self) -> float:
        """For how many seconds the workers have been starting; 0 unless STARTING."""
        with self._book.lock:
            began = self._keeper.began
            if self._keeper.state is not ManagerState.STARTING or began is None:
                return 0.0
            return time.monotonic() - began

    @property
    def problem(self) -> KdlabError | None:
        """Why there are no workers, to be shown as it is; None unless FAILED."""
        with self._book.lock:
            return self._keeper.problem

    @property
    def watchers(self) -> int:
        """How many owners wait for a job or watch one."""
        with self._book.lock:
            return sum(len(job.owners) for job in self._book.jobs.values())

    @property
    def slots(self) -> int:
        """How many jobs can run at the same time, as far as it is known."""
        with self._book.lock:
            return self.workers if self.address is None else max(1, self._book.slots)

    @property
    def pids(self) -> list[int]:
        """Of the processes that were started for this manager: the scheduler's first."""
        with self._book.lock:
            cluster = self._keeper.connection.cluster
            return [] if cluster is None else cluster.pids()

    def room(self, visitor: Visitor | None = None) -> int:
        """How many more jobs of ``visitor`` could run at the same time, one at least: what his
        turns and the limit of his jobs leave him."""
        visitor = visitor or current()
        most = turns.most_running(visitor, self.slots)
        if not visitor.owner:
            most = int(min(most, limits.told().most_jobs - self._book.others(visitor)))
        return max(1, most)

    def start(self) -> None:
        """Begin to start the workers, or to connect, and return at once. Again after a failure."""
        self._keeper.start()

    def wait(self, timeout: float | None = None) -> ManagerState:
        """Block until the workers are there or cannot be had, at most ``timeout`` seconds."""
        return self._keeper.wait(timeout)

    def submit(
        self,
        factory: Callable[..., Iterator[Event]],
        *args: Any,
        owner: str,
        key: str,
        visitor: Visitor | None = None,
    ) -> Job:
        """Run ``factory(*args)`` in a worker and return its job at once; starts the workers too.

        ``factory`` is a function at the top of a module, so that a worker can import it. ``key`` is
        the work's fingerprint: while a job with the same key is on its way, the caller joins it.
        ``owner`` names the visitor's page: his older job with another key is released. It is done
        for ``visitor`` (None: for whom this thread is at work), and counts for him, also where
        others join. JobError where he has as many jobs as a visitor may have (KDLAB_VISITOR_JOBS).
        """
        visitor = visitor or current()
        with self._book.lock:
            jobs = list(self._book.jobs.values())
            going = (j for j in jobs if not j.is_cancelling and not j.state.is_finished)
            known = next((job for job in going if job.key == key), None)
            if known is None:
                self._check(visitor, owner)
            for old in jobs:
                if old.key != key:
                    old.release(owner)
            if known is not None:
                known._join(owner, visitor)
                return known
            job = Job(
                uuid.uuid4().hex,
                key,
                clock=self._clock,
                changed=self._keeper.look,
                position=self._book.position,
            )
            job._join(owner, visitor)
            if self._keeper.closing:
                job._finish(JobState.FAILED, problems.closed())
                return job
            self._book.add(job, (factory, args))
            self.start()
        self._keeper.look()
        return job

    def is_at_work(self, keys: Collection[str], visitor: Visitor | None) -> bool:
        """Whether a job with one of these keys is on its way that ``visitor`` watches, or where
        that is None, whoever does."""
        with self._book.lock:
            return any(
                job.key in keys
                and not job.is_cancelling
                and (visitor is None or job.is_watched_by(visitor))
                for job in self._book.jobs.values()
                if not job.state.is_finished
            )

    def cancel(self, keys: Collection[str]) -> None:
        """Stop all jobs with one of these keys, whoever watches them."""
        with self._book.lock:
            for job in list(self._book.jobs.values()):
                if job.key in keys:
                    job.cancel()

    def _check(self, visitor: Visitor, owner: str) -> None:
        if visitor.owner:
            return
        count, most = self._book.others(visitor, owner), limits.told().most_jobs
        if count >= most:
            raise problems.too_many(count, most, visitor)

    def call(
        self,
        function: Callable[..., Any],
        *args: Any,
        timeout: float = 10.0,
        visitor: Visitor | None = None,
    ) -> Any:
        """Run a short function on a worker, for ``visitor`` as :meth:`submit` has it, and return
        its result; blocks up to ``timeout`` seconds.

        It does not queue behind jobs: our workers have a second thread that jobs never take. (On an
        external worker with one thread it may have to wait for the job that is running there.)
        A KdlabError of the function is raised again; anything else is a JobError, and so is, at
        once, one question too many of a visitor (:mod:`kdlab.jobs.questions`).
        """
        self.start()
        deadline = time.monotonic() + timeout
        state = self.wait(timeout)
        visitor = visitor or current()
        with self._book.lock:
            client, problem = self._keeper.connection.client, self._keeper.problem
        if problem is not None:
            raise problem
        if state is ManagerState.STARTING or client is None:
            raise JobError(
                "the workers are still starting",
                "a question once they have started",
                "Try again in a moment",
            )
        submit = functools.partial(
            client.submit,
            driver.ask,
            function,
            args,
            class_rights.handed_on(visitor),
            key=f"kdlab-call-{uuid.uuid4().hex}",
            priority=10,
            pure=False,
        )
        future = self._questions.ask(visitor, client, submit)
        try:
            result, error, trace = future.result(timeout=max(0.1, deadline - time.monotonic()))
        except TimeoutError:
            raise JobError(
                f"no worker answered within {timeout:g} seconds",
                "a worker with a free thread",
                "Try again when fewer runs are active",
            ) from None
        except Exception as caught:
            raise problems.from_dask(caught) from caught
        finally:
            self._questions.end(visitor, future)
        if trace:
            log.warning("a call of %s failed\n%s", getattr(function, "__name__", function), trace)
        if error is not None:
            raise driver.rebuilt(error)
        return result

    def close(self) -> None:
        """Cancel all jobs, end our own workers or leave the external ones. The manager is spent."""
        self._keeper.close()


def _close_if_there(manager: weakref.ref[JobManager]) -> None:
    alive = manager()
    if alive is not None:
        alive.close()
