"""Background work: runs any iterator of events in a worker process and streams its events back.

::

    page ── submit(train, config, owner=, key=) ──> JobManager ──> Dask ──> worker: driver.drive
      ^                                                 |                        |
      └── job.events_since(n), job.state <── Job <──────┴──── batches of events ─┘

Knows nothing of training, torch or Streamlit. The files: ``job`` what a page holds, ``manager``
what it asks of the queue, ``book`` the queue itself and ``turns`` the rule of its order, ``keeper``
the leases and the events' way home, ``connection`` the way to the workers, ``driver`` what runs
inside one, ``post`` and ``mailbox`` what a job is told while it runs, ``cluster`` and ``process``
the processes that the lab starts itself, ``workers`` how many of them work and how they come to be,
``nursery`` the process that forks them where that can be done.

``address`` knows whom KDLAB_SCHEDULER may name, ``identity`` who may speak with our own processes.

To run the lab on machines of its own, for instance for a class, make one certificate, copy both
files to all machines, readable to their user only, and set on each of them and where the lab is::

    openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=lab -keyout lab.key -out lab.crt
    export DASK_DISTRIBUTED__COMM__TLS__CA_FILE=$PWD/lab.crt
    export DASK_DISTRIBUTED__COMM__TLS__SCHEDULER__CERT=$PWD/lab.crt
    export DASK_DISTRIBUTED__COMM__TLS__SCHEDULER__KEY=$PWD/lab.key
    export DASK_DISTRIBUTED__COMM__TLS__WORKER__CERT=$PWD/lab.crt
    export DASK_DISTRIBUTED__COMM__TLS__WORKER__KEY=$PWD/lab.key
    export DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT=$PWD/lab.crt
    export DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY=$PWD/lab.key

Then, each in the project's folder::

    python -m dask scheduler --protocol tls --port 8786 --dashboard-address 127.0.0.1:8787
    python -m dask worker tls://HOST:8786 --nworkers 4 --nthreads 2 --resources run=1 \\
        --dashboard-address 127.0.0.1:0 --preload kdlab.training.single_run --preload torch._dynamo
    KDLAB_SCHEDULER=tls://HOST:8786 ...                              # where the lab is started

``dask`` without ``python -m`` could not import kdlab from there. The worker preloads what the lab's
own do. Without certificates (tcp://) a scheduler and its workers run whatever anybody sends who
reaches their ports; the lab speaks to such a one on its own machine only, or where
KDLAB_SCHEDULER_PLAIN=1 says that the network is closed.
"""

from kdlab.jobs.job import Job, JobState
from kdlab.jobs.keeper import ManagerState
from kdlab.jobs.manager import JobManager

__all__ = ["Job", "JobManager", "JobState", "ManagerState"]
