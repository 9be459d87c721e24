"""What a job or the manager of jobs tells when something outside of the work went wrong."""

from __future__ import annotations

from kdlab.errors import JobError
from kdlab.hosting import key
from kdlab.hosting.visitor import Visitor


def closed() -> JobError:
    """The server ends."""
    return JobError("the lab is closing", "a request while it is running", "Start the lab again")


def lost(what: str) -> JobError:
    """``what`` of a run was lost on the way."""
    return JobError(what, "a run that ends without an error", "Start it again")


def disconnected() -> JobError:
    """The scheduler is gone."""
    return JobError(
        "the connection to the scheduler was lost",
        "a scheduler that stays up",
        "Start the run again: the lab connects again",
    )


def no_worker(address: str) -> JobError:
    """The scheduler at ``address``, somebody else's, has no worker."""
    return JobError(
        f"the scheduler at {address} answers but has no worker",
        "a scheduler with at least one worker",
        "Start one in the lab's folder: "
        f"python -m dask worker {address} --nthreads 2 --resources run=1",
    )


def too_many(count: int, most: float, visitor: Visitor) -> JobError:
    """``visitor`` has ``count`` jobs and asks for one more."""
    runs = "1 of your runs is" if count == 1 else f"{count} of your runs are"
    return JobError(
        f"{runs} at work or in the queue",
        f"at most {most:g} per visitor at the same time, so that everybody has a turn",
        "Stop one of them, or wait until one has ended" + key.for_owner(visitor),
    )


def too_many_questions(most: int, visitor: Visitor) -> JobError:
    """``visitor`` has ``most`` questions that no worker has answered yet, and asks one more."""
    return JobError(
        f"{most} of your questions are still being answered",
        f"at most {most} per visitor at the same time, so that everybody is answered",
        "Wait until one is answered, then try again" + key.for_owner(visitor),
    )


def from_dask(error: BaseException | None) -> JobError:
    """What Dask said of a run, in our words."""
    from distributed.scheduler import KilledWorker

    if isinstance(error, KilledWorker):
        return JobError(
            f"the run's worker process died {error.allowed_failures + 1} times",
            "a run that fits into the memory of its worker",
            "Choose a smaller configuration, or start it again",
        )
    return JobError(
        f"the worker could not start the work ({type(error).__name__}: {error})",
        "work that the worker can import and run",
        "Check that every worker runs the same version of the lab",
    )
