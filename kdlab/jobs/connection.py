"""The connection to the workers: to a cluster of our own, or to one that is there.

Only the keeper's thread opens, tends and closes it; others may look, behind the lock of the book.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kdlab.jobs import address as addresses
from kdlab.jobs import problems
from kdlab.jobs.cluster import Cluster

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

GRACE_SECONDS = 5.0
"""How long the keeper waits for a word that must come, before it goes on without it."""

FORGETFUL = {"distributed.admin.low-level-log-length": 20}
"""Dask remembers its last 1000 messages, for its developers: each job that was handed over with
its settings, megabytes in a class."""

log = logging.getLogger(__name__)


class Connection:
    """To the scheduler at ``address``, or to ``workers`` processes of our own that imported
    ``preload``. ``topic`` is what drivers tell their messages under, ``needs`` the resources that a
    job asks for. ``closing`` says whether whoever opens it is to give up.
    """

    def __init__(
        self,
        address: str | None,
        workers: int,
        preload: Sequence[str],
        timeout: float,
        lock: threading.RLock,
        closing: Callable[[], bool],
    ) -> None:
        self.client: Client | None = None
        self.cluster: Cluster | None = None
        self.topic = f"kdlab-{uuid.uuid4().hex}"
        self.needs: dict[str, int] = {}
        self._address = address
        self._workers = workers
        self._preload = tuple(preload)
        self._timeout = timeout
        self._lock = lock
        self._closing = closing

    def open(self, heard: Callable[[dict[str, Any]], None]) -> Client:
        """Start or find the cluster and wait for a worker; ``heard`` gets every driver's message,
        in Dask's thread. JobError where there is no scheduler or no worker."""
        address, security = self._scheduler()
        import dask
        from distributed import Client

        dask.config.set(FORGETFUL)

        try:
            client = Client(address, timeout=self._timeout, security=security, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise addresses.unreachable(address, self._timeout, error) from None
        with self._lock:
            self.client = client
        client.subscribe_topic(self.topic, lambda entry: heard(entry[1]))
        self._await_worker(client, address)
        return client

    def tend(self) -> None:
        """JobError where the connection is lost, or a process of our own keeps failing."""
        assert self.client is not None
        if self.client.status != "running":
            raise problems.disconnected()
        if self.cluster is not None:
            self.cluster.tend()

    def close(self) -> None:
        """Leave the cluster; one of our own ends."""
        if self.client is not None:
            try:
                self.client.close(timeout=GRACE_SECONDS)
            except Exception:  # it was unusable before
                log.debug("closing the client", exc_info=True)
        if self.cluster is not None:
            self.cluster.close()
        with self._lock:
            self.client = self.cluster = None

    def _scheduler(self) -> tuple[str, Security]:
        """Where the scheduler is, and what its clients must show; starts it if it is to be ours."""
        if self._address is not None:
            return self._address, addresses.security(self._address)
        cluster = Cluster(self._workers, self._preload)
        with self._lock:
            if self._closing():
                raise problems.closed()
            self.cluster = cluster
        cluster.start()
        import distributed  # noqa: F401  (a second or two, while the processes do the same)

        return cluster.connect(), cluster.security

    def _await_worker(self, client: Client, address: str) -> None:
        deadline = time.monotonic() + self._timeout
        while not client.nthreads():
            if self._closing():
                raise problems.closed()
            if self.cluster is not None:
                self.cluster.tend(starting=True)
            elif time.monotonic() > deadline:
                raise problems.no_worker(address)
            time.sleep(0.05)
        # An external worker need not know our resource; then Dask's thread counts are the limit.
        known = client.scheduler_info(n_workers=-1)["workers"].values()
        self.needs = {"run": 1} if any("run" in one["resources"] for one in known) else {}
