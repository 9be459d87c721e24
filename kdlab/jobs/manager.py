"""The queue, the leases, and the events' way home: one thread beside the server's.

That thread, the keeper, starts or finds the cluster and from then on does everything that touches
it, so that a page that submits, reads or cancels never waits for the network. Jobs wait here, not
in Dask, and are handed over when a worker is free: their order and their places are then exact.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kdlab.errors import JobError, KdlabError
from kdlab.events import Event
from kdlab.jobs import address as addresses
from kdlab.jobs import driver
from kdlab.jobs.cluster import Cluster
from kdlab.jobs.job import Job, JobState

if TYPE_CHECKING:
    from distributed import Client, Future
    from distributed.security import Security

LEASE_SECONDS = 30.0
CONNECT_SECONDS = 10.0
TICK_SECONDS = 0.2
GRACE_SECONDS = 5.0
"""How long the keeper waits for a word that must come, before it goes on without it."""

log = logging.getLogger(__name__)


class ManagerState(StrEnum):
    """Whether the workers are there. A text, like JobState and for the same reason."""

    STARTING = "starting"
    """The workers start, or the scheduler is being connected; jobs wait in the queue."""
    READY = "ready"
    """A worker is there."""
    FAILED = "failed"
    """There are no workers; ``JobManager.problem`` says why. The next submit tries again."""


class _Run:
    """What the keeper remembers of a job that it has handed to Dask."""

    def __init__(self, future: Future[int]) -> None:
        self.future = future
        self.released = False
        self.ended_at: float | None = None
        self.repaired_at = 0.0


class JobManager:
    """Runs jobs on worker processes of its own, or on the cluster at ``address``.

    ``address`` is a Dask scheduler's ("tls://host:8786"); by default what KDLAB_SCHEDULER holds,
    and without that the manager starts ``workers`` processes on this machine (default: one a core,
    at most 8), each with one intra-op thread and the modules ``preload`` imported before it is
    ready.
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
        self.workers = max(1, workers or min(8, os.cpu_count() or 1))
        self._preload = tuple(preload)
        self._lease = lease
        self._timeout = timeout
        self._clock = clock
        self._topic = f"kdlab-{uuid.uuid4().hex}"
        self._lock = threading.RLock()
        self._settled = threading.Condition(self._lock)
        self._state = ManagerState.STARTING
        self._problem: KdlabError | None = None
        self._thread: threading.Thread | None = None
        self._closing = False
        self._began: float | None = None
        # An entry is a driver's message, or None: look around.
        self._inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._jobs: dict[str, Job] = {}  # not finished, in the order of submission
        self._work: dict[str, tuple[Callable[..., Iterator[Event]], tuple[Any, ...]]] = {}
        self._runs: dict[str, _Run] = {}
        self._cluster: Cluster | None = None
        self._client: Client | None = None
        self._slots = 0
        self._slots_at = 0.0
        self._needs: dict[str, int] = {}
        atexit.register(_close_if_there, weakref.ref(self))

    # What pages use ---------------------------------------------------------------------------

    @property
    def state(self) -> ManagerState:
        """Whether the workers are there."""
        with self._lock:
            return self._state

    @property
    def waited(self) -> float:
        """For how many seconds the workers have been starting; 0 unless STARTING."""
        with self._lock:
            if self._state is not ManagerState.STARTING or self._began is None:
                return 0.0
            return time.monotonic() - self._began

    @property
    def problem(self) -> KdlabError | None:
        """Why there are no workers, to be shown as it is; None unless FAILED."""
        with self._lock:
            return self._problem

    @property
    def watchers(self) -> int:
        """How many owners wait for a job or watch one."""
        with self._lock:
            return sum(len(job.owners) for job in self._jobs.values())

    @property
    def slots(self) -> int:
        """How many jobs can run at the same time, as far as it is known."""
        with self._lock:
            return self.workers if self.address is None else max(1, self._slots)

    def start(self) -> None:
        """Begin to start the workers, or to connect, and return at once. Again after a failure."""
        with self._lock:
            if self._closing or self._thread is not None:
                return
            self._settle(ManagerState.STARTING)
            self._began = time.monotonic()
            self._thread = threading.Thread(target=self._keep, name="kdlab-jobs", daemon=True)
            self._thread.start()

    def wait(self, timeout: float | None = None) -> ManagerState:
        """Block until the workers are there or cannot be had, at most ``timeout`` seconds."""
        with self._settled:
            self._settled.wait_for(lambda: self._state is not ManagerState.STARTING, timeout)
            return self._state

    def submit(
        self, factory: Callable[..., Iterator[Event]], *args: Any, owner: str, key: str
    ) -> Job:
        """Run ``factory(*args)`` in a worker and return its job at once; starts the workers too.

        ``factory`` is a function at the top of a module, so that a worker can import it. ``key`` is
        the work's fingerprint: while a job with the same key is on its way, the caller joins it.
        ``owner`` names the visitor and page: his older job with another key is released.
        """
        with self._lock:
            for old in list(self._jobs.values()):
                if old.key != key:
                    old.release(owner)
            for old in self._jobs.values():
                if old.key == key and not old.is_cancelling and not old.state.is_finished:
                    old._join(owner)
                    return old
            job = Job(
                uuid.uuid4().hex,
                key,
                clock=self._clock,
                changed=self._look,
                position=self._position,
            )
            job._join(owner)
            if self._closing:
                job._finish(JobState.FAILED, _closed())
                return job
            self._jobs[job.id] = job
            self._work[job.id] = (factory, args)
            self.start()
        self._look()
        return job

    def call(self, function: Callable[..., Any], *args: Any, timeout: float = 10.0) -> Any:
        """Run a short function on a worker and return its result; blocks up to ``timeout`` seconds.

        It does not queue behind jobs: our workers have a second thread that jobs never take. (On an
        external worker with one thread it may have to wait for the job that is running there.)
        A KdlabError of the function is raised again; anything else is a JobError.
        """
        self.start()
        deadline = time.monotonic() + timeout
        state = self.wait(timeout)
        with self._lock:
            client, problem = self._client, self._problem
        if problem is not None:
            raise problem
        if state is ManagerState.STARTING or client is None:
            raise JobError(
                "the workers are still starting",
                "a question once they are there",
                "Try again in a moment",
            )
        future = client.submit(
            driver.ask, function, args, key=_name("call"), priority=10, pure=False
        )
        try:
            result, error, trace = future.result(timeout=max(0.1, deadline - time.monotonic()))
        except TimeoutError:
            raise JobError(
                f"no worker answered within {timeout:g} seconds",
                "a worker with a free thread",
                "Try again when fewer runs are going on",
            ) from None
        except Exception as caught:
            raise _from_dask(caught) from caught
        finally:
            future.cancel()
        if trace:
            log.warning("a call of %s failed\n%s", getattr(function, "__name__", function), trace)
        if error is not None:
            raise driver.rebuilt(error)
        return result

    def close(self) -> None:
        """Cancel all jobs, end our own workers or leave the external ones. The manager is spent."""
        # a connection that breaks because we end is nothing to report
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        with self._lock:
            self._closing = True
            thread, cluster = self._thread, self._cluster
            for job in self._jobs.values():
                job._finish(JobState.CANCELLED)
        self._look()
        if cluster is not None and self.state is ManagerState.STARTING:
            cluster.close()  # the keeper may be waiting for it
        if thread is not None:
            thread.join(self._timeout + GRACE_SECONDS)

    # The keeper ---------------------------------------------------------------------------------

    def _look(self) -> None:
        self._inbox.put(None)

    def _settle(self, state: ManagerState, problem: KdlabError | None = None) -> None:
        with self._settled:
            self._state, self._problem = state, problem
            self._settled.notify_all()

    def _position(self, job: Job) -> int:
        with self._lock:
            waiting = [other for other in self._jobs.values() if other.state is JobState.QUEUED]
            return waiting.index(job) + 1 if job in waiting else 0

    def _keep(self) -> None:
        problem: KdlabError
        try:
            self._connect()
            self._settle(ManagerState.READY)
            while not self._closing:
                self._read_inbox()
                self._tend()
            problem = _closed()
        except KdlabError as error:
            problem = error
        except Exception as error:
            if not self._closing:  # who is told to stop in mid-start may fail in any way
                log.exception("the job manager stopped")
            problem = _from_dask(error)
        self._leave()
        with self._lock:  # one step, so that a submit comes before it and fails, or begins anew
            for job in self._jobs.values():
                job._finish(JobState.FAILED, problem)
            self._jobs, self._work, self._thread = {}, {}, None
            self._settle(ManagerState.FAILED, problem)

    def _connect(self) -> None:
        address, security = self._scheduler()
        from distributed import Client

        try:
            client = Client(address, timeout=self._timeout, security=security, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise addresses.unreachable(address, self._timeout, error) from None
        with self._lock:
            self._client = client
        client.subscribe_topic(self._topic, lambda entry: self._inbox.put(entry[1]))
        self._await_worker(client, address)
        with self._lock:
            self._slots = len(client.nthreads())

    def _scheduler(self) -> tuple[str, Security]:
        """Where the scheduler is, and what its clients must show; starts it if it is to be ours."""
        if self.address is not None:
            return self.address, addresses.security(self.address)
        cluster = Cluster(self.workers, self._preload)
        with self._lock:
            if self._closing:
                raise _closed()
            self._cluster = cluster
        cluster.start()
        import distributed  # noqa: F401  (a second or two, while the processes do the same)

        return cluster.connect(), cluster.security

    def _await_worker(self, client: Client, address: str) -> None:
        deadline = time.monotonic() + self._timeout
        while not client.nthreads():
            if self._closing:
                raise _closed()
            if self._cluster is not None:
                self._cluster.tend(starting=True)
            elif time.monotonic() > deadline:
                raise JobError(
                    f"the scheduler at {address} answers but has no worker",
                    "a scheduler with at least one worker",
                    "Start one in the lab's folder: "
                    f"python -m dask worker {address} --nthreads 2 --resources run=1",
                )
            time.sleep(0.05)
        # An external worker need not know our resource; then Dask's thread counts are the limit.
        known = client.scheduler_info(n_workers=-1)["workers"].values()
        self._needs = {"run": 1} if any("run" in one["resources"] for one in known) else {}

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
        job = self._jobs.get(message["job"])
        if job is None:
            return
        try:
            job._receive(message)
        except KdlabError as error:  # a worker with another version of the lab
            job._finish(JobState.FAILED, error)

    def _tend(self) -> None:
        assert self._client is not None
        if self._client.status != "running":
            raise JobError(
                "the connection to the scheduler was lost",
                "a scheduler that stays up",
                "Start the run again: the lab connects anew",
            )
        if self._cluster is not None:
            self._cluster.tend()
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job._expire(self._lease)
            run = self._runs.get(job.id)
            if run is not None and not job.state.is_finished:
                self._check(job, run)
            if job.state.is_finished:
                self._forget(job)
        self._hand_over()

    def _check(self, job: Job, run: _Run) -> None:
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
                job._finish(JobState.FAILED, _lost("some of its events were lost on the way"))
        elif status == "error":
            error = run.future.exception(timeout=GRACE_SECONDS)
            job._finish(JobState.FAILED, _from_dask(error))
        else:
            job._finish(JobState.FAILED, _lost("the scheduler dropped the run"))

    def _repair(self, job: Job) -> None:
        """Deliver again what the scheduler still remembers of our messages."""
        assert self._client is not None
        for _, message in self._client.get_events(self._topic):
            if message["job"] == job.id:
                self._deliver(message)

    def _forget(self, job: Job) -> None:
        run = self._runs.pop(job.id, None)
        if run is not None and not run.released:
            run.future.cancel()
        with self._lock:
            self._jobs.pop(job.id, None)
            self._work.pop(job.id, None)
        if job.traceback:
            log.warning("job %s failed\n%s", job.id, job.traceback)

    def _hand_over(self) -> None:
        """Give jobs to Dask while it has workers without one."""
        with self._lock:
            waiting = [job for job in self._jobs.values() if job.id not in self._runs]
        if not waiting:
            return
        assert self._client is not None
        if time.monotonic() > self._slots_at + 1.0:
            self._slots, self._slots_at = len(self._client.nthreads()), time.monotonic()
        for job in waiting[: max(0, self._slots - len(self._runs))]:
            if job.state is not JobState.QUEUED:
                continue
            factory, args = self._work[job.id]
            try:
                future = self._client.submit(
                    driver.drive,
                    self._topic,
                    job.id,
                    factory,
                    args,
                    key=_name("run"),
                    pure=False,
                    resources=self._needs or None,
                )
            except Exception as error:  # above all: it cannot be pickled
                job._finish(JobState.FAILED, _from_dask(error))
                continue
            self._runs[job.id] = _Run(future)

    def _leave(self) -> None:
        for run in self._runs.values():
            run.future.cancel()
        if self._client is not None:
            try:
                self._client.close(timeout=GRACE_SECONDS)
            except Exception:  # it was unusable before
                log.debug("closing the client", exc_info=True)
        if self._cluster is not None:
            self._cluster.close()
        with self._lock:
            self._runs = {}
            self._client = self._cluster = None


def _close_if_there(manager: weakref.ref[JobManager]) -> None:
    alive = manager()
    if alive is not None:
        alive.close()


def _name(kind: str) -> str:
    return f"kdlab-{kind}-{uuid.uuid4().hex}"


def _closed() -> JobError:
    return JobError("the lab is closing", "work while it is open", "Start the lab again")


def _lost(what: str) -> JobError:
    return JobError(what, "a run that ends by itself", "Start it again")


def _from_dask(error: BaseException | None) -> JobError:
    from distributed.scheduler import KilledWorker

    if isinstance(error, KilledWorker):
        return JobError(
            f"the run's worker process died {error.allowed_failures + 1} times",
            "a run that fits into the memory of its worker",
            "Choose a smaller configuration, or start it again",
        )
    return JobError(
        f"the worker could not take the work ({type(error).__name__}: {error})",
        "work that the worker can import and run",
        "Check that every worker runs in the same version of the lab",
    )
