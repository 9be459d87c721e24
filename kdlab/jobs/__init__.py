"""Background work: runs any iterator of events in a worker process and streams its events back.

::

    page ── submit(train, config, owner=, key=) ──> JobManager ──> Dask ──> worker: driver.drive
      ^                                                 |                        |
      └── job.events_since(n), job.state <── Job <──────┴──── batches of events ─┘

Knows nothing of training, torch or Streamlit. The files: ``job`` what a page holds, ``manager`` the
queue, the leases and the events' way home, ``driver`` what runs inside a worker, ``cluster`` and
``process`` the worker processes that the lab starts itself.

To run the lab on machines of its own, for instance for a class::

    python -m dask scheduler --port 8786
    python -m dask worker tcp://HOST:8786 --nworkers 4 --nthreads 2 --resources run=1 \\
        --preload kdlab.trainer --preload torch._dynamo
    KDLAB_SCHEDULER=tcp://HOST:8786 ...                              # where the lab is started

The second command on each machine, in the project's folder: ``dask`` without ``python -m`` could
not import kdlab from there. It preloads what the lab's own workers do. An open scheduler port is an
open shell: keep it inside a closed network, or use TLS through Dask's own configuration.
"""

from kdlab.jobs.job import Job, JobState
from kdlab.jobs.manager import JobManager, ManagerState

__all__ = ["Job", "JobManager", "JobState", "ManagerState"]
